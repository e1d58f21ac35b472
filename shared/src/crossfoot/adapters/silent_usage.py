"""Usage files of months that AWS has not published: the silent months, rolled up by cell."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from crossfoot.adapters.usage_exports import find_usage
from crossfoot.adapters.usage_source import UsageInFiles
from crossfoot.domain.errors import UnknownFigureError, UsagePeriodMismatchError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import IntakeNote


@dataclass(frozen=True, slots=True, eq=False)
class SilentUsage:
    """Weights of each silent month by cell, as ``UsageRollup.cell_weights``; and notes."""

    months: dict[UsagePeriod, pa.Table]
    notes: tuple[IntakeNote, ...]


def read_silent_usage(path: Path, published: Collection[UsagePeriod], scratch: Path) -> SilentUsage:
    """Roll up the months of an export that come after the last published one.

    Parameters
    ----------
    path : Path
        CUR 2.0 or FOCUS, as ``crossfoot run --usage`` takes it.
    published : collection of UsagePeriod
        What the warehouse has published.
    scratch : Path
        Folder to spill to.

    Raises
    ------
    UnknownFigureError, UsagePeriodMismatchError
        As ``weigh_silent_usage`` does.
    """
    found = find_usage(path)
    with UsageInFiles(found, tags=(), scratch=scratch) as usage:
        silent = weigh_silent_usage(usage, published, path)
    return replace(silent, notes=(*found.notes, *silent.notes))


def weigh_silent_usage(
    usage: UsageInFiles, published: Collection[UsagePeriod], path: Path
) -> SilentUsage:
    """Roll up the months of an opened export that come after the last published one.

    ``path`` is what the user gave, for errors.

    Raises
    ------
    UnknownFigureError
        The warehouse has published no month.
    UsagePeriodMismatchError
        No month of the export comes after the last published one.
    """
    months = sorted(period for period in published if period.is_month)
    if not months:
        raise UnknownFigureError(
            "the warehouse has published no month to learn from.",
            mend="Run the months that AWS has published first: crossfoot run.",
        )
    periods = usage.periods()
    silent = [period for period in periods if period > months[-1]]
    if not silent:
        listed = ", ".join(map(str, periods)) or "no month"
        raise UsagePeriodMismatchError(
            f"The usage is of {listed}; AWS's figures reach to {months[-1]}.",
            mend="Give the usage of a later month.",
            file=str(path),
        )
    weights = {}
    for period in silent:
        with usage.open(period) as month:
            weights[period] = month.cell_weights()
    return SilentUsage(weights, (*_passed([each for each in periods if each not in weights]),))


def _passed(periods: Sequence[UsagePeriod]) -> list[IntakeNote]:
    if not periods:
        return []
    span = f"{periods[0]} to {periods[-1]}" if len(periods) > 1 else f"{periods[0]}"
    said = f"{span}: not after the last published month, so not nowcast"
    return [IntakeNote("not-silent", said, len(periods))]
