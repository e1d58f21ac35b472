"""Energy, greenhouse gases, minerals and water of millions of parts of usage, with their ranges.

::

    energy   = watt hours of a unit at the load * units * PUE
    use      = energy * what a kilowatt hour of the Region costs
    embodied = what making the hardware cost, per unit * units

Formulas and worked figures: ``docs/methodology.md``, F-14 and F-16 to F-19. Figures are linear in
the amount: a correction, which is negative, takes off what it corrects, value, low and high each.
Parts are summed bound by bound, for one factor stands behind all of them.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.domain.impacts import BOUNDS, CRITERIA, IDLE_CRITERIA, Basis, Criterion
from crossfoot.domain.units import BoolArray, Float64Array, Int64Array
from crossfoot.engine.place_rates import (
    GRAMS_PER_KILOGRAM,
    USE_CRITERIA,
    PlaceRates,
    codes_unknown,
    place_rates,
    squared_ranges,
)
from crossfoot.engine.power import watts_of
from crossfoot.engine.ranges import HIGH, LOW, VALUE
from crossfoot.engine.usage_rates import NO_BASIS, UsageRates, usage_rates

CHUNK_PARTS: Final = 16_384
"""So few that what is computed in between stays in the processor's cache."""

_WH_PER_KWH: Final = 1000.0
_FULL_PERCENT: Final = 100.0
_EMBODIED: Final = (Criterion.GHG_EMBODIED, Criterion.PE_EMBODIED, Criterion.ADP_EMBODIED)
_USE_ROWS: Final = tuple(CRITERIA.index(criterion) for criterion in USE_CRITERIA)
_EMBODIED_ROWS: Final = tuple(CRITERIA.index(criterion) for criterion in _EMBODIED)
_IDLE_ROWS: Final = tuple(CRITERIA.index(criterion) for criterion in IDLE_CRITERIA)
_ENERGY: Final = USE_CRITERIA.index(Criterion.ENERGY)
_GHG: Final = USE_CRITERIA.index(Criterion.GHG_USE)


@dataclass(frozen=True, slots=True, eq=False)
class UsageParts:
    """Parts of usage, one element each; every array has the shape (part,).

    Attributes
    ----------
    model : Int64Array
        Position in ``model_names``; -1 for what has no figure of its own, such as a pod.
    region : Int64Array
        Position in ``regions``.
    amount : Float64Array
        Units of the model; NaN where unknown.
    load_percent : Float64Array
        Mean load of a machine's processors [%]; NaN is unknown: 50 % in its range.
    measured_kwh : Float64Array
        Energy of the hardware that was measured, without PUE; NaN where it was not.
    measured_hours : Float64Array
        Machine-hours that the measurement covers; NaN is all of them.
    grid_g_per_kwh : Float64Array
        Intensity of the hours of use [g CO2e/kWh]; NaN is the factor set's of the year.
    on_demand_usd : Float64Array
        Public value; NaN where the currency is another.
    year : int
        Of the usage.
    """

    model: Int64Array
    model_names: tuple[str, ...]
    region: Int64Array
    regions: tuple[str, ...]
    amount: Float64Array
    load_percent: Float64Array
    measured_kwh: Float64Array
    measured_hours: Float64Array
    grid_g_per_kwh: Float64Array
    on_demand_usd: Float64Array
    year: int


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Figures of parts; NaN is no figure, and never zero.

    Attributes
    ----------
    figures : Float64Array
        Shape: (criterion, bound, part), in the order of ``CRITERIA`` and value, low, high.
    idle : Float64Array
        What machines took while they did nothing. Shape: (criterion of ``IDLE_CRITERIA``, part).
        NaN where the load is unknown or there is no machine.
    modelled_kwh : Float64Array
        The model's energy at the meter where it was measured, else NaN. Shape: (part,).
    basis : ndarray
        ``Basis`` of each part, -1 for what has no figure of its own. Shape: (part,).
    """

    figures: Float64Array
    idle: Float64Array
    modelled_kwh: Float64Array
    basis: NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """Some parts with what was looked up for them; every array has the shape (part,).

    ``units`` are dollars where the model is by cost; ``place`` points into ``PlaceRates``.
    """

    model: Int64Array
    units: Float64Array
    load_percent: Float64Array
    place: Int64Array
    is_measured: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class _Energy:
    """Energy that is used, its squared ranges, and what idling would have taken of it, all (part,).

    At the hardware, or at the meter where the part's place says so; ``kwh`` in kWh.
    """

    kwh: Float64Array
    below: Float64Array
    above: Float64Array
    idle_share: Float64Array


def estimate(parts: UsageParts) -> Estimates:
    """Return the figures of every part.

    Raises
    ------
    UnknownFactorError
        If a model's name is of nothing in the factor set.
    InvalidAmountError
        If a load is not from 0 to 100 %.
    """
    rates = usage_rates(parts.model_names)
    regions = place_rates(parts.regions, parts.year)
    n_parts = len(parts.model)
    found = Estimates(
        figures=np.empty((len(CRITERIA), len(BOUNDS), n_parts)),
        idle=np.empty((len(IDLE_CRITERIA), n_parts)),
        modelled_kwh=np.full(n_parts, np.nan),
        basis=np.empty(n_parts, dtype=np.int8),
    )
    for start in range(0, n_parts, CHUNK_PARTS):
        _fill(found, parts, rates, regions, slice(start, min(start + CHUNK_PARTS, n_parts)))
    return found


def unknown_regions(parts: UsageParts) -> tuple[str, ...]:
    """Return the Regions of parts for which there are no factors, in the order of their codes."""
    return codes_unknown([parts.regions[position] for position in np.unique(parts.region)])


def _fill(
    found: Estimates, parts: UsageParts, rates: UsageRates, regions: PlaceRates, at: slice
) -> None:
    """Write the figures of a chunk where they belong."""
    chunk = _chunk(parts, rates, at)
    modelled = _modelled(chunk, rates)
    found.modelled_kwh[at] = np.where(
        chunk.is_measured, modelled.kwh * regions.value[_ENERGY].take(chunk.place), np.nan
    )
    energy, chunk = _with_measured(modelled, chunk, parts, rates, at)
    figures = found.figures[:, :, at]
    _write_use(figures, energy, chunk.place, regions)
    _write_given_grid(figures, parts.grid_g_per_kwh[at])
    is_known = regions.is_known.take(parts.region[at])
    _write_embodied(figures, chunk, rates, is_known)
    found.idle[:, at] = _idle(figures, energy.idle_share, chunk)
    found.basis[at] = _basis(figures, chunk, rates, is_known)


def _chunk(parts: UsageParts, rates: UsageRates, at: slice) -> _Chunk:
    model = np.where(parts.model[at] < 0, len(parts.model_names), parts.model[at])
    load = np.where(rates.is_reserved.take(model), 0.0, parts.load_percent[at])
    units = np.where(rates.is_by_cost.take(model), parts.on_demand_usd[at], parts.amount[at])
    # what others carry has no unit to count, and is zero all the same
    units[rates.basis.take(model) == Basis.CARRIED] = 0.0
    return _Chunk(
        model=model,
        units=units,
        load_percent=load,
        place=parts.region[at] + len(parts.regions) * rates.is_at_meter.take(model),
        is_measured=~np.isnan(parts.measured_kwh[at]) & (model < len(parts.model_names)),
    )


def _modelled(chunk: _Chunk, rates: UsageRates) -> _Energy:
    """Return energy by the model, and which part of it idling takes."""
    watt_hours = watts_of(rates.watt_hours, chunk.load_percent, chunk.model)
    idle = rates.watt_hours[VALUE, :, 0].take(chunk.model)
    is_idle_known = rates.is_machine.take(chunk.model) & ~np.isnan(chunk.load_percent)
    idle_share = np.full(len(chunk.model), np.nan)
    np.divide(idle, watt_hours[VALUE], out=idle_share, where=is_idle_known)
    below, above = squared_ranges(watt_hours[VALUE], watt_hours[LOW], watt_hours[HIGH])
    return _Energy(
        kwh=watt_hours[VALUE] * chunk.units / _WH_PER_KWH,
        below=below,
        above=above,
        idle_share=idle_share * (1.0 - chunk.load_percent / _FULL_PERCENT),
    )


def _with_measured(
    modelled: _Energy, chunk: _Chunk, parts: UsageParts, rates: UsageRates, at: slice
) -> tuple[_Energy, _Chunk]:
    """Put what was measured in the model's place; hours that it does not cover stay modelled.

    What was measured has no range of its own. It is of the hardware, so the place is such a one.
    """
    rows = np.flatnonzero(chunk.is_measured)
    if not len(rows):
        return modelled, chunk
    measured = parts.measured_kwh[at][rows]
    rest = modelled.kwh[rows] * _part_not_covered(parts, chunk, rates, at, rows)
    low, high = (
        measured + rest * np.exp(sign * np.sqrt(squared[rows]))
        for sign, squared in ((-1.0, modelled.below), (1.0, modelled.above))
    )
    kwh, below, above = modelled.kwh.copy(), modelled.below.copy(), modelled.above.copy()
    kwh[rows] = measured + rest
    below[rows], above[rows] = squared_ranges(kwh[rows], low, high)
    place = chunk.place.copy()
    place[rows] = parts.region[at][rows]
    return _Energy(kwh, below, above, modelled.idle_share), replace(chunk, place=place)


def _part_not_covered(
    parts: UsageParts, chunk: _Chunk, rates: UsageRates, at: slice, rows: NDArray[np.intp]
) -> Float64Array:
    """Return the part of a machine's hours that its measurement leaves out, 0 to 1."""
    units = chunk.units[rows]
    covered = parts.measured_hours[at][rows]
    is_partial = rates.is_machine.take(chunk.model[rows]) & (covered < units)
    left_out = np.zeros(len(rows))
    np.divide(units - covered, units, out=left_out, where=is_partial)
    return left_out


def _write_use(
    figures: Float64Array, energy: _Energy, place: Int64Array, regions: PlaceRates
) -> None:
    """Write what follows from energy; its range and that of the place are independent."""
    for criterion, row in enumerate(_USE_ROWS):
        value, low, high = figures[row]
        np.multiply(energy.kwh, regions.value[criterion].take(place), out=value)
        np.add(energy.below, regions.below[criterion].take(place), out=low)
        np.add(energy.above, regions.above[criterion].take(place), out=high)
        np.multiply(np.exp(-np.sqrt(low, out=low), out=low), value, out=low)
        np.multiply(np.exp(np.sqrt(high, out=high), out=high), value, out=high)


def _write_given_grid(figures: Float64Array, grid_g_per_kwh: Float64Array) -> None:
    """Write greenhouse gases again where the hours' own intensity is given: it has no range."""
    rows = np.flatnonzero(~np.isnan(grid_g_per_kwh))
    if len(rows):
        grid = grid_g_per_kwh[rows] / GRAMS_PER_KILOGRAM
        figures[_USE_ROWS[_GHG], :, rows] = (figures[_USE_ROWS[_ENERGY]][:, rows] * grid).T


def _write_embodied(
    figures: Float64Array, chunk: _Chunk, rates: UsageRates, is_known: BoolArray
) -> None:
    units = np.where(is_known, chunk.units, np.nan)
    for criterion, row in enumerate(_EMBODIED_ROWS):
        for bound in range(len(BOUNDS)):
            per_unit = rates.embodied[bound, criterion].take(chunk.model)
            np.multiply(per_unit, units, out=figures[row, bound])


def _idle(figures: Float64Array, idle_share: Float64Array, chunk: _Chunk) -> Float64Array:
    """Return the part of use that idling took, and of making by the time without load."""
    unused = np.where(np.isnan(idle_share), np.nan, 1.0 - chunk.load_percent / _FULL_PERCENT)
    shares = {Criterion.GHG_EMBODIED: unused}
    return np.stack(
        [
            figures[row, VALUE] * shares.get(criterion, idle_share)
            for criterion, row in zip(IDLE_CRITERIA, _IDLE_ROWS, strict=True)
        ]
    )


def _basis(
    figures: Float64Array, chunk: _Chunk, rates: UsageRates, is_known: BoolArray
) -> NDArray[np.int8]:
    of_model = rates.basis.take(chunk.model)
    has_model = of_model != NO_BASIS
    has_figure = ~np.isnan(figures[_USE_ROWS[_ENERGY], VALUE])
    basis = np.where(chunk.is_measured, np.int8(Basis.MEASURED), of_model)
    basis[has_model & ~has_figure] = Basis.NONE
    basis[has_model & ~is_known] = Basis.UNKNOWN_REGION
    return basis
