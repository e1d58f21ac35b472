"""Usage rolled up as a run does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from crossfoot.adapters.usage_exports import find_usage
from crossfoot.adapters.usage_rollup import UsageControl
from crossfoot.adapters.usage_source import UsageInFiles
from crossfoot.domain.configuration import TagKey
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.usage import LineCount

MARCH = UsagePeriod("2026-03")


@dataclass(frozen=True, slots=True)
class RolledUp:
    """One month, rolled up: its rows, its lines by kind, and the independent control."""

    rows: list[dict[str, Any]]
    counts: list[LineCount]
    control: UsageControl

    def excluded(self) -> dict[str, int]:
        """Return the number of lines left out, by reason."""
        out: dict[str, int] = {}
        for count in self.counts:
            if count.exclusion is not None:
                out[count.exclusion] = out.get(count.exclusion, 0) + count.line_count
        return out

    def only(self) -> dict[str, Any]:
        """Return the one row."""
        (row,) = self.rows
        return row


class RollUp:
    """Rolls a place up."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def __call__(
        self, place: Path, tags: Sequence[TagKey] = (), period: UsagePeriod = MARCH
    ) -> RolledUp:
        """Return what one month of the place holds."""
        found = find_usage(place)
        with (
            UsageInFiles(found, tags=tags, scratch=self._scratch) as source,
            source.open(period) as month,
        ):
            rollup = month._rollup
            batches = list(rollup.usage(period))
            rows = pa.Table.from_batches(batches).to_pylist() if batches else []
            return RolledUp(rows, rollup.line_counts(period), rollup.control(period))


@pytest.fixture
def roll_up(tmp_path: Path) -> RollUp:
    """Return a function that rolls a place up."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return RollUp(scratch)
