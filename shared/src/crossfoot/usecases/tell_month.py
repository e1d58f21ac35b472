"""From a nowcast to what is kept of it, and to a delivery that can be placed like one of AWS."""

import hashlib
from collections.abc import Callable
from datetime import datetime

import numpy as np

from crossfoot.domain.cells import texts
from crossfoot.domain.measures import MEASURES, TOTALS
from crossfoot.domain.nowcasts import CellNames, Grain, NowcastMonth
from crossfoot.domain.statuses import NOWCAST_PREFIX
from crossfoot.domain.tables import CarbonDelivery, ReportedCarbon, TextArray
from crossfoot.domain.told_months import TOLD_GRAINS, ToldFigures, ToldMonth
from crossfoot.domain.units import Int64Array
from crossfoot.domain.versions import ModelVersion
from crossfoot.engine.error_ranges import sums_of
from crossfoot.usecases.describe_run import digest_of
from crossfoot.usecases.nowcast_months import Nowcast, NowcastReceipt, NowcastTotal

_DIGEST_DIGITS = 16
_AFTER_DIGITS = 8
_ALL_TOTALS = range(len(TOTALS))


def told_month(receipt: NowcastReceipt, each: Nowcast, payer_account_id: str) -> ToldMonth:
    """Return one month of a receipt as it is kept, with the sums that have ranges of their own."""
    month = each.month
    return ToldMonth(
        usage_period=month.usage_period,
        model_version=ModelVersion(receipt.model_version),
        payer_account_id=payer_account_id,
        learnt_from=receipt.learnt[0],
        learnt_to=receipt.learnt[-1],
        horizon=month.horizon,
        is_running=month.is_running,
        level=month.level,
        unknown_cost_nano=month.unknown_cost_nano,
        figures={
            Grain.ORGANISATION: _whole(month, each.organisation),
            Grain.ACCOUNT: _accounts(month, each.accounts),
            Grain.CELL: _cells(month),
        },
    )


def nowcast_id(told: ToldMonth, current: str | None, is_kept: Callable[[str], bool]) -> str:
    """Name a nowcast by what it says: the same again has the same name.

    Parameters
    ----------
    told : ToldMonth
        The nowcast.
    current : str or None
        Name of the nowcast that stands in for the month now.
    is_kept : callable
        Whether a nowcast of that name was ever kept. One that returns to an earlier figure is
        named after the one that it follows, so that the newest kept is the one that counts.
    """
    name = f"{NOWCAST_PREFIX}{_digest(told)[:_DIGEST_DIGITS]}"
    if current is not None and current.startswith(name):
        return current
    if current is None or not is_kept(name):
        return name
    return f"{name}-{digest_of({'after': current})[:_AFTER_DIGITS]}"


def delivery_of(told: ToldMonth, delivery_id: str, told_at: datetime) -> CarbonDelivery:
    """Return the cells of a nowcast in the shape of AWS's rows, to be placed like them.

    It is not one of AWS's deliveries, and is kept under its own name only.
    """
    cells = told.figures[Grain.CELL]
    n_cells = len(cells.names)
    nothing = texts([None] * n_cells)
    return CarbonDelivery(
        delivery_id=delivery_id,
        usage_period=told.usage_period,
        model_version=told.model_version,
        delivered_at=told_at,
        payer_account_id=told.payer_account_id,
        files=(),
        rows=ReportedCarbon(
            usage_account_id=cells.names.account,
            region_code=cells.names.region,
            location=nothing,
            product_code=cells.names.service,
            carbon_service=cells.names.service,
            region=cells.names.region,
            amount_ug=np.where(cells.is_figure, cells.amount_ug, 0),
            is_reported=cells.is_figure,
            last_refresh=np.full(n_cells, np.datetime64("NaT", "us")),
            source_file=np.zeros(n_cells, np.int64),
            source_row=np.arange(1, n_cells + 1),
        ),
    )


def _cells(month: NowcastMonth) -> ToldFigures:
    return ToldFigures(
        month.names,
        month.amount_ug,
        month.is_figure,
        month.low_ug,
        month.high_ug,
        month.has_range,
    )


def _whole(month: NowcastMonth, totals: tuple[NowcastTotal, ...]) -> ToldFigures:
    nothing = texts([None])
    everyone = np.zeros(len(month.names), np.int64)
    return _summed(month, everyone, CellNames(nothing, nothing, nothing), [totals])


def _accounts(month: NowcastMonth, totals: dict[str, tuple[NowcastTotal, ...]]) -> ToldFigures:
    names = sorted(totals)
    position = {name: at for at, name in enumerate(names)}
    group = np.array([position[name] for name in month.names.account.tolist()], np.int64)
    nothing = texts([None] * len(names))
    found = CellNames(texts([*names]), nothing, nothing)
    return _summed(month, group, found, [totals[name] for name in names])


def _summed(
    month: NowcastMonth,
    group: Int64Array,
    names: CellNames,
    totals: list[tuple[NowcastTotal, ...]],
) -> ToldFigures:
    amount_ug = np.where(month.is_figure, month.amount_ug, 0)
    n_figures = sums_of(group, len(names), month.is_figure.astype(np.int64))
    low, high = (
        np.array([[getattr(each[total], end) or 0 for each in totals] for total in _ALL_TOTALS])
        for end in ("low_ug", "high_ug")
    )
    has_range = np.array(
        [[each[total].low_ug is not None for each in totals] for total in _ALL_TOTALS]
    )
    return ToldFigures(
        names, sums_of(group, len(names), amount_ug), n_figures > 0, low, high, has_range
    )


def _digest(told: ToldMonth) -> str:
    """Return a digest of everything that a nowcast says, but of no time."""
    digest = hashlib.sha256()
    digest.update(_said(told).encode())
    for grain in TOLD_GRAINS:
        figures = told.figures[grain]
        for names in (figures.names.account, figures.names.region, figures.names.service):
            digest.update(_spelled(names))
        for array in (
            np.where(figures.is_figure, figures.amount_ug, 0),
            figures.is_figure,
            np.where(figures.has_range, figures.low_ug, 0),
            np.where(figures.has_range, figures.high_ug, 0),
            figures.has_range,
        ):
            digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(np.ascontiguousarray(told.level, np.int64).tobytes())
    return digest.hexdigest()


def _said(told: ToldMonth) -> str:
    return digest_of(
        {
            "usage_period": told.usage_period.text,
            "model_version": told.model_version.text,
            "payer_account_id": told.payer_account_id,
            "learnt": [told.learnt_from.text, told.learnt_to.text],
            "horizon": told.horizon,
            "is_running": told.is_running,
            "unknown_cost_nano": told.unknown_cost_nano,
            "measures": [str(measure) for measure in MEASURES],
        }
    )


def _spelled(names: TextArray) -> bytes:
    return digest_of({"names": names.tolist()}).encode()
