"""How AWS puts an export into a bucket: partitions, chunk files, executions and manifests."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from crossfoot.adapters.sample.cur_schema import CUR_SCHEMA
from crossfoot.adapters.sample.hashing import uuid_text
from crossfoot.domain.period import UsagePeriod

BUCKET: Final = "sample-landing"
PREFIX: Final = "exports"
CARBON_EXPORT: Final = "crossfoot-carbon"
USAGE_EXPORT: Final = "crossfoot-cur2"
_GLUE_TYPES: Final = {"double": "double", "string": "string"}
_CODED: Final = [
    *(f.name for f in CUR_SCHEMA if pa.types.is_string(f.type)),
    *(f"{f.name}.key_value.{part}" for f in CUR_SCHEMA if pa.types.is_map(f.type)
      for part in ("key", "value")),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of an export for one partition.

    ``folder`` is empty in overwrite mode, and ``<timestamp>-<uuid>/`` in create-new mode.
    """

    execution_id: str
    delivered_at: datetime
    folder: str = ""

    @classmethod
    def of(cls, delivered_at: datetime, *salt: int, is_new: bool) -> "Execution":
        """Return an execution whose id follows from its time and the numbers."""
        instant = int(delivered_at.timestamp())
        execution_id = uuid_text(instant, *salt)
        stamp = delivered_at.strftime("%Y-%m-%dT%H:%M:%S.494Z")
        return cls(execution_id, delivered_at, f"{stamp}-{execution_id}" if is_new else "")


@dataclass(frozen=True, slots=True)
class Export:
    """One Data Export under ``root``, which stands for the bucket."""

    root: Path
    name: str
    payer_account_id: str

    @property
    def folder(self) -> Path:
        """Where data and metadata of the export lie."""
        return self.root / PREFIX / self.name

    def data_path(self, partition: str, execution: Execution, number: int) -> Path:
        """Return the path of a chunk file; chunks count from 1."""
        file = f"{self.name}-{number:05d}.snappy.parquet"
        return self.folder / "data" / partition / execution.folder / file

    def finish(
        self, partition: str, period: UsagePeriod, execution: Execution, files: list[Path]
    ) -> None:
        """Write the manifest, after the data: it says that the delivery is complete.

        In create-new mode there are two: one for the execution, and one that the next overwrites.
        """
        text = self._manifest(period, execution, files)
        folder = self.folder / "metadata" / partition
        for place in sorted({folder, folder / execution.folder}):
            place.mkdir(parents=True, exist_ok=True)
            path = place / f"{self.name}-Manifest.json"
            path.write_text(text, encoding="utf-8")
            stamp(path, execution)

    def _manifest(self, period: UsagePeriod, execution: Execution, files: list[Path]) -> str:
        schema = pq.read_schema(files[0]) if files else pa.schema([])
        export_id = uuid_text(int(self.payer_account_id), len(self.name))
        manifest = {
            "exportArn": f"arn:aws:bcm-data-exports:us-east-1:{self.payer_account_id}:export/"
            f"{self.name}-{export_id}",
            "executionId": execution.execution_id,
            "billingPeriod": {"start": _iso(period.start), "end": _iso(period.end)},
            "columns": [{"name": f.name, "type": _glue_type(f.type)} for f in schema],
            "dataFiles": [self._uri(path) for path in files],
        }
        return json.dumps(manifest, indent=2) + "\n"

    def _uri(self, path: Path) -> str:
        return f"s3://{BUCKET}/{path.relative_to(self.root).as_posix()}"


def write_export_file(table: pa.Table, path: Path, execution: Execution) -> None:
    """Write one chunk as AWS does: Snappy, INT96 instants, one row group, no Arrow schema."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table,
        path,
        compression="snappy",
        use_deprecated_int96_timestamps=True,
        store_schema=False,
        row_group_size=max(1, len(table)),
        use_dictionary=_CODED,
        write_statistics=False,
    )
    stamp(path, execution)


def stamp(path: Path, execution: Execution) -> None:
    """Date a file to its delivery, as the object in the bucket would be."""
    instant = execution.delivered_at.timestamp()
    os.utime(path, (instant, instant))


def total_bytes(paths: Iterable[Path]) -> int:
    """Return the size of the files together."""
    return sum(path.stat().st_size for path in paths)


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _glue_type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if pa.types.is_map(kind):
        return f"map<string,{_GLUE_TYPES[str(kind.item_type)]}>"
    return _GLUE_TYPES[str(kind)]
