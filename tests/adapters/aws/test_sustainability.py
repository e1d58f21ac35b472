"""The Sustainability API in a deployment: asked page by page, kept, and settled over moto's S3."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from crossfoot.adapters.aws.athena_sustainability import AnsweredSustainability, AthenaQuestions
from crossfoot.adapters.aws.places import CuratedPlaces, WorkPlaces
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.aws.record_days import S3RecordDays
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.aws.sustainability_api import SustainabilityApi
from crossfoot.adapters.aws.sustainability_asked import S3AskedShelf
from crossfoot.adapters.aws.sustainability_shelf import RecordedSustainability
from crossfoot.adapters.exported_cells import EXPORTED_SCHEMA
from crossfoot.adapters.water_usage import USAGE_SCHEMA
from crossfoot.domain.deliveries import (
    DeliveryState,
    ExportKind,
    KnownDelivery,
    Notice,
    Pointer,
)
from crossfoot.domain.errors import AccessDeniedError, StorageError
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.sustainability import (
    DIMENSIONS,
    EMISSIONS_TYPES,
    WATER_ALLOCATED,
    months_of,
)
from crossfoot.usecases.ask_sustainability import AskSustainability, LookReceipt
from crossfoot.usecases.collect_sustainability import CollectSustainability, SustainabilityReceipt

NOW: Final = datetime(2026, 3, 22, 7, tzinfo=UTC)
YEAR: Final = UsagePeriod("2025")
FEBRUARY: Final = UsagePeriod("2026-02")
ATTEMPT: Final = "0123456789ab"
ACCOUNTS: Final = ("000000000001", "000000000012")
DELIVERY: Final = "d-0123456789abcdef"


def row(period: UsagePeriod, account: str, figures: Mapping[str, Any], version: str) -> Any:
    """Return a row as the client gives it, with instants."""
    return {
        "TimePeriod": {"Start": period.start, "End": period.end},
        "DimensionsValues": dict(zip(DIMENSIONS, (account, "eu-west-1", "Other"), strict=True)),
        "ModelVersion": version,
        ("EmissionsValues" if period.is_month else "AllocationValues"): figures,
    }


def water(account: str, value: float) -> Any:
    """Return a year's water of an account."""
    figure = {"TOTAL_WATER_WITHDRAWALS": {"Value": value, "Unit": "m3"}}
    return row(YEAR, account, figure, "v1.0.0")


def carbon(account: str, tonnes: float) -> Any:
    """Return a month's carbon of an account."""
    figures = {name: {"Value": tonnes, "Unit": "MTCO2e"} for name in EMISSIONS_TYPES.values()}
    return row(FEBRUARY, account, figures, "v3.0.1")


ANSWERS: Final[Mapping[UsagePeriod, Sequence[Any]]] = {
    YEAR: [water(ACCOUNTS[0], 1.5), water(ACCOUNTS[1], 2.0)],
    FEBRUARY: [carbon(ACCOUNTS[0], 0.000005), carbon(ACCOUNTS[1], 0.000007)],
}


class Api:
    """Answers a row a page; an empty page of what AWS knows nothing of."""

    def pages(self, period: UsagePeriod) -> Iterator[bytes]:
        """Yield a row at a time."""
        for each in ANSWERS.get(period, ()):
            yield json.dumps({"Results": [each]}, default=datetime.isoformat).encode()
        yield b'{"Results": []}'


class Ledger:
    """Months and deliveries; February speaks in an older version than it was delivered in."""

    def pointer(self, period: UsagePeriod) -> Pointer | None:
        """Return a pointer of every month until February."""
        if period > FEBRUARY:
            return None
        return Pointer(period, 1, f"r-{period}", "identity", "d-old", "v3.0.0", NOW)

    def deliveries(self, period: UsagePeriod) -> Sequence[KnownDelivery]:
        """Return one delivery in the newest version."""
        state = DeliveryState.READ
        return [
            KnownDelivery(
                ExportKind.CARBON, period, "digest", NOW, state, DELIVERY, "v3.0.1", "1", None
            )
        ]


class Clock:
    """Stands still."""

    def now(self) -> datetime:
        """Return the day after AWS's."""
        return NOW


class Outbox:
    """Takes notices."""

    def __init__(self) -> None:
        self.notices: dict[str, Notice] = {}

    def put(self, notice: Notice) -> bool:
        """Take a notice once."""
        is_new = notice.event_id not in self.notices
        self.notices.setdefault(notice.event_id, notice)
        return is_new


class World:
    """Buckets of moto, and what Athena would have unloaded."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3", region_name="us-east-1")
        for bucket in ("curated", "work"):
            self.s3.create_bucket(Bucket=bucket)
        self.objects = S3Objects(self.s3)
        self.curated, self.work = CuratedPlaces("curated"), WorkPlaces("work")
        self.shelf = S3AskedShelf(self.objects, self.curated, self.work)
        self.outbox = Outbox()

    def ask(self) -> LookReceipt:
        """Take a look."""
        ledger: Any = Ledger()
        return AskSustainability(
            Api(),
            self.shelf,
            AthenaQuestions(self.work),
            months=ledger,
            deliveries=ledger,
            clock=Clock(),
            new_attempt=lambda: ATTEMPT,
        ).run()

    def unload(self, name: str, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
        """Write an answer as Athena does."""
        sink = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), sink)
        key = f"sustainability/{ATTEMPT}/{name}/part"
        self.s3.put_object(Bucket="work", Key=key, Body=sink.getvalue().to_pybytes())

    def answer(self, run_of_june: str = "r-2025-06") -> None:
        """Unload usage of two accounts, and an export that differs in one."""
        for account in ACCOUNTS:
            used = {
                "usage_period": "2025-06",
                "run_id": run_of_june,
                "usage_account_id": account,
                "region_code": "eu-west-1",
                "carbon_service": "Other",
                "water_nl": 7,
                "on_demand_nano": 7,
            }
            self.unload(f"usage_2025/shard={account[-1]}", [used], USAGE_SCHEMA)
        cell = {"delivery_id": DELIVERY, "region_code": "eu-west-1", "carbon_service": "Other"}
        exported = [
            {**cell, "usage_account_id": account, **dict.fromkeys(map(str, MEASURES), 5_000_000)}
            for account in ACCOUNTS
        ]
        self.unload("exported", exported, EXPORTED_SCHEMA)

    def settle(self) -> SustainabilityReceipt:
        """Settle the look."""
        memory = AnsweredSustainability(self.shelf, QueryResults(self.objects), self.work, ATTEMPT)
        outbox: Any = self.outbox
        shelf = RecordedSustainability(S3RecordDays(self.objects, self.curated), outbox)
        collect = CollectSustainability(memory, shelf)
        return collect.run(memory.water(), memory.carbon(), memory.asked.asked_at)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a day's records."""
        listed = self.s3.list_objects_v2(Bucket="curated", Prefix=f"tables/{table}/day=2026-03-22/")
        bodies = (
            self.s3.get_object(Bucket="curated", Key=each["Key"])["Body"].read()
            for each in listed.get("Contents", [])
        )
        return [
            each for body in bodies for each in pq.read_table(pa.BufferReader(body)).to_pylist()
        ]


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be somebody, wherever the tests run."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.fixture
def world(credentials: None) -> Iterator[World]:
    """Make the buckets."""
    del credentials
    with mock_aws():
        yield World()


@pytest.fixture
def api(credentials: None) -> Iterator[tuple[SustainabilityApi, Stubber]]:
    """Return the API over a stubbed client."""
    del credentials
    client = boto3.client("sustainability", region_name="us-east-1")
    with Stubber(client) as stubber:
        yield SustainabilityApi(client), stubber


def test_a_month_is_asked_for_with_all_seven_types(api: tuple[SustainabilityApi, Stubber]) -> None:
    """Grouped as the export is, page by page; every page is what the AWS CLI would print."""
    asked, stubber = api
    request = {
        "TimePeriod": {"Start": FEBRUARY.start, "End": FEBRUARY.end},
        "GroupBy": list(DIMENSIONS),
        "EmissionsTypes": [EMISSIONS_TYPES[measure] for measure in MEASURES],
        "Granularity": "MONTHLY",
        "MaxResults": 5000,
    }
    first, second = ANSWERS[FEBRUARY]
    name = "get_estimated_carbon_emissions"
    stubber.add_response(name, {"Results": [first], "NextToken": "more"}, request)
    stubber.add_response(name, {"Results": [second]}, {**request, "NextToken": "more"})

    pages = [json.loads(page) for page in asked.pages(FEBRUARY)]

    stubber.assert_no_pending_responses()
    assert [list(page) for page in pages] == [["Results"], ["Results"]]
    assert pages[0]["Results"][0]["TimePeriod"]["Start"] == "2026-02-01T00:00:00+00:00"


def test_a_year_is_asked_for_as_a_calendar_year(api: tuple[SustainabilityApi, Stubber]) -> None:
    """Water has no finer granularity."""
    asked, stubber = api
    request = {
        "TimePeriod": {"Start": YEAR.start, "End": YEAR.end},
        "GroupBy": list(DIMENSIONS),
        "AllocationTypes": ["TOTAL_WATER_WITHDRAWALS"],
        "Granularity": "YEARLY_CALENDAR",
        "MaxResults": 5000,
    }
    answer = {"Results": ANSWERS[YEAR]}
    stubber.add_response("get_estimated_water_allocation", answer, request)

    (page,) = asked.pages(YEAR)

    assert len(json.loads(page)["Results"]) == 2


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("ThrottlingException", 429, StorageError),
        ("InternalServerException", 500, StorageError),
        ("AccessDeniedException", 403, AccessDeniedError),
    ],
)
def test_failures_of_the_api_have_our_names(
    api: tuple[SustainabilityApi, Stubber], code: str, status: int, error: type[Exception]
) -> None:
    """What passes is retried as a whole; what refuses needs a person."""
    asked, stubber = api
    stubber.add_client_error("get_estimated_water_allocation", code, http_status_code=status)

    with pytest.raises(error, match="Sustainability API of 2025"):
        list(asked.pages(YEAR))


def test_a_look_keeps_every_page_and_asks_of_what_it_needs(world: World) -> None:
    """The year is published whole, so its usage is asked for; February by the right delivery."""
    receipt = world.ask()

    listed = world.s3.list_objects_v2(Bucket="curated", Prefix=f"sustainability/{ATTEMPT}/")
    pages = [each["Key"] for each in listed["Contents"] if "water-2025" in each["Key"]]
    sql = {query.name: query.sql for query in receipt.queries}
    assert len(pages) == 3
    assert set(sql) == {"marks", "exported", "usage_2025"}
    assert DELIVERY in sql["exported"]
    assert all(f"'{month}'" in sql["usage_2025"] for month in months_of(YEAR))
    assert "partitioned_by = ARRAY['shard']" in sql["usage_2025"]
    assert (receipt.n_years, receipt.n_months) == (1, 1)


def test_a_look_is_settled_once(world: World) -> None:
    """Water on the usage of each account, one event of the difference; again changes nothing."""
    world.ask()
    world.answer()
    receipt = world.settle()
    before = world.rows("water_allocated")
    world.settle()

    assert [str(each["water_withdrawal_m3"]) for each in before] == ["1.500000000", "2.000000000"]
    assert [each["usage_period"] for each in before] == ["2025-06"] * 2
    assert len({each["spread_id"] for each in before}) == 1
    assert world.rows("water_allocated") == before
    (told,) = world.outbox.notices.values()
    assert told.detail["data"]["differing_count"] == len(MEASURES)
    assert [each.delivery_id for each in receipt.months] == [DELIVERY]
    assert len(world.rows("carbon_cross_check")) == 2 * len(MEASURES)


def test_a_part_that_a_crash_left_out_is_put_in_under_the_same_spread(world: World) -> None:
    """The rows that are there stay as they are."""
    world.ask()
    world.answer()
    world.settle()
    whole = world.rows("water_allocated")
    lost = world.s3.list_objects_v2(Bucket="curated", Prefix="tables/water_allocated/")["Contents"]
    world.s3.delete_object(Bucket="curated", Key=lost[-1]["Key"])
    assert len(world.rows(WATER_ALLOCATED.name)) == 1

    world.settle()

    assert world.rows("water_allocated") == whole


def test_a_month_that_was_published_meanwhile_is_looked_at_again(world: World) -> None:
    """Its usage is of another run than the look saw, and nothing of the year is kept."""
    world.ask()
    world.answer(run_of_june="r-another")

    with pytest.raises(StorageError, match="published again meanwhile"):
        world.settle()

    assert world.rows("water_allocated") == []
