"""Why one month differs from another: an exact split into effects, without a residual.

A cell's emissions are written as a product of three factors::

    E = U * s * I    U  on-demand value of the account's usage         [1e-9 currency]
                     s  the cell's share of it: mix of services and Regions        [1]
                     I  what AWS reports per value of the cell        [ug / 1e-9 currency]

and the difference is split by the logarithmic mean Divisia index in its additive form (LMDI-I;
Ang, Energy Policy 32 (2004) 1131-1139)::

    L = (E1 - E0) / ln(E1 / E0)
    effect of U = L * ln(U1 / U0)        and likewise of s and of I

The effects sum to the difference, no order of the factors is preferred, and the way back has the
opposite effects. Where a logarithm has no value the limit stands, which gives the whole change to
the factor that is zero in one of the months; an amount that changes its sign does so by intensity.

Where rounding depends on it, logarithms are decimals of fifty digits, so every machine has the
same effects. Rounding follows the allocation law: running sums in the order of ``Effect`` are
rounded, halves away from zero, and an effect is the difference of two of them. So the effects sum
to the difference exactly, and each lies within one microgram of its exact share.

Where a cell has emissions but no usage in a month, nothing can be divided by its usage: the
account's whole usage stands for the cell's, as in the allocation (``account-cost``), and the
organisation's where the account used nothing in that month.

An account that has neither figure nor usage in one of the months is new or departed, whole.
docs/history.md has it with examples.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation
from itertools import pairwise
from math import log, log1p
from typing import Final

import numpy as np

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.history import Effect, MonthDifference, MonthFigures
from crossfoot.domain.units import Int64Array
from crossfoot.engine.bridges import CellKey, aligned, columns_of, keys_of

_DIGITS: Final = Context(prec=50, traps=[InvalidOperation, DivisionByZero])
_ESTIMATE_ERROR: Final = 64 * 2.0**-53
"""How far an estimated effect may be off, per unit of it; several times what can happen. [1]"""

_PLACE: Final = {effect: index for index, effect in enumerate(Effect)}
_PRODUCT: Final = [_PLACE[each] for each in (Effect.USAGE_VOLUME, Effect.MIX, Effect.INTENSITY)]


@dataclass(frozen=True, slots=True)
class _Usage:
    """Usage of one month that stands for a cell's: of the whole, and the cell's part of it."""

    whole: int
    part: int


def month_difference(
    before: MonthFigures,
    after: MonthFigures,
    by_one_method: tuple[ReportedCells, ReportedCells] | None = None,
) -> MonthDifference:
    """Split the difference of two months, cell by cell.

    Parameters
    ----------
    before, after : MonthFigures
        The two months; cells that one of them lacks count as nothing in it.
    by_one_method : tuple of ReportedCells, optional
        The same two months by one version of AWS's methodology. What the published difference
        is beyond theirs is the effect of the method; without them intensity holds it.

    Returns
    -------
    MonthDifference
        Effects that sum to the difference of each cell exactly. [ug CO2e]
    """
    published = before.cells, after.cells
    keys = keys_of([*published, *(by_one_method or ())])
    amounts, known = zip(*(aligned(each, keys) for each in published), strict=True)
    amount_ug, is_known = np.vstack(amounts), np.vstack(known)
    compared_ug = (
        amount_ug
        if by_one_method is None
        else np.vstack([aligned(each, keys)[0] for each in by_one_method])
    )
    used = np.vstack([_usage_by(each, keys) for each in (before, after)])
    effect_ug = np.zeros((len(Effect), len(keys)), np.int64)
    change_ug = amount_ug[1] - amount_ug[0]
    everything = [sum(month.tolist()) for month in used]
    for cells in _accounts(keys):
        was, is_now = (is_known[:, cells] | (used[:, cells] > 0)).any(axis=1).tolist()
        if was and is_now:
            split = _split_account(compared_ug[:, cells], used[:, cells], everything)
            effect_ug[_PRODUCT, cells] = split
            effect_ug[_PLACE[Effect.METHOD], cells] = change_ug[cells] - split.sum(axis=0)
        else:
            whole = Effect.NEW_ACCOUNTS if is_now else Effect.DEPARTED_ACCOUNTS
            effect_ug[_PLACE[whole], cells] = change_ug[cells]
    return MonthDifference(
        *columns_of(keys), amount_ug[0], amount_ug[1], is_known[0], is_known[1], effect_ug
    )


def three_effects(usage: tuple[_Usage, _Usage], amounts: tuple[int, int]) -> tuple[int, int, int]:
    """Return the effects of volume, mix and intensity on one cell, as rounded whole numbers.

    Parameters
    ----------
    usage : tuple of _Usage
        Of both months; a month without usage has no emissions. [1e-9 currency]
    amounts : tuple of int
        Emissions of both months. [ug CO2e]

    Returns
    -------
    tuple of int
        They sum to the difference of the amounts. [ug CO2e]
    """
    difference = amounts[1] - amounts[0]
    is_product = all(amounts) and all(each.part for each in usage)
    if not is_product or (amounts[0] < 0) != (amounts[1] < 0):
        return _limit(usage, difference)
    wholes, parts = (usage[0].whole, usage[1].whole), (usage[0].part, usage[1].part)
    first = _share(amounts, wholes)
    # the logarithms of volume and of mix sum to that of the cell's own usage
    second = _share(amounts, parts)
    return first, second - first, difference - second


def _limit(usage: tuple[_Usage, _Usage], difference: int) -> tuple[int, int, int]:
    """Give the whole difference to the coarsest factor that is zero in one of the months."""
    if not all(each.whole for each in usage):
        return difference, 0, 0
    if not all(each.part for each in usage):
        return 0, difference, 0
    return 0, 0, difference


def _split_account(
    amount_ug: Int64Array, used: Int64Array, everything: Sequence[int]
) -> Int64Array:
    """Return the effects of the product on the cells of one account; shape (effect, cell)."""
    wholes = [sum(month.tolist()) for month in used]
    cells = zip(amount_ug.T.tolist(), used.T.tolist(), strict=True)
    effects = [
        three_effects(_standing_for(parts, wholes, everything, amounts), tuple(amounts))
        for amounts, parts in cells
    ]
    try:
        return np.array(effects, np.int64).T
    except OverflowError as error:
        raise InvalidAmountError(
            "an effect on one cell has more than 18 digits.",
            mend="Check the usage of both months: its value differs beyond all measure.",
        ) from error


def _standing_for(
    parts: Sequence[int], wholes: Sequence[int], everything: Sequence[int], amounts: Sequence[int]
) -> tuple[_Usage, _Usage]:
    """Return the usage that a cell's emissions can be divided by, at the finest level."""
    if _can_divide(parts, amounts):
        before, after = (_Usage(*pair) for pair in zip(wholes, parts, strict=True))
    else:
        standing = wholes if _can_divide(wholes, amounts) else everything
        before, after = (_Usage(whole, whole) for whole in standing)
    return before, after


def _can_divide(used: Sequence[int], amounts: Sequence[int]) -> bool:
    return all(usage or not amount for usage, amount in zip(used, amounts, strict=True))


def _share(amounts: tuple[int, int], factor: tuple[int, int]) -> int:
    """Return the logarithmic mean of the amounts times the logarithm of the factor's ratio.

    It is a whole number, halves away from zero: the estimate where that cannot be wrong, and
    decimals elsewhere, so that the path never shows in the result.
    """
    mean = float(amounts[0])
    if amounts[0] != amounts[1]:
        mean = (amounts[1] - amounts[0]) / _log_of_ratio(amounts)
    estimate = abs(mean * _log_of_ratio(factor))
    if abs(estimate % 1.0 - 0.5) > _ESTIMATE_ERROR * estimate:
        is_negative = (amounts[0] < 0) != (factor[1] < factor[0])
        return -int(estimate + 0.5) if is_negative else int(estimate + 0.5)
    return _settled(amounts, factor)


def _log_of_ratio(pair: tuple[int, int]) -> float:
    """Return the logarithm of second to first with a relative error of a few 2**-53."""
    before, after = pair
    ratio = after / before
    # around one the ratio itself has lost the digits that its logarithm needs
    is_near_one = 0.5 < ratio < 2.0  # noqa: PLR2004
    return log1p((after - before) / before) if is_near_one else log(ratio)


def _settled(amounts: tuple[int, int], factor: tuple[int, int]) -> int:
    """Return what ``_share`` does, in decimals."""
    mean = Decimal(amounts[0])
    if amounts[0] != amounts[1]:
        logarithm = _DIGITS.subtract(_ln(abs(amounts[1])), _ln(abs(amounts[0])))
        mean = _DIGITS.divide(Decimal(amounts[1] - amounts[0]), logarithm)
    exact = _DIGITS.multiply(mean, _DIGITS.subtract(_ln(factor[1]), _ln(factor[0])))
    return int(exact.to_integral_value(ROUND_HALF_UP))


def _ln(amount: int) -> Decimal:
    return _DIGITS.ln(Decimal(amount))


def _usage_by(month: MonthFigures, keys: Sequence[CellKey]) -> Int64Array:
    """Return a month's usage in the order of the keys; credits beyond the usage count as none."""
    position = {key: index for index, key in enumerate(keys)}
    cells = zip(month.cells.account, month.cells.region, month.cells.service, strict=True)
    place = np.fromiter((position[key] for key in cells), np.int64, len(month.cells))
    used = np.zeros(len(keys), np.int64)
    used[place] = np.maximum(month.on_demand_nano, 0)
    return used


def _accounts(keys: Sequence[CellKey]) -> list[slice]:
    """Return the cells of each account, which lie side by side."""
    names = [key[0] for key in keys]
    changes = [at for at, pair in enumerate(pairwise(names), start=1) if pair[0] != pair[1]]
    bounds = [0, *changes, len(names)] if names else []
    return [slice(*pair) for pair in pairwise(bounds)]
