"""The warehouse on disk: immutable runs and deliveries, published by swapping one link."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

import pyarrow as pa

from crossfoot.adapters.disk import disk_errors_named, read_json, remove_tree
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.adapters.warehouse_header import open_header, raise_format
from crossfoot.adapters.warehouse_layout import CATALOG, MANIFEST, WarehouseLayout
from crossfoot.adapters.warehouse_lock import exclusive_lock
from crossfoot.adapters.warehouse_snapshot import publish_snapshot
from crossfoot.adapters.warehouse_staging import StagedRun, damaged_files
from crossfoot.domain.columns import CARBON_REPORTED, Table
from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.records import RECORD_TABLES

_MAY_BE_LEFT: Final = (
    *(".staging/*", "snapshots/*", "runs/*/*", "deliveries/*", "records/*/*", ".current-new"),
)
_NOTHING: Final = MappingProxyType[Any, Any]({})


class Warehouse:
    """One warehouse folder. Anyone may read at any time; one writer at a time holds the lock."""

    def __init__(self, layout: WarehouseLayout) -> None:
        self.layout = layout
        self._is_locked = False

    @classmethod
    def open(cls, path: str | Path, *, create: bool = False) -> Self:
        """Open a warehouse, or make an empty one where the folder is missing or empty.

        Raises
        ------
        NotAWarehouseError
            There is no warehouse, and none is to be made, or other files are in the way.
        NewerWarehouseError
            A newer Crossfoot has written it.
        """
        layout = WarehouseLayout(Path(path).resolve())
        with disk_errors_named(f"opening {path}"):
            open_header(layout, create=create)
        return cls(layout)

    @property
    def root(self) -> Path:
        """The folder."""
        return self.layout.root

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one writer; the lock ends with the block, or with the process.

        Raises
        ------
        WarehouseBusyError
            Somebody else is writing.
        """
        with exclusive_lock(self.layout.lock):
            with disk_errors_named("raising the format of the warehouse"):
                raise_format(self.layout)
            self._is_locked = True
            try:
                yield
            finally:
                self._is_locked = False

    def clear_leftovers(self) -> tuple[str, ...]:
        """Remove what no snapshot knows: the remains of crashed and interrupted runs.

        Returns
        -------
        tuple of str
            What was removed, relative to the warehouse, for the log.
        """
        self._require_lock()
        removed = []
        with disk_errors_named("clearing what an interrupted run left"):
            for path in self._leftovers():
                remove_tree(path)
                removed.append(path.relative_to(self.root).as_posix())
        return tuple(removed)

    def current(self) -> Catalog:
        """Return what is published now; the empty catalog where nothing is."""
        # one open through the link: the answer is one snapshot whatever happens meanwhile
        path = self.layout.current / CATALOG
        if not self.layout.current.is_symlink() and not path.exists():
            return Catalog()
        return Catalog.from_json(read_json(path))

    def catalog(self, snapshot: int) -> Catalog:
        """Return what an earlier snapshot published; 0 is the empty one."""
        if snapshot == 0:
            return Catalog()
        return Catalog.from_json(read_json(self.layout.snapshot(snapshot) / CATALOG))

    def as_known_at(self, instant: datetime) -> Catalog:
        """Return what was published at an instant."""
        for number in range(self.current().snapshot, 0, -1):
            catalog = self.catalog(number)
            if catalog.published_at is not None and catalog.published_at <= instant:
                return catalog
        return Catalog()

    def manifest(self, usage_period: UsagePeriod, run_id: str) -> dict[str, Any]:
        """Return the manifest of a finished run, published or not."""
        return read_json(self.layout.run(usage_period, run_id) / MANIFEST)

    def delivery_manifest(self, delivery_id: str) -> dict[str, Any]:
        """Return the manifest of a delivery: its period, and its file."""
        return read_json(self.layout.delivery(delivery_id) / MANIFEST)

    def has_run(self, usage_period: UsagePeriod, run_id: str) -> bool:
        """Whether a run is finished, published or not."""
        return (self.layout.run(usage_period, run_id) / MANIFEST).is_file()

    def has_delivery(self, delivery_id: str) -> bool:
        """Whether a delivery is kept, published or not."""
        return (self.layout.delivery(delivery_id) / MANIFEST).is_file()

    def has_record(self, table: Table, record_id: str) -> bool:
        """Whether a record is kept, published or not."""
        return (self.layout.record(table, record_id) / MANIFEST).is_file()

    def damaged_files(self, usage_period: UsagePeriod, run_id: str) -> tuple[str, ...]:
        """Return the files of a run that are missing or changed since it was finished."""
        return damaged_files(self.layout.run(usage_period, run_id))

    def run_files(self, usage_period: UsagePeriod, run_id: str, table: Table) -> tuple[Path, ...]:
        """Return the files of one table of a run, which may be none."""
        return tuple(sorted((self.layout.run(usage_period, run_id) / table.name).glob("*.parquet")))

    def delivery_files(self, delivery_id: str) -> tuple[Path, ...]:
        """Return the files of a delivery."""
        return tuple(sorted(self.layout.delivery(delivery_id).glob("*.parquet")))

    def record_files(self, table: Table, record_id: str) -> tuple[Path, ...]:
        """Return the files of a record."""
        return tuple(sorted(self.layout.record(table, record_id).glob("*.parquet")))

    def published_files(self, table: Table, catalog: Catalog) -> tuple[Path, ...]:
        """Return the files of a table in a snapshot, by period; those of records by their ids."""
        if catalog.snapshot == 0:
            return ()
        folder = self.layout.snapshot(catalog.snapshot) / table.name
        return tuple(sorted(folder.glob("**/*.parquet")))

    def tag_columns(self, catalog: Catalog) -> tuple[str, ...]:
        """Return every tag column of the published runs, those of the latest period first."""
        latest_first = sorted({**catalog.months, **catalog.nowcasts}.items(), reverse=True)
        manifests = (self.manifest(period, run_id) for period, run_id in latest_first)
        return tuple(dict.fromkeys(tag for each in manifests for tag in each["tag_columns"]))

    def stage(
        self, usage_period: UsagePeriod, run_id: str, tag_columns: tuple[str, ...] = ()
    ) -> StagedRun:
        """Begin a run.

        Raises
        ------
        ConfigurationError
            A tag column is not ``tag_`` and lower-case ASCII letters, digits and ``_``, or there
            twice.
        """
        self._require_lock()
        _check_tag_columns(tag_columns)
        target = self.layout.run(usage_period, run_id)
        identity = {
            "usage_period": usage_period.text,
            "run_id": run_id,
            "tag_columns": list(tag_columns),
        }
        return StagedRun(self.layout.staging / f"{usage_period.text}.{run_id}", target, identity)

    def add_delivery(
        self,
        delivery_id: str,
        rows: pa.Table,
        usage_period: UsagePeriod | None = None,
        description: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Keep the rows of one delivery for ever; the same delivery again changes nothing.

        Parameters
        ----------
        delivery_id : str
            ``d-`` and a digest of the delivered bytes.
        rows : pyarrow.Table
            As ``carbon_reported`` declares them.
        usage_period : UsagePeriod, optional
            Period of the delivery; taken from the rows where it is not given, so that only an
            empty delivery needs it.
        description : mapping
            JSON values that the manifest says besides: version, payer, time, files read.
        """
        self._require_lock()
        period = _period_of(rows) if usage_period is None else usage_period
        target = self.layout.delivery(delivery_id)
        identity = {"delivery_id": delivery_id, "usage_period": period.text}
        with StagedRun(self.layout.staging / delivery_id, target, identity) as staged:
            staged.writer(CARBON_REPORTED, folder="").write(rows)
            staged.finish(description)

    def add_record(self, table: Table, record_id: str, rows: pa.Table) -> None:
        """Keep the rows of one record for ever; the same id again changes nothing.

        Parameters
        ----------
        table : Table
            One of ``RECORD_TABLES``.
        record_id : str
            A few lower-case letters, ``-``, and a digest or a time, such as ``n-1f``.
        rows : pyarrow.Table
            As the table declares them, all under this id.

        Raises
        ------
        ValueError
            The table keeps no records, or the rows are not as it declares them.
        """
        self._require_lock()
        if table not in RECORD_TABLES:
            raise ValueError(f"{table.name} is no table of records")
        target = self.layout.record(table, record_id)
        if self.has_record(table, record_id):
            return
        staging = self.layout.staging / f"{table.name}.{record_id}"
        with StagedRun(staging, target, {"record_id": record_id}) as staged:
            staged.writer(table, folder="").write(rows)
            staged.finish({})

    def publish(
        self,
        runs: Mapping[UsagePeriod, str],
        deliveries: Iterable[str],
        published_at: datetime,
        *,
        nowcasts: Mapping[UsagePeriod, str] = _NOTHING,
        records: Mapping[str, Sequence[str]] = _NOTHING,
    ) -> Catalog:
        """Publish what is finished or kept, all at once, on top of what is published.

        What is published already changes nothing, and the current catalog is returned.

        Parameters
        ----------
        runs : mapping of UsagePeriod to str
            Finished runs that speak for their periods; a nowcast of such a period goes.
        deliveries : iterable of str
            Deliveries kept.
        published_at : datetime
            With a time zone.
        nowcasts : mapping of UsagePeriod to str
            Finished runs that stand in for months that AWS has not published.
        records : mapping of str to sequence of str
            By table, records kept, to show from now on.

        Raises
        ------
        ValueError
            A nowcast of a month that AWS has published.
        WarehouseFullError
            The disk is full; readers see what they saw before.
        """
        self._require_lock()
        before = self.current()
        delivery_ids = tuple(deliveries)
        if before.holds(runs, delivery_ids, nowcasts=nowcasts, records=records):
            return before
        periods = {each: self._period_of_delivery(each) for each in delivery_ids}
        after = before.followed_by(runs, periods, published_at, nowcasts=nowcasts, records=records)
        publish_snapshot(self.layout, after)
        return after

    def _period_of_delivery(self, delivery_id: str) -> UsagePeriod:
        return UsagePeriod(str(self.delivery_manifest(delivery_id)["usage_period"]))

    def _leftovers(self) -> Iterator[Path]:
        latest = self.current().snapshot
        catalogs = [self.catalog(number) for number in range(1, latest + 1)]
        known = {self.layout.snapshot(number) for number in range(1, latest + 1)}
        known |= {self.layout.run(*run) for each in catalogs for run in each.run_ids}
        known |= {self.layout.delivery(key) for each in catalogs for key in each.deliveries}
        # the newest catalog knows every record: none is ever taken back
        known |= {
            self.layout.records / name / key
            for name, keys in self.current().records.items()
            for key in keys
        }
        for pattern in _MAY_BE_LEFT:
            yield from sorted(set(self.root.glob(pattern)) - known)

    def _require_lock(self) -> None:
        if not self._is_locked:
            raise RuntimeError("the warehouse changes only inside its lock()")


def _check_tag_columns(tag_columns: tuple[str, ...]) -> None:
    for name in tag_columns:
        rest = name.removeprefix("tag_")
        is_plain = rest.isascii() and rest.replace("_", "").isalnum() and rest == rest.lower()
        if rest == name or not is_plain or tag_columns.count(name) > 1:
            raise ConfigurationError(
                f"{name!r} cannot be a tag column.",
                mend="Configure each tag key once, with letters and digits in it.",
            )


def _period_of(rows: pa.Table) -> UsagePeriod:
    periods = rows.column("usage_period").unique().to_pylist()
    if len(periods) != 1:
        raise ValueError(f"a delivery is of one period, not of {periods}")
    return UsagePeriod(periods[0])
