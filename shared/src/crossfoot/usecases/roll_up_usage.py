"""Roll a month's usage up in the cloud: survey its lines, classify them, cut it into shards."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.plans import MonthPlan
from crossfoot.usecases.pipeline_ports import (
    AccountShard,
    KeptCarbon,
    Query,
    SurveyedAccount,
    SurveyedUsage,
)

LINES_PER_SHARD: Final = 1_000_000
"""Lines that make another shard worth its while; the roll-up of so many fits into a function."""

MOST_SHARDS: Final = 100
"""Athena writes no more folders in one statement."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What has to be asked of the raw lines; every attempt has folders of its own."""

    attempt: str
    queries: Sequence[Query]


@dataclass(frozen=True, slots=True)
class RollUpOrder:
    """The roll-up to run, and where the list of its shards lies."""

    query: Query
    shards_uri: str
    n_shards: int
    other_payers: Sequence[str]


class RollUpUsage:
    """Prepare the roll-up in two steps; Athena runs after each of them.

    Parameters
    ----------
    usage, carbon
        See ``pipeline_ports``.
    new_attempt : callable
        Names an attempt; no two have the same name.
    """

    def __init__(
        self, usage: SurveyedUsage, carbon: KeptCarbon, new_attempt: Callable[[], str]
    ) -> None:
        self._usage = usage
        self._carbon = carbon
        self._new_attempt = new_attempt

    def survey(self, plan: MonthPlan) -> Survey:
        """Bring the pinned usage to where Athena reads it, and say what to ask of it.

        Raises
        ------
        InputError
            A file cannot be trusted, by name.
        """
        self._usage.bring(plan)
        attempt = self._new_attempt()
        return Survey(attempt, self._usage.questions(plan, attempt))

    def classify(self, plan: MonthPlan, attempt: str) -> RollUpOrder:
        """Classify every kind of line, and give every account its shard.

        Raises
        ------
        UsagePeriodMismatchError
            There are lines of another month, or of none.
        """
        surveyed = self._usage.accounts(plan, attempt)
        cells = ReportedCells.from_rows(self._carbon.delivery(plan.delivery_id).rows)
        accounts = assign_shards(surveyed, cells.account)
        self._usage.classify(plan, attempt)
        shards_uri = self._usage.keep_shards(plan, attempt, accounts)
        return RollUpOrder(
            query=self._usage.roll_up(plan, attempt),
            shards_uri=shards_uri,
            n_shards=1 + max((account.shard for account in accounts), default=0),
            other_payers=self._usage.other_payers(plan, attempt),
        )


def assign_shards(
    surveyed: Iterable[SurveyedAccount],
    reported: Iterable[str],
    *,
    lines_per_shard: int = LINES_PER_SHARD,
) -> list[AccountShard]:
    """Cut the accounts, in sorted order, into shards of about as many lines each.

    Accounts that AWS reported and that used nothing have their shard too. The cut depends on
    nothing but the accounts and their lines, so that every attempt makes the same parts.

    Parameters
    ----------
    surveyed : iterable of SurveyedAccount
        Accounts of the usage.
    reported : iterable of str
        Accounts of AWS's figures, in any order, each as often as it comes.
    """
    known = {each.account: each for each in surveyed if each.account}
    accounts = sorted(known.keys() | set(reported))
    weights = [known[a].line_count if a in known else 0 for a in accounts]
    total = sum(weights)
    wanted = min(MOST_SHARDS, max(1, -(-total // lines_per_shard)), max(1, len(accounts)))
    shards = _cut(weights, total, wanted)
    return [
        AccountShard(account, known[account].name if account in known else None, shard)
        for account, shard in zip(accounts, shards, strict=True)
    ]


def _cut(weights: Sequence[int], total: int, wanted: int) -> list[int]:
    """Return the shard of each account: where the middle of its lines falls, without gaps."""
    shards: list[int] = []
    before, current, last = 0, -1, -1
    for weight in weights:
        place = min((2 * before + weight) * wanted // max(2 * total, 1), wanted - 1)
        if place != last:
            current, last = current + 1, place
        shards.append(current)
        before += weight
    return shards
