"""Parts of a run: written in a temporary folder, uploaded once, and never changed."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.parquet_tables import TableWriter
from crossfoot.adapters.warehouse_staging import file_sha256
from crossfoot.domain.columns import Table
from crossfoot.domain.plans import MonthPlan


class RunParts:
    """One part of each of some tables of a run. A context manager that forgets what is unfinished.

    Parameters
    ----------
    plan : MonthPlan
        The run.
    shard : int
        Number of the parts.
    tag_columns : tuple of str
        Configured tag columns.
    """

    def __init__(
        self,
        objects: S3Objects,
        places: CuratedPlaces,
        plan: MonthPlan,
        *,
        shard: int,
        tag_columns: tuple[str, ...],
    ) -> None:
        self._objects = objects
        self._places = places
        self._plan = plan
        self._shard = shard
        self._tag_columns = tag_columns
        self._folder = tempfile.TemporaryDirectory(prefix="crossfoot-")
        self._writers: dict[str, TableWriter] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.abandon()
        self._folder.cleanup()

    def writer(self, table: Table) -> TableWriter:
        """Open the one writer of a table."""
        path = Path(self._folder.name) / f"{table.name}.parquet"
        self._writers[table.name] = TableWriter(path, table, self._tag_columns)
        return self._writers[table.name]

    def upload(self) -> list[dict[str, Any]]:
        """Close and upload all parts; return what a manifest says of each.

        Raises
        ------
        RunContentError
            A part is there with other bytes.
        """
        return [self._uploaded(table, writer) for table, writer in self._writers.items()]

    def _uploaded(self, table: str, writer: TableWriter) -> dict[str, Any]:
        writer.close()
        plan = self._plan
        place = self._places.table_part(table, plan.usage_period, plan.run_id, self._shard)
        self._objects.upload_new(place, writer.path)
        return {
            "path": place.key,
            "rows": writer.n_rows,
            "sha256": file_sha256(writer.path),
            "size": writer.path.stat().st_size,
        }


def in_order_of_paths(files: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Sort what is said of parts as a manifest lists them."""
    return sorted(files, key=lambda described: str(described["path"]))
