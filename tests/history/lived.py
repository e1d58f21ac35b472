"""A sample organisation lived through: its deliveries go to `crossfoot run` one after the other.

The machine's clock is that of the delivery, the list of accounts is the one of that day, and each
command reads what is new: what came before is known from the warehouse alone.
"""

import csv
import hashlib
import io
import os
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from crossfoot.adapters.query_output import write_result
from crossfoot.adapters.sample import SampleReceipt
from crossfoot.bootstrap.clock import SystemClock
from crossfoot.bootstrap.reading import open_session
from crossfoot.cli import app

AFTER: Final = timedelta(minutes=20)
"""From a delivery to the command that reads it."""
_RUNNER: Final = CliRunner()


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came into the bucket at one instant; months are texts."""

    instant: datetime
    files: tuple[Path, ...]
    carbon_months: frozenset[str]
    usage_months: frozenset[str]


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of the warehouse: since when, what it is about, and what it said then, by name."""

    published_at: datetime
    months: frozenset[str]
    is_nowcast: bool
    said: dict[str, str]


@dataclass
class Life:
    """One organisation and its warehouse; ``moments`` holds every publication, in their order.

    Parameters
    ----------
    is_lived
        Which months there are; all unless told otherwise.
    asked
        Tables and views, and ``report``, that are asked for at a moment, by its number; None are
        all of them.
    """

    sample: SampleReceipt
    folder: Path
    is_lived: Callable[[str], bool] = lambda _: True
    asked: Callable[[int], Container[str] | None] = lambda _: None
    moments: list[Moment] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)

    @property
    def warehouse(self) -> Path:
        """Where it publishes."""
        return self.folder / "warehouse"

    def arrivals(self) -> list[Arrival]:
        """Return everything that AWS delivered, by the dates of the files."""
        found: dict[float, list[Path]] = {}
        for path in sorted((self.sample.out / "exports").rglob("*.*")):
            if path.is_file() and self.is_lived(_month_of(path)):
                found.setdefault(path.stat().st_mtime, []).append(path)
        return [_arrival(*each) for each in sorted(found.items())]

    def live(self, is_told: Callable[[str], bool] = lambda _: True) -> None:
        """Let everything arrive: usage is nowcast where it is to be told, carbon published."""
        for arrival in self.arrivals():
            self.silent |= arrival.usage_months
            if arrival.carbon_months:
                self._publish(arrival)
            elif self.moments and all(map(is_told, arrival.usage_months)):
                self._tell(arrival)

    def accounts_at(self, instant: datetime) -> Path:
        """Write the list of accounts as it was on a day: nobody knows of later changes."""
        assert self.sample.accounts is not None
        day = instant.date().isoformat()
        with Path(self.sample.accounts).open(newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if row["valid_from"] <= day]
        path = self.folder / f"accounts-{day}" / "accounts.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            for row in rows:
                writer.writerow(row | ({"valid_to": ""} if row["valid_to"] > day else {}))
        return path

    def _publish(self, arrival: Arrival) -> None:
        """Run over a delivery of carbon, with the usage of months that were silent."""
        new = arrival.carbon_months & self.silent
        usage = ("--usage", self._laid_out("usage", self._usage_of(new))) if new else ()
        carbon = self._laid_out("carbon", arrival.files)
        self.silent -= new
        self._command(arrival, "run", "--carbon", carbon, *usage, "--out", self.warehouse)

    def _tell(self, arrival: Arrival) -> None:
        """Nowcast every month whose usage has come and whose carbon has not."""
        usage = self._laid_out("usage", self._usage_of(self.silent))
        where = ("--warehouse", self.warehouse)
        self._command(arrival, "nowcast", "--publish", *where, "--usage", usage)

    def _command(self, arrival: Arrival, name: str, *options: object) -> None:
        now = arrival.instant + AFTER
        policy = ("--inventory", self.accounts_at(now), "--config", self.sample.config)
        with clock_at(now):
            said(name, *options, *policy)
        months = arrival.carbon_months or frozenset(self.silent)
        is_nowcast = not arrival.carbon_months
        self.moments.append(Moment(now, months, is_nowcast, self._answers()))

    def _answers(self) -> dict[str, str]:
        return answers(self.warehouse, asked=self.asked(len(self.moments)))

    def _usage_of(self, months: Iterable[str]) -> list[Path]:
        assert self.sample.usage is not None
        parts = [self.sample.usage.rglob(f"BILLING_PERIOD={month}/*") for month in sorted(months)]
        return [path for files in parts for path in sorted(files)]

    def _laid_out(self, kind: str, files: Iterable[Path]) -> Path:
        """Link files into a folder of their own, in the tree that they came in."""
        place = self.folder / f"{len(self.moments):03d}-{kind}"
        for path in files:
            target = place / path.relative_to(self.sample.out)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)
        return place


def _month_of(path: Path) -> str:
    partition = next(part for part in path.parts if part.startswith(("usage_p", "BILLING_P")))
    return partition.partition("=")[2]


def _arrival(instant: float, files: list[Path]) -> Arrival:
    def months(partition: str) -> frozenset[str]:
        return frozenset(_month_of(path) for path in files if partition in str(path))

    return Arrival(
        datetime.fromtimestamp(instant, UTC),
        tuple(files),
        months("usage_period="),
        months("BILLING_PERIOD="),
    )


@contextmanager
def clock_at(instant: datetime) -> Iterator[None]:
    """Let the machine's clock stand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SystemClock, "now", lambda _: instant)
        yield


def said(*arguments: object) -> Result:
    """Run a command that has to succeed."""
    result = _RUNNER.invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, (arguments, result.stderr, result.exception)
    return result


def answers(
    warehouse: Path, instant: datetime | None = None, *, asked: Container[str] | None = None
) -> dict[str, str]:
    """Return digests of tables and views as CSV, and of the report, now or as known then."""
    text = None if instant is None else instant.isoformat()
    found = {}
    with open_session(warehouse, text) as session:
        names = [row["name"] for row in session.rows("SHOW TABLES")]
        for name in names if asked is None else [name for name in names if name in asked]:
            stream = io.BytesIO()
            write_result(session.stream(f"SELECT * FROM {name} ORDER BY ALL"), "csv", stream)
            found[name] = hashlib.sha256(stream.getvalue()).hexdigest()
    if asked is not None and "report" not in asked:
        return found
    page = warehouse.parent / "report.html"
    options = () if text is None else ("--as-known-at", text)
    said("report", "--warehouse", warehouse, "--html", page, *options)
    return found | {"report": hashlib.sha256(page.read_bytes()).hexdigest()}
