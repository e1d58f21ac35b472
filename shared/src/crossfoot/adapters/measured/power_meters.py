"""Scaphandre and Kepler: which of their metrics tell a machine's energy, and which lie in others.

What they tell nests: a platform holds its packages, a package its cores. So of each machine the
widest measurement that is there is taken, and the rest of its metrics is left.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from crossfoot.adapters.measured.prometheus import Series
from crossfoot.adapters.measured.recordings import Recording, counter_spans, gauge_spans
from crossfoot.adapters.measured.texts import Json, amount
from crossfoot.domain.errors import MeasurementError, UnreadableFileError

SCAPHANDRE: Final = "scaphandre"
KEPLER: Final = "kepler"
_HOSTS: Final = (
    *("resource_id", "instance_id", "node_name", "node", "kubernetes_node_name"),
    *("exported_instance", "hostname", "host", "instance"),
)
_MICRO: Final = 1e-6
_NUMBERED: Final = re.compile(r"[-_:]?[0-9]+$")
_NODE_CPU: Final = "kepler_node_cpu_joules_total"
_NODE_GPU: Final = "kepler_node_gpu_joules_total"


@dataclass(frozen=True, slots=True)
class _Choice:
    """Metrics, or a metric and its zone, that together are a machine; the first one is needed."""

    source: str
    parts: tuple[str, ...]
    scale: float = 1.0
    is_gauge: bool = False


_WIDEST_FIRST: Final = (
    _Choice(SCAPHANDRE, ("scaph_host_energy_microjoules",), _MICRO),
    _Choice(KEPLER, ("kepler_node_platform_joules_total",)),
    _Choice(KEPLER, (f"{_NODE_CPU} psys", _NODE_GPU)),
    _Choice(KEPLER, (f"{_NODE_CPU} package", f"{_NODE_CPU} dram", _NODE_GPU)),
    _Choice(KEPLER, ("kepler_node_package_joules_total", "kepler_node_dram_joules_total",
                     _NODE_GPU)),
    _Choice(KEPLER, ("kepler_container_joules_total",)),
    _Choice(SCAPHANDRE, ("scaph_host_power_microwatts",), _MICRO, is_gauge=True),
)  # fmt: skip

ENERGY_METRICS: Final = frozenset(
    part.partition(" ")[0] for choice in _WIDEST_FIRST for part in choice.parts
)
"""The metrics that are looked for."""


def recordings_of_series(series: Sequence[Series], file: str) -> list[Recording]:
    """Return a recording a machine from the series of Scaphandre or Kepler.

    Raises
    ------
    MeasurementError
        There is no energy of a machine in them, or only one reading of it.
    """
    machines: dict[tuple[str, ...], list[Series]] = {}
    for one in series:
        names = tuple(one.labels[name] for name in _HOSTS if one.labels.get(name))
        machines.setdefault(names, []).append(one)
    found = [_recording(names, own, file) for names, own in machines.items()]
    if not found:
        raise MeasurementError(
            "has no energy of a machine.",
            mend=f"Give one of {', '.join(sorted(ENERGY_METRICS))}.",
            file=file,
        )
    return found


def is_scaphandre_json(document: Json) -> bool:
    """Tell whether JSON is a report of Scaphandre."""
    return isinstance(document, dict) and isinstance(document.get("host"), dict)


def read_scaphandre_json(reports: Iterable[Json], file: str) -> list[Recording]:
    """Return the recording of Scaphandre's reports: mean power of the host, in microwatts.

    Raises
    ------
    UnreadableFileError, ColumnTypeError
        A report has no host, or not a power and an instant.
    MeasurementError
        There is only one report, so nobody knows how long it holds for.
    """
    seconds, watts = [], []
    for number, report in enumerate(reports, start=1):
        if not is_scaphandre_json(report):
            raise UnreadableFileError(
                "has no host.", mend="Give Scaphandre's own JSON.", file=file, row=number
            )
        host = report["host"]
        seconds.append(amount(host.get("timestamp"), file, "timestamp", number))
        watts.append(_MICRO * amount(host.get("consumption"), file, "consumption", number))
    if len(set(seconds)) == 1:
        raise _one_reading(file)
    return [Recording((), SCAPHANDRE, file, *gauge_spans(seconds, watts))]


def _recording(names: tuple[str, ...], series: Sequence[Series], file: str) -> Recording:
    parts = {_part(one) for one in series}
    chosen = next((choice for choice in _WIDEST_FIRST if choice.parts[0] in parts), None)
    if chosen is None:
        raise MeasurementError(
            f"has only a part of {names[0] if names else 'the machine'}: {', '.join(parts)}.",
            mend="Give the package or the platform as well.",
            file=file,
        )
    spans_of = gauge_spans if chosen.is_gauge else counter_spans
    own = [one for one in series if _part(one) in chosen.parts]
    if all(len(set(one.seconds)) == 1 for one in own):
        raise _one_reading(file)
    spans = [spans_of(one.seconds, np.array(one.values) * chosen.scale) for one in own]
    start, end, energy = (np.concatenate(arrays) for arrays in zip(*spans, strict=True))
    return Recording(names, chosen.source, file, start, end, energy)


def _part(series: Series) -> str:
    if series.metric != _NODE_CPU:
        return series.metric
    zone = _NUMBERED.sub("", series.labels.get("zone", "package"))
    return f"{series.metric} {zone}"


def _one_reading(file: str) -> MeasurementError:
    return MeasurementError(
        "holds one reading only: energy lies between two.",
        mend="Give the readings of the whole time, such as an answer of /api/v1/query_range.",
        file=file,
    )
