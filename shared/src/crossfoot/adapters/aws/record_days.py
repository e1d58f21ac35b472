"""Records in S3: rows that no run owns, a folder for each day; implements ``RecordShelf``."""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from crossfoot.adapters.aws.places import CuratedPlaces, Place
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.adapters.disk import disk_errors_named
from crossfoot.adapters.parquet_tables import TableWriter
from crossfoot.adapters.record_rows import Rows, record_rows
from crossfoot.domain.columns import Table
from crossfoot.domain.errors import RunContentError


class S3RecordDays:
    """Every record that was ever kept, each once and for ever.

    The description comes first and fixes the day: a record that is kept again, another day or by
    another at the same moment, is the one that is there. What a crash left half done is finished
    under the first day.
    """

    def __init__(self, objects: S3Objects, places: CuratedPlaces) -> None:
        self._objects = objects
        self._places = places

    def keep(self, table: Table, record_id: str, rows: Rows, at: datetime) -> None:
        """Keep the rows of a record; the same id again changes nothing.

        Parameters
        ----------
        rows : pyarrow.Table or sequence of mapping
            Its columns without ``record_id`` and ``recorded_at``, in any order.
        at : datetime
            Now; its day, UTC, is the folder.

        Raises
        ------
        ValueError
            The rows are not as the table declares them.
        """
        whole = record_rows(table, record_id, rows, at)
        place = self._places.record_description(table.name, record_id)
        day = at.astimezone(UTC).date()
        if not self._objects.put_absent(place, as_json({"day": day.isoformat()})):
            day = _day(self._objects.read_json(place), place)
        self._write(table, self._places.record_part(table.name, day, record_id), whole)

    def holds(self, table: Table, record_id: str) -> bool:
        """Whether a record is kept, with its rows."""
        return self._part(table, record_id) is not None

    def rows(self, table: Table, record_id: str) -> pa.Table | None:
        """Return the rows of a record; ``None`` where it was never kept."""
        place = self._part(table, record_id)
        if place is None:
            return None
        content = pa.BufferReader(self._objects.read(place))
        return pq.read_table(content, partitioning=None).combine_chunks()

    def _part(self, table: Table, record_id: str) -> Place | None:
        described = self._places.record_description(table.name, record_id)
        if self._objects.head(described) is None:
            return None
        day = _day(self._objects.read_json(described), described)
        part = self._places.record_part(table.name, day, record_id)
        return None if self._objects.head(part) is None else part

    def _write(self, table: Table, place: Place, rows: pa.Table) -> None:
        with disk_errors_named(f"writing {table.name}"), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "part.parquet"
            with TableWriter(path, table, ()) as writer:
                writer.write(rows)
            self._objects.put_absent(place, path.read_bytes())


def _day(description: dict[str, Any], place: Place) -> date:
    try:
        return date.fromisoformat(description["day"])
    except (KeyError, TypeError, ValueError) as error:
        raise RunContentError(
            f"{place.uri} is damaged: it does not tell the day of its record.",
            mend="Restore the version of the object that Crossfoot wrote.",
        ) from error
