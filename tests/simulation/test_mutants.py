"""The simulation bites: each condition of the protocol, taken out, breaks a law."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from tests.simulation.fakes import LedgerTable, OutboxRow
from tests.simulation.landing_bucket import Bucket, Version
from tests.simulation.laws import ViolationError
from tests.simulation.simulate import simulate
from tests.simulation.world import Parts

from crossfoot.domain.deliveries import Claim, KnownDelivery, Notice, Pointer
from crossfoot.domain.errors import CrossfootError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan
from crossfoot.usecases.finish_publications import FinishPublications
from crossfoot.usecases.follow_pointer import FollowPointer
from crossfoot.usecases.publish_period import PublishPeriod
from crossfoot.usecases.start_month import StartMonth, StartReceipt

MOST_SEEDS = 3_000


class NoFence(LedgerTable):
    """Whoever planned may publish, whoever has taken the month over since."""

    @staticmethod
    def _is_fenced_in(claim: Claim, lease: Claim | None) -> bool:  # noqa: ARG004
        return True


class NoConditionInOutbox(LedgerTable):
    """A notice is added as often as it is put."""

    def put(self, notice: Notice) -> bool:
        """Add a row."""
        self.rows.append(OutboxRow(notice))
        return True


class NoLease(LedgerTable):
    """Everybody gets the month at once."""

    def claim(self, period: UsagePeriod, holder: str, now: datetime, lease_seconds: int) -> Claim:
        """Take the month over."""
        if period in self.leases:
            self.leases[period] = replace(self.leases[period], holder="")
        return super().claim(period, holder, now, lease_seconds)


class ShortLease(LedgerTable):
    """A lease that ends before the function that relies on it must."""

    def claim(self, period: UsagePeriod, holder: str, now: datetime, lease_seconds: int) -> Claim:
        """Take the month for a fifth of the time."""
        return super().claim(period, holder, now, lease_seconds // 5)

    def renew(self, claim: Claim, now: datetime, lease_seconds: int) -> Claim:
        """Renew for a fifth of the time."""
        return super().renew(claim, now, lease_seconds // 5)


class NoticeApart(LedgerTable):
    """The notice of a quarantine is not written with it, but only sometimes."""

    def mark_quarantined(self, known: KnownDelivery, reason: str, notice: Notice) -> None:
        """Forget the notice."""
        before = list(self.rows)
        super().mark_quarantined(known, reason, notice)
        self.rows = before


class NoRecheck(FollowPointer):
    """Points once, and believes that nothing has happened meanwhile."""

    def run(self, pointer: Pointer) -> Pointer:
        """Point and settle."""
        self._catalog.point(pointer.usage_period, pointer.run_id)
        self._months.settle(pointer)
        return pointer


class NoRenewal(PublishPeriod):
    """Trusts the claim of hours ago."""

    def _renewed(self, plan: MonthPlan) -> Claim:
        return Claim(plan.usage_period, plan.holder, plan.fence, self._clock.now())


class FinishWithoutPlanning(FinishPublications):
    """Takes months over and plans nothing in the place of those that it stops."""

    def _finish(self, seen: Pointer, holder: str) -> None:
        claim = self._months.claim(seen.usage_period, holder, self._clock.now(), 1800)
        pointer = self._months.pointer(seen.usage_period)
        if pointer is not None and not pointer.is_settled:
            self._follow.run(pointer)
        self._months.release(claim)


class SameNameAgain(StartMonth):
    """Starts what is left after a quarantine under the name that it was started under before."""

    def run(self, period: UsagePeriod, *, without: str | None = None) -> StartReceipt:  # noqa: ARG002
        """Forget what was given up."""
        return super().run(period)


class StartOnce(StartMonth):
    """Starts nothing after a quarantine."""

    def run(self, period: UsagePeriod, *, without: str | None = None) -> StartReceipt:
        """Start for new deliveries only."""
        return super().run(period) if without is None else StartReceipt(None, is_started=False)


def find_newest(bucket: Bucket) -> Callable[[str, float], Version]:
    """Pin what is newest when the manifest is read, not what it was written for."""
    return lambda key, _: bucket.version_at(key, float("inf"))


MUTANTS = {
    "no fence": Parts(ledger=NoFence),
    "no lease": Parts(ledger=NoLease),
    "short lease": Parts(ledger=ShortLease),
    "no condition in the outbox": Parts(ledger=NoConditionInOutbox),
    "notice apart from its fact": Parts(ledger=NoticeApart),
    "no re-check after pointing": Parts(follow=NoRecheck),
    "no renewal before publishing": Parts(publish=NoRenewal),
    "finish without planning": Parts(finish=FinishWithoutPlanning),
    "same name after a quarantine": Parts(start=SameNameAgain),
    "nothing started after a quarantine": Parts(start=StartOnce),
    "newest version pinned": Parts(find=find_newest),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_protocol_without_one_of_its_conditions_is_caught(name: str) -> None:
    """Some seed breaks a law."""
    assert _first_failure(MUTANTS[name], range(MOST_SEEDS)) is not None


def _first_failure(parts: Parts, seeds: Sequence[int]) -> int | None:
    for seed in seeds:
        try:
            simulate(seed, parts)
        except (ViolationError, CrossfootError):
            return seed
    return None
