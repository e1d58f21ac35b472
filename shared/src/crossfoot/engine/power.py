"""Watts of machines from their load: four points, straight lines between them.

Axes: bound (value, low, high), machine, load. Watts are at the server, without the site's PUE.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crossfoot.domain.errors import InvalidAmountError
from crossfoot.factors.machine_figures import (
    ACCELERATORS,
    COMPONENTS,
    LOADS_PERCENT,
    PROCESSORS,
    bounds_of,
    curve_points,
)
from crossfoot.factors.machine_types import NO_ACCELERATOR, MachineType, Platform, platforms

type Floats = NDArray[np.float64]

_POINTS: Final = np.array(LOADS_PERCENT)
_WATTS_PER_KILOWATT: Final = 1000.0
_SLACK_PERCENT: Final = 1.0
"""Averages of a meter may lie that much outside 0 to 100 by rounding."""


@dataclass(frozen=True, slots=True)
class PowerCurves:
    """Watts of each machine's parts at the four loads. Shapes: (3 bounds, n machines, 4 loads).

    ``rest`` is board, fans and drives; it is the same at every load.
    """

    processor: Floats
    memory: Floats
    accelerator: Floats
    rest: Floats

    @property
    def total(self) -> Floats:
        """All parts together [W]. Their bounds are added: one load moves them all."""
        return self.processor + self.memory + self.accelerator + self.rest


def power_curves(machines: Sequence[MachineType]) -> PowerCurves:
    """Return the curves of distinct machines.

    Where SPECpower's line serves, it holds the whole server with the memory of the tested ones, and
    only memory above that is added. What Teads puts beside processor and memory is taken to hold
    the local drives, up to their own watts.
    """
    servers = [platforms()[machine.platform] for machine in machines]
    vcpus = np.array([m.server_share * s.vcpus for m, s in zip(machines, servers, strict=True)])
    rest = np.stack([bounds_of(PROCESSORS, m.processor, "rest") for m in machines], axis=1) * vcpus
    rest = np.maximum(rest, _drive_watts(machines, servers))
    return PowerCurves(
        processor=_curves(machines, "vcpu") * vcpus[:, np.newaxis],
        memory=_curves(machines, "memory") * _memory_gb(machines, servers)[..., np.newaxis],
        accelerator=_accelerator_curves(machines),
        rest=np.repeat(rest[..., np.newaxis], len(LOADS_PERCENT), axis=2),
    )


def watts_at(points: ArrayLike, load_percent: ArrayLike) -> Floats:
    """Return watts at a load, straight between the points.

    Parameters
    ----------
    points : array_like
        Watts at 0, 10, 50 and 100 %. Shape: (..., 4).
    load_percent : array_like
        Load [%], none missing. Broadcasts against the points' shape without its last axis.

    Raises
    ------
    InvalidAmountError
        If a load is missing or not from 0 to 100.
    """
    curve = np.asarray(points, dtype=np.float64)
    load = _checked(np.asarray(load_percent, dtype=np.float64))
    segment = np.clip(np.searchsorted(_POINTS, load, side="right") - 1, 0, len(_POINTS) - 2)
    weight = (load - _POINTS[segment]) / (_POINTS[segment + 1] - _POINTS[segment])
    shape = np.broadcast_shapes(curve.shape[:-1], load.shape)
    curve = np.broadcast_to(curve, (*shape, len(_POINTS)))
    index = np.broadcast_to(segment, shape)[..., np.newaxis]
    lower = np.take_along_axis(curve, index, axis=-1)[..., 0]
    upper = np.take_along_axis(curve, index + 1, axis=-1)[..., 0]
    return np.asarray(lower + weight * (upper - lower), dtype=np.float64)


def watts_of(
    curves: Floats, load_percent: ArrayLike, machine: NDArray[np.intp] | None = None
) -> Floats:
    """Return watts with bounds at a load; a missing load (NaN) is 50 %, in its range.

    Parameters
    ----------
    curves : ndarray
        Watts of distinct machines at the four loads. Shape: (3 bounds, n machines, 4 loads).
    load_percent : array_like
        Load of each row [%], NaN where unknown. Shape: (n rows,).
    machine : ndarray, optional
        Position of each row's machine among the curves. Shape: (n rows,). One row a machine,
        in their order, where it is left out.

    Returns
    -------
    Floats
        Shape: (3 bounds, n rows).

    Raises
    ------
    InvalidAmountError
        If a load is not from 0 to 100.
    """
    load = np.asarray(load_percent, dtype=np.float64)
    unknown = np.isnan(load)
    load = _checked(np.where(unknown, _POINTS[0], load))
    rows = np.arange(curves.shape[1]) if machine is None else machine
    slopes = np.diff(curves, axis=2) / np.diff(_POINTS)
    offsets = curves[:, :, :-1] - slopes * _POINTS[:-1]
    watts = np.empty((len(curves), len(load)))
    for bound, assumed in enumerate(bounds_of(COMPONENTS, "server", "load")):
        filled = np.where(unknown, assumed, load)
        # counting the inner points below is quicker than a search over four
        segment = (filled >= _POINTS[1]).astype(np.intp) + (filled >= _POINTS[2])
        at = rows * slopes.shape[2] + segment
        watts[bound] = slopes[bound].ravel()[at] * filled + offsets[bound].ravel()[at]
    return watts


def energy_kwh(watts: ArrayLike, hours: ArrayLike, *, pue: ArrayLike = 1.0) -> Floats:
    """Return the energy of running for hours [kWh]; with a PUE, at the site's meter."""
    power = np.asarray(watts, dtype=np.float64)
    return np.asarray(power * np.asarray(hours) * np.asarray(pue) / _WATTS_PER_KILOWATT)


def line_points(idle_watts: ArrayLike, full_watts: ArrayLike) -> Floats:
    """Return the four points of a straight line from idle to full load. Shape: (..., 4)."""
    idle = np.asarray(idle_watts, dtype=np.float64)[..., np.newaxis]
    full = np.asarray(full_watts, dtype=np.float64)[..., np.newaxis]
    return np.asarray(idle + _POINTS / _POINTS[-1] * (full - idle))


def thermal_design_points(watts: ArrayLike) -> Floats:
    """Return the four points of a processor of which only the maker's power is known.

    Teads' ratios: 0.12, 0.32, 0.75 and 1.02 of it. Shape: (..., 4).
    """
    ratios = curve_points(COMPONENTS, "teads", "ratio")[0]
    return np.asarray(np.asarray(watts, dtype=np.float64)[..., np.newaxis] * ratios)


def _checked(load: Floats) -> Floats:
    wrong = ~((load >= -_SLACK_PERCENT) & (load <= _POINTS[-1] + _SLACK_PERCENT))
    if wrong.any():
        raise InvalidAmountError(
            f"A load of {load[wrong].flat[0]} % is not from 0 to 100 %.",
            mend="Deliver loads in percent; leave unknown ones out.",
        )
    return np.clip(load, _POINTS[0], _POINTS[-1])


def _curves(machines: Sequence[MachineType], part: str) -> Floats:
    points = [curve_points(PROCESSORS, machine.processor, part) for machine in machines]
    return np.stack(points, axis=1)


def _accelerator_curves(machines: Sequence[MachineType]) -> Floats:
    none = np.zeros((3, len(LOADS_PERCENT)))
    points = [
        none
        if machine.accelerator == NO_ACCELERATOR
        else machine.accelerators * curve_points(ACCELERATORS, machine.accelerator, "watts")
        for machine in machines
    ]
    return np.stack(points, axis=1)


def _memory_gb(machines: Sequence[MachineType], servers: Sequence[Platform]) -> Floats:
    """Return memory whose watts are not in the processor's figure [GB]. Shape: (3 bounds, n)."""
    included = [
        bounds_of(PROCESSORS, machine.processor, "memory-included")[[0, 2, 1]] * server.sockets
        for machine, server in zip(machines, servers, strict=True)
    ]
    server_gb = np.array([server.memory_gb for server in servers])
    above = np.maximum(0.0, 1.0 - np.stack(included, axis=1) / server_gb)
    return np.asarray(above * np.array([machine.memory_gb for machine in machines]))


def _drive_watts(machines: Sequence[MachineType], servers: Sequence[Platform]) -> Floats:
    pairs = list(zip(machines, servers, strict=True))
    ssds = np.array([drives_of(m.ssds, m.ssd_gb, s.ssds, s.ssd_gb) for m, s in pairs])
    hdds = np.array([drives_of(m.hdds, m.hdd_gb, s.hdds, s.hdd_gb) for m, s in pairs])
    ssd_watts = bounds_of(COMPONENTS, "ssd", "watts")[:, np.newaxis]
    hdd_watts = bounds_of(COMPONENTS, "hdd", "watts")[:, np.newaxis]
    return np.asarray(ssds * ssd_watts + hdds * hdd_watts)


def drives_of(drives: float, gigabytes: float, server_drives: int, server_gb: float) -> float:
    """Return how many of the server's drives a machine's share of GB is; its own where none."""
    return server_drives * gigabytes / server_gb if server_gb else drives
