"""How far a nowcast was off: what was told beside what AWS published, row by row."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.nowcasts import CellNames, Grain
from crossfoot.domain.tables import TextArray
from crossfoot.domain.told_months import TOLD_GRAINS, ToldFigures, ToldMonth
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.engine.error_ranges import sums_of
from crossfoot.engine.nowcast import with_summed_totals

type _Key = tuple[str | None, str | None, str | None]


@dataclass(frozen=True, slots=True, eq=False)
class ComparedFigures:
    """One grain of a nowcast beside AWS's figures; every row that either side knows.

    Parameters
    ----------
    told : ToldFigures
        Ours, sorted by name; no figure where only AWS has the row.
    published_ug, is_published : ndarray, shape (measure, row)
        AWS's, its totals as the sums of their scopes, as in the ledger (F-7). [ug CO2e]
    """

    told: ToldFigures
    published_ug: Int64Array
    is_published: BoolArray


def compare_nowcast(told: ToldMonth, published: ReportedCells) -> dict[Grain, ComparedFigures]:
    """Return what was told beside what AWS published first, by grain.

    Parameters
    ----------
    told : ToldMonth
        The nowcast.
    published : ReportedCells
        AWS's figures of the month.
    """
    summed = with_summed_totals(published.amount_ug, published.is_reported)
    return {
        grain: _compared(told.figures[grain], published, summed, _KEYS[grain])
        for grain in TOLD_GRAINS
    }


_KEYS: dict[Grain, Callable[[_Key], _Key]] = {
    Grain.ORGANISATION: lambda _: (None, None, None),
    Grain.ACCOUNT: lambda key: (key[0], None, None),
    Grain.CELL: lambda key: key,
}


def _compared(
    told: ToldFigures,
    published: ReportedCells,
    summed: Int64Array,
    key_of: Callable[[_Key], _Key],
) -> ComparedFigures:
    ours = _keys(told.names.account, told.names.region, told.names.service)
    theirs = [key_of(key) for key in _keys(published.account, published.region, published.service)]
    every = sorted({*ours, *theirs}, key=_nulls_last)
    position = {key: at for at, key in enumerate(every)}
    of_ours = np.array([position[key] for key in ours], np.int64)
    of_theirs = np.array([position[key] for key in theirs], np.int64)
    amount_ug = np.where(published.is_reported, summed, 0)
    n_reported = sums_of(of_theirs, len(every), published.is_reported.astype(np.int64))
    return ComparedFigures(
        told=_spread(told, every, of_ours),
        published_ug=sums_of(of_theirs, len(every), amount_ug),
        is_published=n_reported > 0,
    )


def _spread(told: ToldFigures, every: list[_Key], position: Int64Array) -> ToldFigures:
    def over_all[Array: (Int64Array, BoolArray)](values: Array) -> Array:
        spread = np.zeros((len(values), len(every)), values.dtype)
        spread[:, position] = values
        return spread

    parts = zip(*every, strict=True) if every else ((), (), ())
    return ToldFigures(
        CellNames(*(texts(part) for part in parts)),
        over_all(told.amount_ug),
        over_all(told.is_figure),
        over_all(told.low_ug),
        over_all(told.high_ug),
        over_all(told.has_range),
    )


def _keys(account: TextArray, region: TextArray, service: TextArray) -> list[_Key]:
    return list(zip(account.tolist(), region.tolist(), service.tolist(), strict=True))


def _nulls_last(key: _Key) -> tuple[tuple[bool, str], ...]:
    return tuple((part is None, part or "") for part in key)
