"""The use cases of the deployment, each alone, over parts in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.simulation.fakes import (
    PAYER,
    START,
    TABLES,
    CatalogTables,
    FakeBus,
    FakeClock,
    FakeInventories,
    FakePolicies,
    FakeRuns,
    FakeShelf,
    FakeWorkflow,
    LedgerTable,
    carbon_delivery,
)

from crossfoot.domain.deliveries import (
    DeliveryState,
    ExportKind,
    Notice,
    PinnedDelivery,
    PinnedFile,
    PinnedInventory,
)
from crossfoot.domain.errors import (
    AccessDeniedError,
    CrossfootError,
    ForeignDeliveryError,
    IncompleteDeliveryError,
    ManifestError,
    MixedPayersError,
    MonthBusyError,
    RunContentError,
    StaleClaimError,
    StorageError,
    UnreadableFileError,
)
from crossfoot.domain.measures import Measure
from crossfoot.domain.notices import BREACHED, LATE, PUBLISHED, QUARANTINED, RESTATED, Failure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.domain.thresholds import Threshold
from crossfoot.usecases.accept_delivery import Acceptance, AcceptDelivery, AcceptReceipt
from crossfoot.usecases.choose_inputs import ChooseInputs
from crossfoot.usecases.finish_publications import FinishPublications
from crossfoot.usecases.follow_pointer import FollowPointer
from crossfoot.usecases.plan_month import Outcome, PlanMonth
from crossfoot.usecases.publish_period import PublishPeriod, PublishReceipt
from crossfoot.usecases.quarantine_delivery import QuarantineDelivery
from crossfoot.usecases.read_carbon import ReadCarbon
from crossfoot.usecases.report_late_data import Lateness, ReportLateData
from crossfoot.usecases.send_notices import SendNotices
from crossfoot.usecases.start_month import StartMonth
from crossfoot.usecases.watch_thresholds import WatchThresholds

MARCH = UsagePeriod("2026-03")
CARBON, USAGE = ExportKind.CARBON, ExportKind.USAGE
LIMIT = Threshold("month", Measure.TOTAL_LBM, 100)


@dataclass
class FakeLanding:
    """Manifests by key: what they pin, or what is wrong with them."""

    manifests: dict[str, PinnedDelivery | CrossfootError] = field(default_factory=dict)

    def pin(self, kind: ExportKind, key: str, version_id: str | None) -> PinnedDelivery:  # noqa: ARG002
        """Pin or raise."""
        found = self.manifests[key]
        if isinstance(found, CrossfootError):
            raise found
        return found


@dataclass
class FakeReader:
    """Carbon by digest: what is in it, or what is wrong with it."""

    contents: dict[str, CarbonDelivery | CrossfootError] = field(default_factory=dict)

    def read(self, delivery: PinnedDelivery) -> CarbonDelivery:
        """Read or raise."""
        found = self.contents[delivery.digest]
        if isinstance(found, CrossfootError):
            raise found
        return found


class Deployment:
    """All use cases over one set of parts."""

    def __init__(self, usage_since: UsagePeriod | None = None) -> None:
        self.landing, self.reader, self.ledger = FakeLanding(), FakeReader(), LedgerTable()
        self.shelf, self.runs, self.catalog = FakeShelf(), FakeRuns(), CatalogTables()
        self.bus, self.workflow, self.policies = FakeBus(), FakeWorkflow(), FakePolicies()
        self.clock, self.inventories = FakeClock(), FakeInventories()
        ledger, clock = self.ledger, self.clock
        self.post = SendNotices(ledger, self.bus, clock=clock)
        start = StartMonth(ledger, self.workflow, usage_since=usage_since, code_digest="code")
        follow = FollowPointer(ledger, self.catalog)
        shared: dict[str, Any] = {"post": self.post, "clock": clock}
        self.accept = AcceptDelivery(self.landing, ledger, start=start, **shared)
        self.read = ReadCarbon(ledger, self.reader, self.shelf, payer_account_id=PAYER, clock=clock)
        self.plan = PlanMonth(
            self.read, ChooseInputs(ledger, self.inventories, usage_since), ledger,
            policies=self.policies, clock=clock,
        )  # fmt: skip
        self.publish = PublishPeriod(ledger, self.runs, follow=follow, **shared)
        self.quarantine = QuarantineDelivery(ledger, ledger, start=start, **shared)
        self.finish = FinishPublications(ledger, self.workflow, follow=follow, **shared)
        self.watch = WatchThresholds(ledger, self.runs, ledger, thresholds=[LIMIT], **shared)
        self.late = ReportLateData(ledger, ledger, **shared)

    def deliver(
        self,
        kind: ExportKind,
        name: str,
        content: CarbonDelivery | CrossfootError | None = None,
        *,
        hours: float = 0,
    ) -> AcceptReceipt:
        """Deliver and accept; carbon is named after its delivery unless told otherwise."""
        file = PinnedFile(f"{kind}/{name}", "1", name, 1)
        at = START + timedelta(hours=hours)
        pinned = PinnedDelivery(kind, MARCH, "landing", "p", None, at, file, (file,))
        self.landing.manifests[name] = pinned
        self.reader.contents[pinned.digest] = content or carbon_delivery(f"d-{name}", MARCH, at)
        return self.accept.run(kind, name, "1")

    def planned(self, holder: str) -> MonthPlan:
        """Plan a month that has something to build."""
        planned = self.plan.run(MARCH, holder)
        assert planned.plan is not None
        return planned.plan

    def built(self, plan: MonthPlan, total_ug: int = 50) -> dict[str, Any]:
        """Build a run of some grams, and return its manifest."""
        manifest = {
            "run_id": plan.run_id,
            "identity": plan.identity,
            "policy_digest": plan.policy_digest,
            "engine_version": "1",
            "factor_set": "f",
            "configuration": {},
            "usage": {"delivery": plan.usage_digest, "files": []},
            "n_checks": 1,
            "reported_ug": {"total_lbm": total_ug},
            "carbon": {"delivery_id": plan.delivery_id, "model_version": plan.model_version},
        }
        self.runs.put_manifest(plan.usage_period, manifest)
        return manifest

    def closed(self, holder: str, total_ug: int = 50) -> PublishReceipt:
        """Plan, build and publish."""
        plan = self.planned(holder)
        return self.publish.run(plan, self.built(plan, total_ug))

    @property
    def told(self) -> list[str]:
        """Types of what the bus took, in order."""
        return [notice.detail_type for notice in self.bus.taken]


@pytest.fixture
def deployment() -> Deployment:
    """Return a deployment to which nothing was delivered."""
    return Deployment()


@pytest.fixture
def ready() -> Deployment:
    """Return a deployment with carbon and usage of March."""
    made = Deployment()
    made.deliver(CARBON, "c1")
    made.deliver(USAGE, "u1")
    return made


def test_a_month_starts_with_its_second_export_whichever_comes_first() -> None:
    """Carbon then usage, and usage then carbon, start the same execution once."""
    names = set()
    for order in ((CARBON, USAGE), (USAGE, CARBON)):
        deployment = Deployment()
        first, second = (deployment.deliver(kind, f"{kind}") for kind in order)
        assert first.execution is None
        assert second.is_started
        names.add(second.execution)

    assert len(names) == 1
    assert all(len(name) <= 80 for name in names if name)


def test_the_same_manifest_again_changes_nothing(ready: Deployment) -> None:
    """It is known, and its execution is there already."""
    again = ready.accept.run(USAGE, "u1", "1")

    assert again.outcome is Acceptance.KNOWN
    assert not again.is_started
    assert list(ready.workflow.started) == [again.execution]


def test_a_month_before_the_usage_export_closes_on_carbon_alone() -> None:
    """Nothing is waited for that will never come."""
    deployment = Deployment(usage_since=UsagePeriod("2026-04"))

    assert deployment.deliver(CARBON, "c1").is_started
    plan = deployment.planned("one")
    assert (plan.usage_digest, plan.has_usage) == (None, False)


@pytest.mark.parametrize(
    "error",
    [
        ManifestError("is not JSON.", mend="Deliver again."),
        ForeignDeliveryError("is of another bucket.", mend="Deliver elsewhere."),
    ],
)
def test_a_manifest_that_cannot_be_pinned_is_refused_by_name(
    deployment: Deployment, error: CrossfootError
) -> None:
    """Once, with one notice, however often it comes."""
    deployment.landing.manifests["bad"] = error
    for _ in range(3):
        assert deployment.accept.run(CARBON, "bad", "1").outcome is Acceptance.QUARANTINED

    assert deployment.told == [QUARANTINED]
    assert deployment.bus.taken[0].detail["data"]["error"] == type(error).__name__
    assert len(deployment.ledger.refusals) == 1


def test_an_incomplete_delivery_is_tried_again_and_given_up_in_the_end(
    deployment: Deployment,
) -> None:
    """The queue retries; only the last word quarantines, and not what has become whole."""
    deployment.landing.manifests["c1"] = IncompleteDeliveryError("no file.", mend="Wait.")
    with pytest.raises(IncompleteDeliveryError):
        deployment.accept.run(CARBON, "c1", "1")
    assert deployment.told == []

    assert deployment.accept.give_up(CARBON, "c1", "1").outcome is Acceptance.QUARANTINED
    assert deployment.told == [QUARANTINED]
    deployment.deliver(CARBON, "c1")
    assert deployment.accept.give_up(CARBON, "c1", "1").outcome is Acceptance.KNOWN


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (UnreadableFileError("is truncated.", mend="Again."), "UnreadableFileError"),
        (carbon_delivery("d-2", MARCH, payer="9" * 12), "ForeignDeliveryError"),
        (carbon_delivery("d-2", UsagePeriod("2026-02")), "UsagePeriodMismatchError"),
    ],
)
def test_bad_carbon_is_quarantined_and_the_rest_goes_on(
    ready: Deployment, content: CarbonDelivery | CrossfootError, error: str
) -> None:
    """The month is planned from the delivery before; the bad one is named."""
    ready.deliver(CARBON, "bad", content, hours=1)

    planned = ready.plan.run(MARCH, "one")
    assert planned.plan is not None
    assert (planned.plan.delivery_id, planned.n_quarantined) == ("d-c1", 1)
    ready.post.run()
    assert [notice.detail["data"]["error"] for notice in ready.bus.taken] == [error]
    assert set(ready.shelf.kept) == {"d-c1"}


def test_the_highest_model_version_then_the_latest_delivery_is_planned(ready: Deployment) -> None:
    """Semver before the date; the newest usage whatever came last."""
    newer = carbon_delivery("d-v10", MARCH, model_version="v10.0.0")
    ready.deliver(CARBON, "c2", newer, hours=-5)
    ready.deliver(USAGE, "u3", hours=3)
    late = ready.deliver(USAGE, "u2", hours=2)

    plan = ready.planned("one")
    assert (plan.delivery_id, plan.model_version) == ("d-v10", "v10.0.0")
    assert plan.usage_digest not in {None, late.digest}


def test_a_month_waits_for_good_inputs_and_gives_its_claim_back(deployment: Deployment) -> None:
    """Carbon that is all bad is no carbon."""
    deployment.deliver(USAGE, "u1")
    deployment.deliver(CARBON, "c1", UnreadableFileError("is truncated.", mend="Again."))

    assert deployment.plan.run(MARCH, "one").outcome is Outcome.WAITING
    assert deployment.plan.run(MARCH, "two").outcome is Outcome.WAITING


def test_a_published_month_is_not_built_again_from_the_same_inputs(ready: Deployment) -> None:
    """The second execution finds nothing to do; another policy would."""
    ready.closed("one")

    assert ready.plan.run(MARCH, "two").outcome is Outcome.UNCHANGED
    ready.policies.digest = "policy-2"
    assert ready.plan.run(MARCH, "three").outcome is Outcome.BUILD


def test_a_newer_inventory_is_a_reason_to_estimate_again(ready: Deployment) -> None:
    """The plan pins what tells loads; the same month with another inventory is another run."""
    blind = ready.planned("one")
    ready.closed("one")
    ready.inventories.days[MARCH] = inventory("1")
    seeing = ready.planned("two")
    ready.built(seeing)
    ready.publish.run(seeing, ready.runs.manifest(MARCH, seeing.run_id))

    assert (blind.inventory_digest, seeing.inventory_digest) == (None, inventory("1").digest)
    assert blind.run_id != seeing.run_id
    assert ready.plan.run(MARCH, "three").outcome is Outcome.UNCHANGED
    ready.inventories.days[MARCH] = inventory("2")
    assert ready.plan.run(MARCH, "four").outcome is Outcome.BUILD


def test_a_month_without_usage_pins_no_inventory() -> None:
    """Loads tell of usage; without any, a new collection changes nothing."""
    deployment = Deployment(usage_since=UsagePeriod("2026-04"))
    deployment.inventories.days[MARCH] = inventory("1")
    deployment.deliver(CARBON, "c1")
    assert deployment.planned("one").inventory_digest is None


def inventory(version: str) -> PinnedInventory:
    """Return the inventory of the first of April, in some version."""
    key = "inventory/day=2026-04-01/account=111111111111/region=eu-west-1.parquet"
    return PinnedInventory(
        MARCH, date(2026, 4, 1), "curated", (PinnedFile(key, version, version, 1),)
    )


def test_a_month_is_planned_by_one_execution_at_a_time(ready: Deployment) -> None:
    """The second waits; the first may repeat itself; after its lease the next takes over."""
    first = ready.planned("one")
    with pytest.raises(MonthBusyError):
        ready.plan.run(MARCH, "two")

    assert ready.planned("one") == first
    ready.clock.move(minutes=31)
    second = ready.planned("two")
    assert second == replace(first, holder="two", fence=first.fence + 1)
    with pytest.raises(StaleClaimError):
        ready.publish.run(first, ready.built(first))


def test_deliveries_of_two_payers_are_never_chosen_between(ready: Deployment) -> None:
    """A deployment that was given another payer refuses to hide the old one."""
    ready.planned("one")
    ready.read._payer = "9" * 12
    ready.deliver(CARBON, "c2", carbon_delivery("d-2", MARCH, payer="9" * 12), hours=1)

    with pytest.raises(MixedPayersError):
        ready.plan.run(MARCH, "one")


def test_a_publication_moves_the_pointer_the_catalogue_and_the_outbox(ready: Deployment) -> None:
    """The first is published, the next restated with both figures and the cause."""
    first = ready.closed("one")
    ready.deliver(CARBON, "c2", hours=1)
    second = ready.closed("two", total_ug=70)

    assert (first.version, second.version) == (1, 2)
    assert ready.told == [PUBLISHED, RESTATED]
    data = ready.bus.taken[1].detail["data"]
    assert (data["cause"], data["previous_run_id"]) == ("correction", first.run_id)
    assert data["delta"] == {"total_lbm_kgco2e": "0.000000020"}
    assert ready.catalog.shown[MARCH] == dict.fromkeys(TABLES, second.run_id)


def test_a_month_that_returns_to_an_earlier_figure_is_a_run_of_its_own(ready: Deployment) -> None:
    """Versions go on, and no folder is written twice."""
    first = ready.closed("one")
    ready.deliver(CARBON, "c2", hours=1)
    second = ready.closed("two")
    ready.deliver(CARBON, "c1-again", carbon_delivery("d-c1", MARCH), hours=2)
    third = ready.closed("three")

    assert len({first.run_id, second.run_id, third.run_id}) == 3
    assert third.version == 3


def test_publishing_again_changes_nothing(ready: Deployment) -> None:
    """A retry after success is the same publication, told once."""
    plan = ready.planned("one")
    manifest = ready.built(plan)
    first = ready.publish.run(plan, manifest)

    assert ready.publish.run(plan, manifest) == replace(first, is_new=False, n_sent=0)
    assert ready.told == [PUBLISHED]


@pytest.mark.parametrize(
    "change", [{"run_id": "r-other"}, {"identity": "other"}, {"n_checks": 0}, {"n_checks": None}]
)
def test_what_is_not_proven_is_not_published(ready: Deployment, change: dict[str, Any]) -> None:
    """The manifest must be of this run, with its proofs."""
    plan = ready.planned("one")

    with pytest.raises(RunContentError):
        ready.publish.run(plan, ready.built(plan) | change)
    assert ready.ledger.pointers == {}


def test_a_month_without_a_row_is_published_without_a_proof(ready: Deployment) -> None:
    """AWS delivers files without rows too; there is nothing that could differ."""
    plan = ready.planned("one")
    receipt = ready.publish.run(plan, ready.built(plan) | {"n_checks": 0, "reported_ug": {}})
    assert receipt.is_new


def test_a_silent_bus_does_not_hold_a_publication_up(ready: Deployment) -> None:
    """The notice waits in the outbox and is sent by the next round."""
    ready.bus.is_silent = True
    assert ready.closed("one").n_sent == 0

    ready.bus.is_silent = False
    assert ready.finish.run("call").n_sent == 1
    assert ready.told == [PUBLISHED]


def test_an_unsettled_pointer_is_finished_under_a_claim_of_its_own(
    ready: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not while its execution may be at it; afterwards, and then the month is planned again."""
    with monkeypatch.context() as patched:
        patched.setattr(ready.catalog, "swap", _fail(StorageError("Glue is down")))
        with pytest.raises(StorageError):
            ready.closed("one")
    assert ready.finish.run("call-1").left == (MARCH.text,)

    ready.clock.move(minutes=31)
    assert ready.finish.run("call-2").settled == (MARCH.text,)
    pointer = ready.ledger.pointers[MARCH]
    assert pointer.is_settled
    assert ready.catalog.shown[MARCH] == dict.fromkeys(TABLES, pointer.run_id)
    assert any(name.startswith("finish-2026-03") for name in ready.workflow.started)


@pytest.mark.parametrize(
    "failure",
    [
        Failure("UnreadableFileError", "is truncated"),
        Failure("States.TaskFailed", "HIVE_BAD_DATA: not a Parquet file"),
    ],
)
def test_usage_at_fault_is_quarantined_and_the_month_goes_on(
    ready: Deployment, failure: Failure
) -> None:
    """The month is started again with the usage before, at once."""
    bad = ready.deliver(USAGE, "u2", hours=1)
    plan = ready.planned("one")
    receipt = ready.quarantine.run(MARCH, "one", plan, failure)
    again = ready.quarantine.run(MARCH, "one", plan, failure)

    assert (receipt.subject, receipt.digest) == ("usage", bad.digest)
    assert receipt == again
    assert receipt.execution in ready.workflow.started
    assert ready.told == [QUARANTINED]
    assert ready.planned("two").usage_digest != bad.digest


@pytest.mark.parametrize("name", ["ReconciliationError", "StorageError", "ConfigurationError"])
def test_a_run_that_fails_by_itself_stalls_and_its_deliveries_stay_good(
    ready: Deployment, name: str
) -> None:
    """A replay heals it."""
    plan = ready.planned("one")
    receipt = ready.quarantine.run(MARCH, "one", plan, Failure(name, "why"))
    ready.quarantine.run(MARCH, "one", None, Failure(name, "why"))

    assert (receipt.subject, receipt.execution) == ("run", None)
    assert ready.told == [QUARANTINED]
    assert all(
        known.state is not DeliveryState.QUARANTINED for known in ready.ledger.known.values()
    )
    assert ready.closed("replay").version == 1


@pytest.mark.parametrize("name", ["AccessDeniedError", "UnreadableFileError"])
def test_a_failure_after_the_pointer_moved_gives_nothing_up(
    ready: Deployment, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The month is published: neither run nor delivery is at fault, and the catalogue follows."""
    plan = ready.planned("one")
    manifest = ready.built(plan)
    with monkeypatch.context() as patched:
        patched.setattr(
            ready.catalog, "swap", _fail(AccessDeniedError("Glue refuses", mend="Mend it."))
        )
        with pytest.raises(AccessDeniedError):
            ready.publish.run(plan, manifest)

    receipt = ready.quarantine.run(MARCH, "one", plan, Failure(name, "why"))

    assert (receipt.subject, receipt.execution) == ("published", None)
    assert QUARANTINED not in ready.told
    assert PUBLISHED in ready.told
    assert all(
        known.state is not DeliveryState.QUARANTINED for known in ready.ledger.known.values()
    )
    ready.clock.move(minutes=31)
    assert ready.finish.run("call").settled == (MARCH.text,)


def test_a_breach_is_told_once_and_cleared_once(ready: Deployment) -> None:
    """Over, under, over, under: one row for each direction."""
    for number, total_ug in enumerate((101, 100, 102, 99)):
        ready.deliver(CARBON, f"again-{number}", hours=1 + number)
        ready.closed(f"run-{number}", total_ug)
        ready.watch.run(MARCH)
    directions = [
        notice.detail["data"]["direction"]
        for notice in ready.bus.taken
        if notice.detail_type == BREACHED
    ]

    assert directions == ["breached", "cleared"]


def test_a_breach_that_was_restated_while_it_was_told_is_cleared(
    ready: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The restatement was watched before the breach was there; so the first watcher looks again."""
    ready.closed("one", 101)
    put = ready.ledger.put

    def put_late(notice: Notice) -> bool:
        monkeypatch.setattr(ready.ledger, "put", put)
        ready.deliver(CARBON, "c2", hours=1)
        ready.closed("two", 99)
        assert ready.watch.run(MARCH).n_crossed == 0
        return put(notice)

    monkeypatch.setattr(ready.ledger, "put", put_late)

    assert ready.watch.run(MARCH).n_crossed == 2
    assert ready.told[-2:] == [BREACHED, BREACHED]


def test_a_retry_does_not_give_the_month_away_under_the_attempt_before_it(
    ready: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two attempts of one publication: neither frees the month while the other is pointing."""
    plan = ready.planned("one")
    manifest = ready.built(plan)
    swap = ready.catalog.swap

    def swap_late(*arguments: Any) -> None:
        monkeypatch.setattr(ready.catalog, "swap", swap)
        ready.clock.move(seconds=1)
        assert not ready.publish.run(plan, manifest).is_new
        with pytest.raises(MonthBusyError):
            ready.plan.run(MARCH, "two")
        swap(*arguments)

    monkeypatch.setattr(ready.catalog, "swap", swap_late)

    assert ready.publish.run(plan, manifest).is_new
    with pytest.raises(MonthBusyError):
        ready.plan.run(MARCH, "two")


def test_an_unpublished_or_unreported_month_breaches_nothing(ready: Deployment) -> None:
    """No figure is not a figure of zero."""
    assert ready.watch.run(MARCH).version is None
    plan = ready.planned("one")
    manifest = ready.built(plan)
    manifest["reported_ug"] = {}
    ready.publish.run(plan, manifest)

    assert ready.watch.run(MARCH).n_crossed == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, Lateness.NOT_DELIVERED),
        (carbon_delivery("d-1", MARCH), Lateness.NOT_READ),
        (UnreadableFileError("is truncated.", mend="Again."), Lateness.QUARANTINED),
    ],
)
def test_a_month_without_carbon_is_late_from_the_23rd(
    deployment: Deployment, content: CarbonDelivery | CrossfootError | None, reason: Lateness
) -> None:
    """Told once, with what is known of it; before that day nothing is said."""
    if content is not None:
        deployment.deliver(CARBON, "c1", content)
    if isinstance(content, CrossfootError):
        deployment.plan.run(MARCH, "one")
    deployment.clock.at = _april(22, 23)
    assert deployment.late.run().reason is None

    deployment.clock.at = _april(23, 0)
    assert deployment.late.run().reason is reason
    assert not deployment.late.run().is_new
    assert deployment.told.count(LATE) == 1


def test_a_month_that_was_read_is_not_late(ready: Deployment) -> None:
    """Whether or not it is published yet."""
    ready.planned("one")
    ready.clock.at = _april(30, 0)

    assert ready.late.run().reason is None


def _april(day: int, hour: int) -> datetime:
    return START.replace(day=day, hour=hour)


def _fail(error: CrossfootError) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail
