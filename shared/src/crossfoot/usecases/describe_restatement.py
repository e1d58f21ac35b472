"""What a run says of the restatement that it is: how much, why, and what the base year does."""

from collections.abc import Mapping
from typing import Any

from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.base_year import BaseYearChange
from crossfoot.domain.cells import ReportedCells
from crossfoot.usecases.describe_run import is_other_method, is_other_organisation, usage_of
from crossfoot.usecases.restate_month import cause_of


def describe_restatement(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    moved_ug: Mapping[str, int] | None,
    base_year: BaseYearChange | None,
) -> dict[str, Any]:
    """Return the part ``restatement`` of a manifest, as JSON values.

    All of ``difference_ug`` is AWS's: our usage, policy and organisation move no figure of an
    account. What the organisation moved lies between its units.

    Parameters
    ----------
    before, after : mapping
        Manifests of the run that is replaced, and of the one that replaces it.
    moved_ug : mapping of str to int or None
        Grams of accounts that are in another unit than before, by measure; None where nobody
        compared them. [ug CO2e]
    base_year : BaseYearChange or None
        None where no rule is configured, or the month is not in the base year.
    """
    old_ug, new_ug = before["reported_ug"], after["reported_ug"]
    document: dict[str, Any] = {
        "previous_run_id": before["run_id"],
        "cause": cause_of(before, after),
        "causes": causes_of(before, after),
        "difference_ug": {name: new_ug[name] - old_ug[name] for name in new_ug if name in old_ug},
    }
    if moved_ug is not None:
        document["moved_between_units_ug"] = dict(moved_ug)
    if base_year is not None:
        document["base_year"] = describe_base_year(base_year)
    return document


def moved_between_units_ug(
    known: AccountDirectory, accounts: AccountDirectory, cells: ReportedCells
) -> dict[str, int]:
    """Return the grams of accounts that are in another unit than before, by measure. [ug CO2e].

    ``cells`` are the figures as they are now; an account that is new to the month did not move.
    """
    moved = {
        account
        for account, was in known.accounts.items()
        if was.ou_path != accounts.get(account).ou_path
    }
    return cells.of_accounts(moved).totals_ug()


def causes_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Name everything that is not as before, AWS's part first.

    Where the method changed, a change of the organisation cannot be seen beside it.
    """
    is_version = before["carbon"]["model_version"] != after["carbon"]["model_version"]
    is_delivery = before["carbon"]["delivery_id"] != after["carbon"]["delivery_id"]
    changed = {
        "model-version": is_version,
        "correction": is_delivery and not is_version,
        "policy": is_other_method(before, after),
        "organisation": is_other_organisation(before, after),
        "usage": usage_of(before) != usage_of(after),
    }
    return [cause for cause, is_changed in changed.items() if is_changed]


def describe_base_year(change: BaseYearChange) -> dict[str, Any]:
    """Return the change of the base year beside its rule, as JSON values."""
    rule = change.rule
    since = rule.recalculated_at
    return {
        "year": rule.name,
        "measure": str(rule.measure),
        "recalculated_at": None if since is None else since.isoformat(),
        "n_months": change.n_months,
        "before_ug": change.before_ug,
        "after_ug": change.after_ug,
        "change_percent": None if change.percent is None else f"{change.percent:f}",
        "threshold_percent": f"{rule.threshold_percent:f}",
        "is_passed": change.is_passed,
    }
