"""Nowcasts in a deployment: which months are looked at, and what gives way to what."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.simulation.fakes import (
    TABLES,
    CatalogTables,
    FakeBus,
    FakeClock,
    FakeInventories,
    FakePolicies,
    FakeRuns,
    FakeWorkflow,
    LedgerTable,
    carbon_delivery,
)

from crossfoot.domain.deliveries import (
    Claim,
    DeliveryState,
    ExportKind,
    KnownDelivery,
    Notice,
    PinnedDelivery,
    PinnedFile,
    Pointer,
)
from crossfoot.domain.errors import (
    ForeignDeliveryError,
    RunContentError,
    StaleClaimError,
    StorageError,
    UnreadableFileError,
)
from crossfoot.domain.looks import Look, SilentMonth
from crossfoot.domain.notices import NOWCAST_MADE, QUARANTINED
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.publications import Publications
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.usecases.finish_publications import FinishPublications
from crossfoot.usecases.follow_nowcast import FollowNowcast
from crossfoot.usecases.follow_pointer import FollowPointer
from crossfoot.usecases.judge_nowcasts import JudgeNowcasts
from crossfoot.usecases.look_ahead import LookAhead, Outcome, is_wanted
from crossfoot.usecases.make_nowcasts import weighed_months
from crossfoot.usecases.pipeline_ports import Query, SurveyedAccount
from crossfoot.usecases.plan_month import Outcome as Planned
from crossfoot.usecases.plan_nowcast import PlanNowcast
from crossfoot.usecases.publish_period import PublishPeriod
from crossfoot.usecases.send_notices import SendNotices
from crossfoot.usecases.start_sequels import Sequel, StartSequels
from crossfoot.usecases.weigh_silent_month import WeighSilentMonth

FEBRUARY, MARCH, APRIL, MAY, JUNE = (UsagePeriod(f"2026-{month:02d}") for month in range(2, 7))
NOW = datetime(2026, 5, 5, 5, tzinfo=UTC)
NOWCAST = "n-0123456789abcdef"
TOLD = {"learnt_from": "2026-01", "learnt_to": "2026-03", "horizon": 1, "is_running": False}


class Nowcasts(LedgerTable):
    """Pointers of nowcasts beside AWS's: one claim for both, and none moves after AWS's has."""

    def __init__(self, months: LedgerTable) -> None:
        super().__init__(leases=months.leases, rows=months.rows)
        self._months = months

    def publish(self, claim: Claim, pointer: Pointer, notices: Any) -> bool:
        """Move the pointer while AWS is silent."""
        if self._months.pointer(pointer.usage_period) is not None:
            raise StaleClaimError(f"AWS has published {pointer.usage_period}")
        return super().publish(claim, pointer, notices)


@dataclass
class Kept:
    """Deliveries and nowcasts by their names."""

    deliveries: dict[str, CarbonDelivery] = field(default_factory=dict)

    def delivery(self, delivery_id: str) -> CarbonDelivery:
        """Return one."""
        return self.deliveries[delivery_id]

    def nowcast(self, nowcast_id: str) -> Any:
        """Return none: nobody asks for it here."""
        raise AssertionError(f"nobody asks for {nowcast_id}")


class Deployment:
    """All use cases over one set of parts; March is published and April is silent."""

    def __init__(self) -> None:
        self.months, self.clock = LedgerTable(), FakeClock(NOW)
        self.nowcasts = Nowcasts(self.months)
        self.runs, self.bus, self.catalog = FakeRuns(), FakeBus(), CatalogTables()
        self.policies, self.inventories = FakePolicies(), FakeInventories()
        self.kept = Kept({NOWCAST: carbon_delivery(NOWCAST, APRIL)})
        self.post = SendNotices(self.months, self.bus, clock=self.clock)
        self.point(self.months, MARCH, "r-march", NOW - timedelta(days=14))
        self.use(APRIL)
        self.names = iter(f"{number:012x}" for number in range(100))
        self.look = LookAhead(
            self, self.months, clock=self.clock, new_attempt=lambda: next(self.names)
        )
        follow = FollowPointer(self.months, self.catalog)
        self.follow = FollowNowcast(self.months, self.nowcasts, self.catalog, follow)
        self.plan = PlanNowcast(
            self.months, self.inventories, self.months, self.nowcasts,
            carbon=self.kept, policies=self.policies, clock=self.clock,
        )  # fmt: skip
        self.publish = PublishPeriod(
            self.nowcasts, self.runs, follow=self.follow, post=self.post, clock=self.clock
        )

    def current(self) -> Publications:
        """Return what is published."""
        return Publications(
            tuple(self.months.pointers.values()), tuple(self.nowcasts.pointers.values())
        )

    def use(self, period: UsagePeriod, name: str = "u1") -> PinnedDelivery:
        """Take usage of a month in."""
        return self.take_in(ExportKind.USAGE, period, name)

    def take_in(self, kind: ExportKind, period: UsagePeriod, name: str) -> PinnedDelivery:
        """Take a delivery in."""
        file = PinnedFile(name, "1", f"{period}", 1)
        pinned = PinnedDelivery(kind, period, "landing", "p", None, NOW, file, (file,))
        self.months.accept(pinned)
        return pinned

    def point(
        self, months: LedgerTable, period: UsagePeriod, run_id: str, at: datetime = NOW
    ) -> Pointer:
        """Let a run speak for a month, and let the catalogue show it."""
        before = months.pointers.get(period)
        version = 1 if before is None else before.version + 1
        pointer = Pointer(period, version, run_id, run_id, f"d-{run_id}", "v3.0.1", at, version)
        months.pointers[period] = pointer
        return pointer

    def built(self, holder: str = "one") -> MonthPlan:
        """Plan and build the nowcast of April."""
        plan = self.plan.run(APRIL, holder, NOWCAST).plan
        assert plan is not None
        manifest = {
            "run_id": plan.run_id, "identity": plan.identity, "n_checks": 1,
            "reported_ug": {"total_lbm": 50}, "nowcast": {**TOLD, "ranges_ug": {}},
        }  # fmt: skip
        self.runs.put_manifest(APRIL, manifest)
        return plan

    def placed(self, plan: MonthPlan) -> Any:
        """Publish a built nowcast."""
        return self.publish.run(plan, self.runs.manifest(APRIL, plan.run_id))

    @property
    def told(self) -> list[str]:
        """Types of what the bus took."""
        return [notice.detail_type for notice in self.bus.taken]


@pytest.fixture
def deployment() -> Deployment:
    """Return a deployment with a silent April."""
    return Deployment()


def silent_in(look: Look | None) -> list[UsagePeriod]:
    """Return the months of a look."""
    assert look is not None
    return [month.usage_period for month in look.silent]


def test_months_after_the_last_published_one_are_silent_until_their_carbon_comes(
    deployment: Deployment,
) -> None:
    """The running month too; not a month before, nor one that is about to be published."""
    deployment.use(FEBRUARY)
    deployment.use(MAY)
    deployment.use(JUNE)
    seen = deployment.look.run(NOW)

    assert seen.outcome is Outcome.LOOK
    assert silent_in(seen.look) == [APRIL, MAY]
    deployment.take_in(ExportKind.CARBON, APRIL, "c1")
    assert silent_in(deployment.look.run(NOW).look) == [MAY]


def test_the_newest_usage_names_the_answers_about_it(deployment: Deployment) -> None:
    """Equal usage has equal names; the name is of the form of a run's."""
    first, again = (deployment.look.run(NOW).look for _ in range(2))
    assert first is not None
    assert again is not None
    (one,), (two,) = first.silent, again.silent
    assert one == two
    assert first.attempt != again.attempt
    assert len(one.run_id) == len("r-0123456789abcdef")


def test_nothing_is_told_before_anything_is_published(deployment: Deployment) -> None:
    """There is nothing to learn from."""
    deployment.months.pointers.clear()

    assert deployment.look.run(NOW).outcome is Outcome.NOTHING
    assert not is_wanted(MARCH, deployment.current(), deployment.months, NOW)


def test_usage_that_was_quarantined_tells_nothing(deployment: Deployment) -> None:
    """The month waits for the next delivery."""
    for key, known in deployment.months.known.items():
        deployment.months.known[key] = replace(known, state=DeliveryState.QUARANTINED)

    assert deployment.look.run(NOW).outcome is Outcome.NOTHING


def test_of_many_publications_the_last_one_looks(deployment: Deployment) -> None:
    """A look that began before a later publication leaves it to that one's own look."""
    began = NOW - timedelta(minutes=5)
    deployment.point(deployment.months, FEBRUARY, "r-february", NOW)

    assert deployment.look.run(began).outcome is Outcome.SUPERSEDED
    assert deployment.look.run(NOW).outcome is Outcome.LOOK


def test_a_look_waits_until_readers_see_what_is_published(deployment: Deployment) -> None:
    """What Athena would read now is of another moment."""
    pointer = deployment.months.pointers[MARCH]
    deployment.months.pointers[MARCH] = replace(pointer, settled_version=0)

    with pytest.raises(StorageError):
        deployment.look.run(NOW)


def test_a_publication_is_followed_where_something_is_left_to_do(deployment: Deployment) -> None:
    """A silent month is to be told again; one that was nowcast is to be judged."""
    seen = deployment.current()
    assert is_wanted(MARCH, seen, deployment.months, NOW)

    deployment.months.known.clear()
    assert not is_wanted(MARCH, seen, deployment.months, NOW)
    deployment.point(deployment.nowcasts, MARCH, "r-nowcast")
    assert is_wanted(MARCH, deployment.current(), deployment.months, NOW)


def test_a_nowcast_is_published_once_and_told_once(deployment: Deployment) -> None:
    """Its pointer moves, its tables show it, and a repetition changes nothing."""
    plan = deployment.built()
    first, again = (deployment.placed(plan) for _ in range(2))

    assert (first.is_new, first.version, again.is_new) == (True, 1, False)
    assert deployment.catalog.shown[APRIL] == dict.fromkeys(TABLES, plan.run_id)
    assert deployment.nowcasts.pointers[APRIL].is_settled
    assert deployment.months.pointer(APRIL) is None
    assert deployment.told == [NOWCAST_MADE]


def test_the_same_nowcast_is_not_placed_again(deployment: Deployment) -> None:
    """Equal inputs under an equal policy are the run that is there; other usage is another."""
    deployment.placed(deployment.built())
    assert deployment.plan.run(APRIL, "two", NOWCAST).outcome is Planned.UNCHANGED

    deployment.months.known.clear()
    deployment.use(APRIL, "u2")
    newer = deployment.built("three")
    assert newer.previous_run_id == deployment.nowcasts.pointers[APRIL].run_id
    assert deployment.placed(newer).version == 2
    assert deployment.told == [NOWCAST_MADE, NOWCAST_MADE]


def test_a_month_that_aws_has_published_is_not_planned(deployment: Deployment) -> None:
    """The claim is given back, so that nobody waits for it."""
    deployment.point(deployment.months, APRIL, "r-april")

    assert deployment.plan.run(APRIL, "one", NOWCAST).outcome is Planned.UNCHANGED
    assert not deployment.months.leases[APRIL].holder


def test_a_nowcast_without_its_usage_waits(deployment: Deployment) -> None:
    """The usage was quarantined since; there is nothing to place the figures on."""
    deployment.months.known.clear()

    assert deployment.plan.run(APRIL, "one", NOWCAST).outcome is Planned.WAITING
    assert not deployment.months.leases[APRIL].holder


def test_a_nowcast_of_another_month_is_refused(deployment: Deployment) -> None:
    """The month of the execution and of the nowcast must be one."""
    with pytest.raises(ForeignDeliveryError):
        deployment.plan.run(MAY, "one", NOWCAST)


def test_aws_publishing_first_supersedes_a_nowcast(deployment: Deployment) -> None:
    """Built and proven, and too late: nothing moves, nothing is told."""
    plan = deployment.built()
    deployment.point(deployment.months, APRIL, "r-april")

    with pytest.raises(StaleClaimError):
        deployment.placed(plan)
    assert deployment.nowcasts.pointer(APRIL) is None
    assert deployment.told == []


def test_a_nowcast_gives_way_to_a_publication_that_comes_while_it_is_shown(
    deployment: Deployment,
) -> None:
    """Whoever points last shows AWS's run, in every table."""
    inner, swaps = deployment.catalog.point, []

    def point(period: UsagePeriod, run_id: str) -> None:
        inner(period, run_id)
        swaps.append(run_id)
        if len(swaps) == 1:
            published = deployment.point(deployment.months, APRIL, "r-april")
            deployment.months.pointers[APRIL] = replace(published, settled_version=0)

    deployment.catalog.point = point
    deployment.placed(deployment.built())

    assert swaps[-1] == "r-april"
    assert set(deployment.catalog.shown[APRIL].values()) == {"r-april"}
    assert deployment.months.pointers[APRIL].is_settled
    assert deployment.nowcasts.unsettled() == []


def test_what_a_crash_left_of_a_nowcast_is_finished(deployment: Deployment) -> None:
    """The catalogue follows later; a published month is left to AWS's run."""
    pointer = deployment.point(deployment.nowcasts, APRIL, "r-nowcast")
    deployment.nowcasts.pointers[APRIL] = replace(pointer, settled_version=0)
    finish = FinishPublications(
        deployment.nowcasts, FakeWorkflow(), follow=deployment.follow, post=deployment.post,
        clock=deployment.clock,
    )  # fmt: skip

    assert finish.run("finish-1").settled == ("2026-04",)
    assert set(deployment.catalog.shown[APRIL].values()) == {"r-nowcast"}
    assert finish.run("finish-2").settled == ()


@dataclass
class Machine:
    """Executions by name, and what each was told."""

    started: dict[str, Any] = field(default_factory=dict)

    def start(self, name: str, told: Any) -> bool:
        """Start once."""
        is_new = name not in self.started
        self.started.setdefault(name, dict(told))
        return is_new


def test_what_follows_is_started_once_for_each_version(deployment: Deployment) -> None:
    """A nowcast is followed by what looks at figures, and never by what makes nowcasts."""
    looks, rules = Machine(), Machine()
    start = StartSequels(
        deployment.months,
        deployment.nowcasts,
        [
            Sequel("look-ahead", looks, follows_nowcasts=False),
            Sequel("watch-rules", rules, follows_nowcasts=True),
        ],
    )
    assert [start.run(MARCH), start.run(MARCH), start.run(MAY)] == [2, 0, 0]
    deployment.placed(deployment.built())
    assert start.run(APRIL) == 1
    deployment.point(deployment.months, APRIL, "r-april")
    assert start.run(APRIL) == 2

    assert [*looks.started] == ["look-ahead-2026-03-p1", "look-ahead-2026-04-p1"]
    assert [*rules.started] == [
        "watch-rules-2026-03-p1", "watch-rules-2026-04-n1", "watch-rules-2026-04-p1",
    ]  # fmt: skip
    assert looks.started["look-ahead-2026-03-p1"] == {
        "cause": "publication", "usage_period": "2026-03", "version": 1,
    }  # fmt: skip


def test_what_nobody_wants_is_not_started(deployment: Deployment) -> None:
    """A sequel may look at the month first."""
    machine = Machine()
    sequel = Sequel("look-ahead", machine, follows_nowcasts=False, is_wanted=lambda _: False)

    assert StartSequels(deployment.months, deployment.nowcasts, [sequel]).run(MARCH) == 0
    assert machine.started == {}


@dataclass
class Shelf:
    """Months whose errors are kept, and of which first delivery."""

    judged: dict[UsagePeriod, str] = field(default_factory=dict)

    def has_errors(self, period: UsagePeriod) -> bool:
        """Whether they are kept."""
        return period in self.judged

    def keep_errors(self, first: CarbonDelivery, at: datetime) -> None:
        """Keep them."""
        assert at == NOW
        self.judged[first.usage_period] = first.delivery_id


def test_a_nowcast_is_judged_by_what_aws_published_first(deployment: Deployment) -> None:
    """However often the month was restated before anybody looked; each month once."""
    deployment.point(deployment.nowcasts, APRIL, "r-nowcast")
    deployment.point(deployment.months, APRIL, "r-2")
    manifests = [
        {"run_id": "r-2", "previous_run_id": "r-1", "carbon": {"delivery_id": "d-2"}},
        {"run_id": "r-1", "previous_run_id": None, "carbon": {"delivery_id": "d-1"}},
    ]
    for manifest in manifests:
        deployment.runs.put_manifest(APRIL, manifest)
    deployment.kept.deliveries["d-1"] = carbon_delivery("d-1", APRIL)
    shelf = Shelf()
    judge = JudgeNowcasts(
        deployment, deployment.runs, deployment.kept, shelf=shelf, clock=deployment.clock
    )

    assert [judge.run(), judge.run()] == [["2026-04"], []]
    assert shelf.judged == {APRIL: "d-1"}


def test_a_first_run_that_tells_no_delivery_is_damaged(deployment: Deployment) -> None:
    """Nothing is compared with a guess."""
    deployment.point(deployment.nowcasts, APRIL, "r-nowcast")
    deployment.point(deployment.months, APRIL, "r-1")
    deployment.runs.put_manifest(APRIL, {"run_id": "r-1"})
    judge = JudgeNowcasts(
        deployment, deployment.runs, deployment.kept, shelf=Shelf(), clock=deployment.clock
    )

    with pytest.raises(RunContentError):
        judge.run()


@dataclass
class Usage:
    """Usage that can be read, or not."""

    at_survey: Exception | None = None
    at_classify: Exception | None = None

    def bring(self, _plan: Any) -> None:
        """Bring or raise."""
        if self.at_survey is not None:
            raise self.at_survey

    def questions(self, plan: Any, attempt: str) -> list[Query]:
        """Ask one thing."""
        return [Query("lines", f"{plan.usage_period} {attempt}")]

    def accounts(self, _plan: Any, _attempt: str) -> list[SurveyedAccount]:
        """Find nobody, or raise."""
        if self.at_classify is not None:
            raise self.at_classify
        return []

    def classify(self, _plan: Any, _attempt: str) -> None:
        """Do nothing."""

    def weigh(self, plan: Any, attempt: str) -> Query:
        """Ask for sums."""
        return Query("weights", f"{plan.run_id} {attempt}")


def weighing(deployment: Deployment, usage: Usage) -> tuple[WeighSilentMonth, SilentMonth]:
    """Return what weighs, and the silent April."""
    weigh = WeighSilentMonth(
        usage, deployment.months, post=deployment.post, clock=deployment.clock,
        new_attempt=lambda: "attempt",
    )  # fmt: skip
    look = deployment.look.run(NOW).look
    assert look is not None
    return weigh, look.of(APRIL)


def test_a_silent_month_is_surveyed_and_then_weighed(deployment: Deployment) -> None:
    """Two steps, with Athena between them, in folders of one attempt."""
    weigh, month = weighing(deployment, Usage())
    survey = weigh.survey(month)
    assert survey is not None

    assert [query.sql for query in survey.queries] == ["2026-04 attempt"]
    assert weigh.classify(month, survey.attempt) == Query("weights", f"{month.run_id} attempt")


@pytest.mark.parametrize("step", ["at_survey", "at_classify"])
def test_usage_that_cannot_be_trusted_is_put_aside_by_name(
    deployment: Deployment, step: str
) -> None:
    """Once, with one notice; the month is silent to the next look until usage comes again."""
    error = UnreadableFileError("is truncated.", mend="Again.")
    weigh, month = weighing(deployment, Usage(**{step: error}))
    answers = [
        weigh.survey(month) if step == "at_survey" else weigh.classify(month, "attempt")
        for _ in range(2)
    ]

    assert answers == [None, None]
    assert deployment.told == [QUARANTINED]
    known: list[KnownDelivery] = [*deployment.months.deliveries(APRIL)]
    assert [each.state for each in known] == [DeliveryState.QUARANTINED]
    assert deployment.look.run(NOW).outcome is Outcome.NOTHING
    assert isinstance(deployment.bus.taken[0], Notice)


def test_only_what_was_weighed_is_nowcast() -> None:
    """A month that failed or was put aside has no attempt."""
    months = [
        {"usage_period": "2026-04", "outcome": "weighed", "attempt": "a"},
        {"usage_period": "2026-05", "outcome": "failed", "attempt": None},
    ]

    assert weighed_months(months) == {"2026-04": "a"}
