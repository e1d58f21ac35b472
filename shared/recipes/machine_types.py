"""Rebuild the tables of machines: ``python shared/recipes/machine_types.py COPIES [FOLDER]``.

COPIES holds the folder ``ccf-coefficients``; FOLDER takes the tables, ours by default.
"""

import math
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Final

from factor_rows import TABLES, read_cells, write_cells, write_table
from machine_facts import (
    ACCELERATOR_MEMORY_GB,
    CORE_FAMILIES,
    LOCAL_HDDS,
    LOCAL_SSDS,
    NAMES,
    OWN_TYPES,
    SHARED_PLATFORMS,
    SPINNING_FAMILIES,
    SSD_PER_VCPU,
    WHOLE_SERVER_FAMILIES,
)
from machine_parts import ACCELERATORS, accelerator_rows, component_rows
from machine_processors import COPY, LICENCE, curve_of, number, processor_rows

FACTS: Final = Path(__file__).parent
"""Where servers of families and accelerators of sizes stand, which no copy lists."""

_MANAGED = re.compile(r"^(?:db|cache)\.|\.elasticsearch$")
_MAKERS = re.compile(r"^(?:2nd gen )?(?:intel |amd )?")
_SIZE = r"\D*(?P<size>\d+(?:[. ]\d{3})*)"
_DRIVES = (re.compile(rf"(?P<count>\d+)\s*x{_SIZE}"), re.compile(rf"(?P<count>){_SIZE}"))
_DIMM_GB: Final = (8, 16, 32, 64, 128, 256, 512)
_OLDEST: Final = {"m1": "xeon-e5-2650"}


@dataclass(frozen=True, slots=True)
class MachineRow:
    """One row of ``machine_types.csv``."""

    instance_type: str
    family: str
    platform: str
    processor: str
    curve: str
    vcpus: float
    server_share: float
    memory_gb: float
    ssds: int
    ssd_gb: float
    hdds: int
    hdd_gb: float
    accelerator: str
    accelerators: float
    accelerator_memory_gb: float
    year: int
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """One row of ``platforms.csv``: the server that a family's sizes are cut from."""

    platform: str
    processor: str
    vcpus: int
    sockets: int
    memory_gb: float
    dimms: int
    ssds: int
    ssd_gb: float
    hdds: int
    hdd_gb: float
    accelerator: str
    accelerators: float
    power_supplies: int
    mainboards: int
    year: int
    source: str
    licence: str


def main(copies: Path, folder: Path) -> None:
    """Write the five tables into a folder."""
    copies /= "ccf-coefficients"
    types = machine_rows(copies)
    platforms = platform_rows(types, copies)
    vcpus = {row.platform: row.vcpus for row in platforms}
    types = [replace(row, server_share=_share(row, vcpus[row.platform])) for row in types]
    _write(folder / "machine_types.csv", MachineRow, types)
    _write(folder / "platforms.csv", PlatformRow, platforms)
    write_table(folder, "processors.csv", processor_rows(copies))
    write_table(folder, "accelerators.csv", accelerator_rows())
    write_table(folder, "components.csv", component_rows())


def machine_rows(copies: Path) -> list[MachineRow]:
    """Return every type of the copies and ours; managed ones follow from theirs by rule."""
    measured = {r["Instance type"]: r for r in read_cells(copies / "aws-instances.csv")}
    latest = {r["Instance Type"]: r for r in read_cells(copies / "aws-instances-latest-2026.csv")}
    rows = [_measured_row(n, r) for n, r in measured.items() if not _MANAGED.search(n)]
    rows += [_latest_row(name, row) for name, row in latest.items() if name not in measured]
    rows += [_own_row(name, *size) for name, size in OWN_TYPES.items()]
    several = defaultdict(set)
    for row in rows:
        several[row.family].add(row.processor)
    return sorted(
        (replace(row, platform=_platform_name(row, len(several[row.family]))) for row in rows),
        key=lambda row: row.instance_type,
    )


def platform_rows(types: list[MachineRow], copies: Path) -> list[PlatformRow]:
    """Return the server of each platform, from its largest size."""
    measured = {r["Instance type"]: r for r in read_cells(copies / "aws-instances.csv")}
    per_socket = {
        _processor("", row["CPU Name"]): int(row["Total Number of vCPU per socket"])
        for row in read_cells(copies / "aws-instances-cpus.csv")
    }
    largest: dict[str, MachineRow] = {}
    for row in sorted(types, key=lambda row: (row.vcpus, row.memory_gb)):
        largest[row.platform] = row
    return [
        _platform_row(name, row, measured.get(row.instance_type, {}), per_socket)
        for name, row in sorted(largest.items())
    ]


def _measured_row(name: str, row: Mapping[str, str]) -> MachineRow:
    drives, total_gb = _drives(row["Storage Info (Type and Size in GB)"])
    kind = row["Storage Type"] if drives else "EBS"
    family = name.partition(".")[0]
    spinning = kind == "HDD" or (kind == "SSD" and family in SPINNING_FAMILIES)
    if kind == "HDD" and total_gb / drives < 100:  # noqa: PLR2004 - some rows are in TB
        total_gb *= 1000
    plain = _row(name, number(row["Instance vCPU"]), number(row["Instance Memory (in GB)"]))
    plain = replace(
        plain,
        processor=_processor(family, row["Platform CPU Name"]),
        curve=curve_of(_processor(family, row["Platform CPU Name"])),
        ssds=drives if kind == "SSD" and not spinning else 0,
        ssd_gb=total_gb if kind == "SSD" and not spinning else 0,
        hdds=drives if spinning else 0,
        hdd_gb=total_gb if spinning else 0,
        year=2022,
        source=f"Teads, in {COPY}, aws-instances.csv",
    )
    return _with_known_drives(plain)


def _latest_row(name: str, row: Mapping[str, str]) -> MachineRow:
    vcpus, memory_gb = float(row["vCPUs"]), float(row["Memory (GiB)"])
    family = name.partition(".")[0]
    processor = _processor(family, row["Platform CPU Name"])
    plain = replace(_row(name, vcpus, memory_gb), processor=processor, curve=curve_of(processor))
    source = f"{COPY}, aws-instances-latest-2026.csv; local drives: AWS EC2 documentation"
    plain = replace(plain, year=2026, source=source)
    per_vcpu_gb, drive_gb = SSD_PER_VCPU.get(family, (0, 0))
    if per_vcpu_gb:
        total_gb = round(per_vcpu_gb * vcpus)
        plain = replace(plain, ssds=math.ceil(0.99 * total_gb / drive_gb), ssd_gb=total_gb)
    return _with_known_drives(plain)


def _own_row(name: str, vcpus: float, memory_gb: float) -> MachineRow:
    processor = "xeon-e5-2676-v3"
    plain = _row(name, vcpus, memory_gb)
    source = "AWS Redshift documentation; processor as of the larger nodes"
    return replace(
        plain,
        processor=processor,
        curve=curve_of(processor),
        year=2025,
        source=source,
        licence="fact",
    )


def _row(name: str, vcpus: float, memory_gb: float) -> MachineRow:
    """Return a row with what the name and our own tables say; the rest is filled in later."""
    family = name.partition(".")[0]
    accelerator, accelerators = _accelerators(name, family)
    each_gb = ACCELERATORS[accelerator].memory_gb if accelerator else 0
    each_gb = ACCELERATOR_MEMORY_GB.get(family, each_gb)
    return MachineRow(
        instance_type=name,
        family=family,
        platform=family,
        processor="",
        curve="",
        vcpus=vcpus,
        server_share=0,
        memory_gb=0.613 if name == "t1.micro" else memory_gb,
        ssds=0,
        ssd_gb=0,
        hdds=0,
        hdd_gb=0,
        accelerator=accelerator or "none",
        accelerators=accelerators,
        accelerator_memory_gb=accelerators * each_gb,
        year=0,
        source="",
        licence=LICENCE,
    )


def _accelerators(name: str, family: str) -> tuple[str, float]:
    families, sizes = _families(), _sizes()
    accelerator = families[family]["accelerator"]
    if not accelerator:
        return "", 0.0
    if name in sizes:
        return accelerator, float(sizes[name]["accelerators"])
    return accelerator, float(families[family]["server_accelerators"])


@cache
def _families() -> Mapping[str, Mapping[str, str]]:
    return {row["family"]: row for row in read_cells(FACTS / "family_servers.csv")}


@cache
def _sizes() -> Mapping[str, Mapping[str, str]]:
    return {row["instance_type"]: row for row in read_cells(FACTS / "size_accelerators.csv")}


def _processor(family: str, name: str) -> str:
    if family in CORE_FAMILIES:
        return CORE_FAMILIES[family]
    if not name:
        return _OLDEST[family]
    folded = name.replace("\N{NON-BREAKING HYPHEN}", "-").lower().strip()
    return NAMES[_MAKERS.sub("", folded)]


def _drives(text: str) -> tuple[int, float]:
    """Read ``2 x 1.900 NVMe SSD``: drives, and GB of all of them."""
    matches = (pattern.search(text) for pattern in _DRIVES)
    match = next((match for match in matches if match is not None), None)
    if match is None:
        return 0, 0.0
    count = int(match["count"] or 1)
    return count, count * float(re.sub(r"[. ]", "", match["size"]))


def _with_known_drives(row: MachineRow) -> MachineRow:
    if row.instance_type in LOCAL_SSDS:
        drives, total_gb = LOCAL_SSDS[row.instance_type]
        return replace(row, ssds=drives, ssd_gb=total_gb)
    if row.instance_type in LOCAL_HDDS:
        drives, total_gb = LOCAL_HDDS[row.instance_type]
        return replace(row, hdds=drives, hdd_gb=total_gb)
    return row


def _platform_name(row: MachineRow, n_processors: int) -> str:
    if n_processors == 1:
        return SHARED_PLATFORMS.get(row.family, row.family)
    return f"{row.family}-{row.processor}"


def _share(row: MachineRow, platform_vcpus: int) -> float:
    if row.family.startswith(WHOLE_SERVER_FAMILIES):
        return 1.0
    return row.vcpus / platform_vcpus


def _platform_row(
    name: str, row: MachineRow, copied: Mapping[str, str], per_socket: Mapping[str, int]
) -> PlatformRow:
    family = _families()[row.family]
    vcpus = int(copied.get("Platform Total Number of vCPU", family["server_vcpus"]))
    sockets = int(family["server_sockets"])
    if row.processor in per_socket:
        sockets = math.ceil(vcpus / per_socket[row.processor])
    whole = row.family.startswith(WHOLE_SERVER_FAMILIES)
    # the largest size may be half of the server
    scale = 1 if whole or copied else vcpus // int(row.vcpus)
    memory_gb = row.memory_gb * scale
    if copied and not whole:
        memory_gb = max(memory_gb, number(copied["Platform Memory (in GB)"]))
    return PlatformRow(
        platform=name,
        processor=row.processor,
        vcpus=vcpus,
        sockets=sockets,
        memory_gb=memory_gb,
        dimms=_dimms(memory_gb, sockets),
        ssds=row.ssds * scale,
        ssd_gb=row.ssd_gb * scale,
        hdds=row.hdds * scale,
        hdd_gb=row.hdd_gb * scale,
        accelerator=row.accelerator,
        accelerators=row.accelerators * scale,
        power_supplies=_power_supplies(row, sockets),
        mainboards=math.ceil(sockets / 2),
        year=2022 if copied else 2026,
        source=f"{COPY}, aws-instances.csv, and AWS EC2 documentation",
        licence=LICENCE,
    )


def _power_supplies(row: MachineRow, sockets: int) -> int:
    """Return two, more for many sockets, and six where accelerators draw over two kilowatts."""
    if row.accelerator == "none":
        return max(2, sockets)
    watts = row.accelerators * ACCELERATORS[row.accelerator].full_watts
    return 6 if watts > 2000 else 2  # noqa: PLR2004


def _dimms(memory_gb: float, sockets: int) -> int:
    """Return modules of the smallest size that needs at most eight a socket."""
    for size_gb in _DIMM_GB:
        modules = math.ceil(memory_gb / size_gb)
        if modules <= 8 * sockets and (size_gb > 8 or modules <= 2):  # noqa: PLR2004
            return modules
    return math.ceil(memory_gb / _DIMM_GB[-1])


def _write[R: (MachineRow, PlatformRow)](path: Path, kind: type[R], rows: list[R]) -> None:
    header = [field.name for field in fields(kind)]
    write_cells(path, header, ([_cell(cell) for cell in astuple(row)] for row in rows))


def _cell(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.12g}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else TABLES)  # noqa: PLR2004
