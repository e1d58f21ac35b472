"""The intervals of a month's usage, each with the mean intensity of its Region's grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crossfoot.adapters.grid_intensity import GridIntensities
from crossfoot.domain.tables import IntakeNote
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.engine.hourly_intensity import GAP


@dataclass(frozen=True, slots=True)
class GridCoverage:
    """How much of a Region's usage lies in hours that its series covers.

    Money in billionths of the currency, of every currency alike: it is a share, not an amount.
    """

    region_code: str
    line_count: int
    covered_lines: int
    on_demand_nano: int
    covered_nano: int

    @property
    def note(self) -> IntakeNote:
        """What the reader of a run is told."""
        lines = f"{self.covered_lines:,} of {self.line_count:,} lines"
        if self.covered_lines == self.line_count:
            lines = f"all {self.line_count:,} lines"
        elif self.on_demand_nano > 0:
            lines += f", {self.covered_nano / self.on_demand_nano:.1%} of their on-demand value"
        message = f"{self.region_code}: the grid is known by the hour for {lines}"
        return IntakeNote("hourly-intensity", message)


def grid_intervals(
    intervals: pa.Table, intensities: GridIntensities
) -> tuple[pa.Table, list[GridCoverage]]:
    """Return the intervals that are wholly known with ``grid_nano``, and what they cover.

    Parameters
    ----------
    intervals : pyarrow.Table
        Columns ``region_code``, ``usage_start``, ``usage_end``, ``line_count`` and
        ``on_demand_nano``, as ``grid_sql.LIST_INTERVALS`` gives them; an end may be null.
    intensities : GridIntensities
        The series.
    """
    regions: list[str] = intervals["region_code"].to_pylist()
    means = intensities.means(
        regions, _seconds(intervals["usage_start"]), _seconds(intervals["usage_end"])
    )
    is_known: BoolArray = means != GAP
    known = intervals.select(["region_code", "usage_start", "usage_end"]).filter(pa.array(is_known))
    table = known.append_column("grid_nano", pa.array(means[is_known]))
    return table, _coverage(intervals, regions, is_known)


def _seconds(column: pa.ChunkedArray) -> Int64Array:
    """Return seconds since 1970; the same for all that is null, so that an interval is empty."""
    seconds = pc.cast(column, pa.timestamp("s"), safe=False).cast(pa.int64())
    return np.asarray(seconds.fill_null(np.iinfo(np.int32).min), dtype=np.int64)


def _coverage(
    intervals: pa.Table, regions: Sequence[str], is_known: BoolArray
) -> list[GridCoverage]:
    lines = np.asarray(intervals["line_count"], dtype=np.int64)
    money = np.asarray(intervals["on_demand_nano"], dtype=np.int64)
    names = np.array(regions, dtype=np.str_)
    return [
        GridCoverage(
            region_code=code,
            line_count=int(lines[names == code].sum()),
            covered_lines=int(lines[(names == code) & is_known].sum()),
            on_demand_nano=int(money[names == code].sum()),
            covered_nano=int(money[(names == code) & is_known].sum()),
        )
        for code in sorted(set(regions))
    ]
