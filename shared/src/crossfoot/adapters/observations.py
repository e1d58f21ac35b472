"""What was observed, laid beside the parts of a month's usage by resource id.

Loads and measured energy belong to machines alone: an instance's id stands on its data transfer
and its CPU credits as well, which they say nothing of.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crossfoot.adapters.inventory_loads import LOAD, loads_of, read_loads
from crossfoot.adapters.inventory_places import find_inventory
from crossfoot.adapters.measured_energy import read_measured
from crossfoot.domain.observations import Measurement, Utilisation, each_once
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.units import NANOS_PER_UNIT, BoolArray, Int64Array
from crossfoot.engine.allocation import allocate

MEASURED_ENERGY: Final = "measured_nano_kwh"
MEASURED_HOURS: Final = "measured_nano_hours"
GRID: Final = "grid_nano_g_per_kwh"
OBSERVED_AMOUNTS: Final = (LOAD, MEASURED_ENERGY, MEASURED_HOURS, GRID)
"""Whole billionths; null where nobody knows. The roll-up itself brings the grid, or it is null."""

MACHINE_MODEL: Final = "machine:"
"""How the models begin that an observation speaks of."""

_LOADS: Final = pa.schema([("resource_id", pa.string()), (LOAD, pa.int64())])
_ENERGIES: Final = pa.schema(
    [("resource_id", pa.string()), (MEASURED_ENERGY, pa.int64()), (MEASURED_HOURS, pa.int64())]
)


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """What was observed of resources in one month; each resource at most once in each table.

    Parameters
    ----------
    loads : Table
        ``resource_id`` and its mean load. [1e-9 %]
    energies : Table
        ``resource_id``, its measured energy without PUE [1e-9 kWh], and the hours that the
        measurement covers, null for all of them. [1e-9 h]
    """

    loads: pa.Table = field(default_factory=_LOADS.empty_table)
    energies: pa.Table = field(default_factory=_ENERGIES.empty_table)

    @classmethod
    def none(cls) -> Self:
        """Return that nothing was observed."""
        return cls()

    @classmethod
    def of(
        cls, utilisations: Iterable[Utilisation] = (), measurements: Sequence[Measurement] = ()
    ) -> Self:
        """Gather utilisations and measurements; each names a resource at most once."""
        loads = {each.resource_id: _nano(each.cpu_mean_percent) for each in utilisations}
        energies = {
            "resource_id": [each.resource_id for each in measurements],
            MEASURED_ENERGY: [_nano(each.energy_kwh) for each in measurements],
            MEASURED_HOURS: [
                None if each.hours is None else _nano(each.hours) for each in measurements
            ],
        }
        return cls(
            pa.table({"resource_id": list(loads), LOAD: list(loads.values())}, schema=_LOADS),
            pa.table(energies, schema=_ENERGIES),
        )


def read_observations(
    inventory: Sequence[Path], measured: Sequence[Path], period: UsagePeriod
) -> Observations:
    """Read what was observed in a month.

    Parameters
    ----------
    inventory : sequence of Path
        Folders and files as ``find_inventory`` takes them.
    measured : sequence of Path
        Outputs of instruments, as ``read_measured`` takes them.

    Raises
    ------
    InputError
        By name, for whatever cannot be read, or contradicts itself.
    """
    files = (file for path in inventory for file in find_inventory(path).files_of(period))
    loads = loads_of(map(read_loads, files), period)
    told = [each for path in measured for each in read_measured(path, period)]
    return replace(Observations.of(measurements=each_once(told)), loads=loads)


def observed(parts: pa.Table, observations: Observations) -> pa.Table:
    """Return the parts with the columns of ``OBSERVED_AMOUNTS``, all int64 and nullable.

    Parameters
    ----------
    parts : Table
        Rolled-up usage of whole accounts, with ``resource_id``, ``model_name`` and
        ``model_nano``. A ``grid_nano_g_per_kwh`` that it has is kept.
    observations : Observations
        The measured energy of a resource with several machine parts is shared by their
        ``model_nano``, and so are the hours it covers: nothing is lost, and none counts twice.
    """
    columns = {LOAD: _loads(parts, observations), **_energies(parts, observations)}
    if GRID not in parts.column_names:
        columns[GRID] = pa.nulls(parts.num_rows, pa.int64())
    for name, values in columns.items():
        at = parts.schema.get_field_index(name)
        parts = parts.append_column(name, values) if at < 0 else parts.set_column(at, name, values)
    return parts


def measured_resources(parts: pa.Table, observations: Observations) -> set[str]:
    """Return the measured resources that have a machine among the parts, and so a place."""
    place, _ = _measured_parts(parts, observations)
    return set(observations.energies["resource_id"].take(pa.array(np.unique(place))).to_pylist())


def _loads(parts: pa.Table, observations: Observations) -> pa.Array:
    if not observations.loads.num_rows or not parts.num_rows:
        return pa.nulls(parts.num_rows, pa.int64())
    found = pc.index_in(_ids(parts), value_set=observations.loads["resource_id"].combine_chunks())
    found = pc.if_else(pa.array(_is_machine(parts)), found, pa.scalar(None, pa.int32()))
    return observations.loads[LOAD].combine_chunks().take(found)


def _energies(parts: pa.Table, observations: Observations) -> dict[str, pa.Array]:
    """Share energy and hours of each measured resource over its machine parts."""
    place, row = _measured_parts(parts, observations)
    if not len(row):
        nulls = pa.nulls(parts.num_rows, pa.int64())
        return {MEASURED_ENERGY: nulls, MEASURED_HOURS: nulls}
    first = np.flatnonzero(np.diff(place, prepend=-1))
    measured = observations.energies.take(pa.array(place[first]))
    hours = measured[MEASURED_HOURS].combine_chunks()
    amounts = np.stack(
        [_whole(measured[MEASURED_ENERGY].combine_chunks()), _whole(hours.fill_null(0))]
    )
    shares = allocate(amounts, np.append(first, len(row)), _model_nano(parts)[row])
    has_hours = np.repeat(np.asarray(hours.is_valid()), np.diff(np.append(first, len(row))))
    return {
        MEASURED_ENERGY: _scattered(shares[0], row, parts.num_rows),
        MEASURED_HOURS: _scattered(shares[1][has_hours], row[has_hours], parts.num_rows),
    }


def _measured_parts(parts: pa.Table, observations: Observations) -> tuple[Int64Array, Int64Array]:
    """Return measured resource and row of each machine part with an amount, by resource."""
    if not observations.energies.num_rows or not parts.num_rows:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    ids = observations.energies["resource_id"].combine_chunks()
    found = _whole(pc.index_in(_ids(parts), value_set=ids).fill_null(-1))
    row = np.flatnonzero((found >= 0) & _is_machine(parts) & (_model_nano(parts) > 0))
    row = row[np.argsort(found[row], kind="stable")]
    return found[row], row


def _is_machine(parts: pa.Table) -> BoolArray:
    flags = pc.starts_with(_texts(parts["model_name"]), MACHINE_MODEL).fill_null(False)  # noqa: FBT003
    return np.asarray(flags, dtype=np.bool_)


def _model_nano(parts: pa.Table) -> Int64Array:
    return _whole(parts["model_nano"].combine_chunks().fill_null(0))


def _ids(parts: pa.Table) -> pa.Array:
    return _texts(parts["resource_id"])


def _texts(column: pa.ChunkedArray) -> pa.Array:
    return column.cast(pa.string()).combine_chunks()


def _whole(values: pa.Array) -> Int64Array:
    return np.asarray(values, dtype=np.int64)


def _scattered(values: Int64Array, row: Int64Array, n_rows: int) -> pa.Array:
    spread, is_null = np.zeros(n_rows, np.int64), np.ones(n_rows, np.bool_)
    spread[row], is_null[row] = values, False
    return pa.array(spread, mask=is_null)


def _nano(amount: float) -> int:
    return round(amount * NANOS_PER_UNIT)
