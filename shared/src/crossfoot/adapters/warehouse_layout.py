"""Where everything lies in a warehouse folder, and which names may become part of a path.

Only periods, the names of our tables, and ids of runs, deliveries and records become folders, and
each id is checked against a pattern first: a tag or an account name can never walk out of the
warehouse.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crossfoot.domain.columns import Table
from crossfoot.domain.period import UsagePeriod

HEADER: Final = "warehouse.json"
MANIFEST: Final = "manifest.json"
CATALOG: Final = "catalog.json"

_ID = re.compile(r"[rd]-[0-9A-Za-z][0-9A-Za-z_-]{0,99}", re.ASCII)
_RECORD_ID = re.compile(r"[a-z]{1,12}-[0-9A-Za-z][0-9A-Za-z_-]{0,99}", re.ASCII)


def checked_id(text: str, prefix: str) -> str:
    """Return a run id (``r-...``) or delivery id (``d-...``) that is safe as a folder's name.

    The prefix keeps readers that guess the type of a partition from seeing a number or a date.

    Raises
    ------
    ValueError
        The id has another prefix, or anything but ASCII letters, digits, ``-`` and ``_``.
    """
    if _ID.fullmatch(text) is None or not text.startswith(prefix):
        raise ValueError(f"{text!r} is not an id that starts with {prefix!r}")
    return text


def checked_record_id(text: str) -> str:
    """Return a record id that is safe as a folder's name: lower-case letters, ``-``, anything.

    Raises
    ------
    ValueError
        It has no such prefix, or anything but ASCII letters, digits, ``-`` and ``_``.
    """
    if _RECORD_ID.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not the id of a record, such as 'n-1f'")
    return text


@dataclass(frozen=True, slots=True)
class WarehouseLayout:
    """The places of one warehouse.

    ::

        warehouse.json
        runs/<usage_period>/<run_id>/manifest.json, <table>/part-0.parquet     immutable
        deliveries/<delivery_id>/manifest.json, part-0.parquet                 immutable
        records/<table>/<record_id>/manifest.json, part-0.parquet              immutable
        snapshots/<number>/catalog.json, <table>/usage_period=.../run_id=.../part-0.parquet
        snapshots/<number>/<table of records>/record_id=.../part-0.parquet
        current -> snapshots/<number>                                          the only swap
        <table> -> current/<table>
    """

    root: Path

    @property
    def header(self) -> Path:
        """File that says that this is a warehouse, and of which format."""
        return self.root / HEADER

    @property
    def lock(self) -> Path:
        """File that the one writer locks."""
        return self.root / ".lock"

    @property
    def current(self) -> Path:
        """Link to the published snapshot."""
        return self.root / "current"

    @property
    def staging(self) -> Path:
        """Folder of what is being written."""
        return self.root / ".staging"

    @property
    def runs(self) -> Path:
        """Folder of all runs."""
        return self.root / "runs"

    @property
    def deliveries(self) -> Path:
        """Folder of all deliveries."""
        return self.root / "deliveries"

    @property
    def records(self) -> Path:
        """Folder of all records."""
        return self.root / "records"

    @property
    def snapshots(self) -> Path:
        """Folder of all snapshots."""
        return self.root / "snapshots"

    def run(self, usage_period: UsagePeriod, run_id: str) -> Path:
        """Return the folder of one run."""
        return self.runs / usage_period.text / checked_id(run_id, "r-")

    def delivery(self, delivery_id: str) -> Path:
        """Return the folder of one delivery."""
        return self.deliveries / checked_id(delivery_id, "d-")

    def record(self, table: Table, record_id: str) -> Path:
        """Return the folder of one record."""
        return self.records / table.name / checked_record_id(record_id)

    def snapshot(self, number: int) -> Path:
        """Return the folder of one snapshot."""
        return self.snapshots / f"{number:06d}"


def period_folders(periods: Iterable[UsagePeriod]) -> dict[UsagePeriod, str]:
    """Return the folder of each period inside one table of one snapshot.

    Readers guess the type of ``usage_period=2025`` to be a whole number, against the text in the
    files, unless a month stands beside it. A table of years only therefore names them plainly.
    """
    all_periods = set(periods)
    has_month = any(period.is_month for period in all_periods)
    key = "usage_period=" if has_month else ""
    return {period: f"{key}{period.text}" for period in all_periods}
