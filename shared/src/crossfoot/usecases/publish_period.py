"""Publish a proven run: move the pointer once, let the catalogue follow, tell people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crossfoot.domain.deliveries import Claim, Notice, Pointer
from crossfoot.domain.errors import RunContentError, StaleClaimError
from crossfoot.domain.notices import nowcast_made, period_published, period_restated
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.statuses import Status
from crossfoot.usecases.deployment_ports import LEASE_SECONDS, MonthLedger, RunShelf
from crossfoot.usecases.describe_restatement import causes_of
from crossfoot.usecases.follow_nowcast import FollowNowcast
from crossfoot.usecases.follow_pointer import FollowPointer
from crossfoot.usecases.measure_base_year import MeasureBaseYear
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.restate_month import cause_of
from crossfoot.usecases.send_notices import SendNotices


@dataclass(frozen=True, slots=True)
class PublishReceipt:
    """The publication of a run.

    ``is_new`` is false for a repetition; ``is_shown`` is false where the catalogue is left to
    ``FinishPublications``, because somebody else holds the month by now.
    """

    usage_period: str
    run_id: str
    version: int
    is_new: bool
    is_shown: bool
    n_sent: int


class PublishPeriod:
    """Publish what was planned, built and proven.

    Parameters
    ----------
    months, runs, clock
        See ``deployment_ports`` and ``ports``; ``months`` holds the pointers of what the plans
        are of, published months or nowcasts.
    follow, post
        Let the catalogue follow the pointer; send notices.
    base_year : MeasureBaseYear, optional
        Measures the organisation's base year, where it has a rule.
    """

    def __init__(
        self,
        months: MonthLedger,
        runs: RunShelf,
        *,
        follow: FollowPointer | FollowNowcast,
        post: SendNotices,
        clock: Clock,
        base_year: MeasureBaseYear | None = None,
    ) -> None:
        self._months = months
        self._runs = runs
        self._follow = follow
        self._post = post
        self._clock = clock
        self._base_year = base_year

    def run(self, plan: MonthPlan, manifest: Mapping[str, Any]) -> PublishReceipt:
        """Publish a run; safe to repeat after a failure at any point.

        Raises
        ------
        StaleClaimError
            Another execution has taken the month over: it sees all that this one saw.
        RunContentError
            The manifest is not of this run, or nothing was proven.
        """
        _require_proven(plan, manifest)
        before = self._months.pointer(plan.usage_period)
        if before is not None and before.run_id == plan.run_id:
            return self._continued(plan, before)
        claim = self._renewed(plan)
        replaced = self._replaced(plan)
        cause = None if replaced is None else cause_of(replaced, manifest)
        pointer = replace(_next_pointer(plan, before, self._clock.now()), cause=cause)
        if not self._is_first(claim, pointer, self._notice(pointer, plan, manifest, replaced)):
            return self._continued(plan, pointer)
        shown = self._follow.run(pointer)
        n_sent = self._post.run()
        self._months.release(claim)
        return _receipt(shown, is_new=True, is_shown=True, n_sent=n_sent)

    def _is_first(self, claim: Claim, pointer: Pointer, notice: Notice) -> bool:
        try:
            return self._months.publish(claim, pointer, [notice])
        except StaleClaimError:
            # the publication may be our own: its answer was lost, and the month claimed since
            current = self._months.pointer(pointer.usage_period)
            if current is None or current.run_id != pointer.run_id:
                raise
            return False

    def _continued(self, plan: MonthPlan, pointer: Pointer) -> PublishReceipt:
        """Finish what an earlier attempt began, which may still be at it.

        The claim is left to lapse: given back now, a third could publish while the earlier
        attempt is still pointing at this run.
        """
        is_shown = pointer.is_settled or self._followed(plan, pointer)
        return _receipt(pointer, is_new=False, is_shown=is_shown, n_sent=self._post.run())

    def _followed(self, plan: MonthPlan, pointer: Pointer) -> bool:
        try:
            self._renewed(plan)
        except StaleClaimError:
            return False
        self._follow.run(pointer)
        return True

    def _renewed(self, plan: MonthPlan) -> Claim:
        """Hold the month for longer than this attempt can last."""
        now = self._clock.now()
        claim = Claim(plan.usage_period, plan.holder, plan.fence, now)
        return self._months.renew(claim, now, LEASE_SECONDS)

    def _replaced(self, plan: MonthPlan) -> Mapping[str, Any] | None:
        """Return the manifest of the published run that this one restates, if it does."""
        if plan.status is Status.NOWCAST or plan.previous_run_id is None:
            return None
        return self._runs.manifest(plan.usage_period, plan.previous_run_id)

    def _notice(
        self,
        pointer: Pointer,
        plan: MonthPlan,
        manifest: Mapping[str, Any],
        replaced: Mapping[str, Any] | None,
    ) -> Notice:
        if plan.status is Status.NOWCAST:
            return nowcast_made(pointer, manifest)
        if replaced is None or pointer.cause is None:
            return period_published(pointer, manifest)
        measured = None
        if self._base_year is not None and plan.usage_period in self._base_year.rule.months:
            measured = self._base_year.run({plan.usage_period: manifest["reported_ug"]})
        causes = causes_of(replaced, manifest)
        return period_restated(
            pointer, manifest, replaced, pointer.cause, causes=causes, base_year=measured
        )


def _next_pointer(plan: MonthPlan, before: Pointer | None, at: datetime) -> Pointer:
    if (None if before is None else before.run_id) != plan.previous_run_id:
        raise StaleClaimError(
            f"{plan.usage_period}: another run was published since {plan.run_id} was planned."
        )
    return Pointer(
        plan.usage_period,
        1 if before is None else before.version + 1,
        plan.run_id,
        plan.identity,
        plan.delivery_id,
        plan.model_version,
        at,
        0 if before is None else before.settled_version,
    )


def _receipt(pointer: Pointer, *, is_new: bool, is_shown: bool, n_sent: int) -> PublishReceipt:
    return PublishReceipt(
        pointer.usage_period.text, pointer.run_id, pointer.version, is_new, is_shown, n_sent
    )


def _require_proven(plan: MonthPlan, manifest: Mapping[str, Any]) -> None:
    """Refuse to point at anything but the run that was planned, with its proofs behind it.

    Where AWS reported nothing, as in a delivery without rows, there is nothing to prove.
    """
    is_of_run = (manifest.get("run_id"), manifest.get("identity")) == (plan.run_id, plan.identity)
    is_proven = manifest.get("n_checks") or manifest.get("reported_ug") == {}
    if not is_of_run or not is_proven:
        raise RunContentError(
            f"{plan.usage_period}: the manifest does not prove run {plan.run_id}.",
            mend="Close the month again; nothing was published.",
        )
