"""Alumet's CSV: a row a reading, each the energy since the one before.

Domains of RAPL lie in one another, so the widest that is there is taken: the platform, else
packages and memory. Energy of GPUs is added. Energy that Alumet attributed to processes is not
used: AWS bills the machine.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Final

import numpy as np

from crossfoot.adapters.measured.recordings import Recording, difference_spans
from crossfoot.adapters.measured.texts import MEASURE_AGAIN, amount, instant
from crossfoot.domain.errors import MeasurementError, UnreadableFileError

SOURCE: Final = "alumet"
_COLUMNS: Final = frozenset({"metric", "timestamp", "value", "resource_kind"})
_HOSTS: Final = ("instance_id", "hostname", "host", "node_name", "node")
_METRIC: Final = re.compile(
    r"(?P<stem>rapl_consumed_energy|nvml_energy_consumption|amd_gpu_energy_consumption"
    r"|grace_energy_consumption)(?:_(?P<unit>[A-Za-zµ]+))?"
)
_JOULES: Final = {"J": 1.0, "joule": 1.0, "mJ": 1e-3, "uJ": 1e-6, "µJ": 1e-6, "kJ": 1e3}
_PLAIN_UNITS: Final = {"nvml_energy_consumption": "mJ", "amd_gpu_energy_consumption": "mJ"}
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")
_WIDEST_FIRST: Final[tuple[tuple[str, ...], ...]] = (
    *(("platform_total",), ("psys_total",), ("platform",), ("psys",)),
    *(("package_total", "dram_total"), ("package", "dram")),
)

type _Readings = tuple[list[float], list[float]]
type _Series = dict[tuple[tuple[str, ...], str, str, str], _Readings]


def is_alumet(head: str) -> bool:
    """Tell whether a header is Alumet's, with whatever delimiter."""
    return set(head.split(_delimiter(head))) >= _COLUMNS


def read_alumet(text: str, file: str) -> list[Recording]:
    """Return a recording a machine; without a column that names one, all rows are of one.

    Raises
    ------
    UnreadableFileError, ColumnTypeError
        It is not CSV, or a cell is not what it should be.
    MeasurementError
        It has no energy, or a unit that is not known.
    """
    series = _series(text, file)
    machines = dict.fromkeys(names for names, *_ in series)
    if not machines:
        raise MeasurementError(
            "has no energy of RAPL or of a GPU.",
            mend="Run Alumet with its plugin rapl, nvml or amdgpu.",
            file=file,
        )
    return [_recording(names, series, file) for names in machines]


def _series(text: str, file: str) -> _Series:
    series: _Series = defaultdict(lambda: ([], []))
    for number, row in _rows(text, file):
        metric = _METRIC.fullmatch(row["metric"])
        if metric is None or row.get("consumer_kind", "local_machine") not in {"", "local_machine"}:
            continue
        scale = _scale(metric, file, number)
        names = tuple(row[name] for name in _HOSTS if row.get(name))
        part = f"{row['resource_kind']} {row.get('resource_id', '')}"
        seconds, joules = series[names, metric["stem"], _domain(row), part]
        at = _FRACTION.sub(r"\1", row["timestamp"])
        seconds.append(instant(at, UTC, file, "timestamp", number))
        joules.append(scale * amount(row["value"], file, "value", number))
    return series


def _rows(text: str, file: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    head = text.partition("\n")[0]
    # Alumet escapes quotes in the way that it is told: doubled, or by a backslash
    reader = csv.DictReader(io.StringIO(text), delimiter=_delimiter(head), escapechar="\\")
    try:
        for number, row in enumerate(reader, start=1):
            if None in row or None in row.values():
                raise UnreadableFileError(
                    "has another length than the header.",
                    mend=MEASURE_AGAIN,
                    file=file,
                    row=number,
                )
            yield number, row
    except csv.Error as error:
        raise UnreadableFileError(
            f"is not CSV ({error}).", mend=MEASURE_AGAIN, file=file
        ) from error


def _delimiter(head: str) -> str:
    return max(";,\t|", key=head.count)


def _scale(metric: re.Match[str], file: str, row: int) -> float:
    """Return the joules of a reading's unit; the name ends with it, or it is the plugin's own."""
    unit = metric["unit"] or _PLAIN_UNITS.get(metric["stem"], "J")
    if unit not in _JOULES:
        raise MeasurementError(
            f"{unit!r} is not a unit of energy that is known.",
            mend=f"Known are {', '.join(_JOULES)}.",
            file=file,
            column="metric",
            row=row,
        )
    return _JOULES[unit]


def _domain(row: Mapping[str, str]) -> str:
    if row.get("domain"):
        return row["domain"]
    late = (each.partition("=") for each in row.get("__late_attributes", "").split(","))
    return next((value for key, _, value in late if key.strip() == "domain"), "")


def _recording(names: tuple[str, ...], series: _Series, file: str) -> Recording:
    own = {key: readings for key, readings in series.items() if key[0] == names}
    domains = _chosen({domain for _, stem, domain, _ in own if stem == "rapl_consumed_energy"})
    spans = [
        difference_spans(*readings)
        for (_, stem, domain, _), readings in own.items()
        if stem != "rapl_consumed_energy" or domain in domains
    ]
    start, end, energy = (np.concatenate(arrays) for arrays in zip(*spans, strict=True))
    return Recording(names, SOURCE, file, start, end, energy)


def _chosen(domains: set[str]) -> Sequence[str]:
    """Return the domains to add up: those of the first choice whose widest one is there."""
    choices = (choice for choice in _WIDEST_FIRST if choice[0] in domains)
    return next(choices, tuple(domains))
