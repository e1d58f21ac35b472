"""Nowcasts in S3 and DynamoDB: kept for ever, beside AWS's figures, and judged by them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from crossfoot.adapters.aws.dynamo_months import DynamoMonthLedger
from crossfoot.adapters.aws.glue_catalog import GlueCatalog
from crossfoot.adapters.aws.kept_carbon import S3KeptCarbon
from crossfoot.adapters.aws.looks import S3Looks
from crossfoot.adapters.aws.nowcast_shelf import S3NowcastShelf
from crossfoot.adapters.aws.places import Place, WorkPlaces
from crossfoot.adapters.aws.record_days import S3RecordDays
from crossfoot.domain.cells import texts
from crossfoot.domain.deliveries import Pointer
from crossfoot.domain.errors import (
    DeploymentError,
    ForeignDeliveryError,
    RunContentError,
    StaleClaimError,
)
from crossfoot.domain.looks import Look, SilentMonth
from crossfoot.domain.measures import MEASURES, TOTALS
from crossfoot.domain.nowcasts import NOWCAST_ERRORS, CellNames, Grain, NowcastLevel
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.statuses import Status
from crossfoot.domain.told_months import ToldFigures, ToldMonth
from crossfoot.domain.versions import ModelVersion

CURATED = "curated-bucket"
MARCH = UsagePeriod("2026-03")
NOW = datetime(2026, 4, 20, 12, tzinfo=UTC)
FIRST, SECOND = "n-0000000000000001", "n-0000000000000002"
POINTER = Pointer(MARCH, 1, "r-0123456789abcdef", "identity", FIRST, "v3.0.1", NOW)


def told(grams: int = 5, horizon: int = 1) -> ToldMonth:
    """Return a nowcast of March: one account with one cell."""

    def figures(account: str | None, region: str | None, service: str | None) -> ToldFigures:
        amount = np.full((len(MEASURES), 1), grams * 10**6, np.int64)
        known = np.ones((len(MEASURES), 1), np.bool_)
        ends = np.full((len(TOTALS), 1), grams * 10**6, np.int64)
        names = CellNames(*(texts([part]) for part in (account, region, service)))
        has_range = np.ones((len(TOTALS), 1), np.bool_)
        return ToldFigures(names, amount, known, ends - 10**6, ends + 10**6, has_range)

    account = "000000000001"
    return ToldMonth(
        usage_period=MARCH,
        model_version=ModelVersion("v3.0.1"),
        payer_account_id=account,
        learnt_from=UsagePeriod("2025-12"),
        learnt_to=UsagePeriod("2026-02"),
        horizon=horizon,
        is_running=False,
        level=np.array([NowcastLevel.SERVICE_KEY.value], np.int64),
        unknown_cost_nano=0,
        figures={
            Grain.ORGANISATION: figures(None, None, None),
            Grain.ACCOUNT: figures(account, None, None),
            Grain.CELL: figures(account, "eu-central-1", "AmazonEC2"),
        },
    )


def shelf(world: Any) -> S3NowcastShelf:
    """Return the shelf of a world."""
    return S3NowcastShelf(world.objects, world.places)


def test_a_nowcast_is_read_like_a_delivery(world: Any) -> None:
    """Its cells are what was told, to the microgram; it is dated when it was first kept."""
    shelf(world).keep(FIRST, told(), NOW)
    shelf(world).keep(FIRST, told(), NOW + timedelta(days=1))
    delivery = S3KeptCarbon(world.objects, world.places).delivery(FIRST)

    assert (delivery.delivery_id, delivery.usage_period, delivery.delivered_at) == (
        FIRST, MARCH, NOW,
    )  # fmt: skip
    assert delivery.rows.amount_ug.tolist() == told().figures[Grain.CELL].amount_ug.tolist()
    found = S3KeptCarbon(world.objects, world.places).nowcast(FIRST)
    assert found.figures[Grain.ORGANISATION].low_ug.tolist() == [[4 * 10**6]] * 2


def test_a_nowcast_that_was_never_kept_is_named(world: Any) -> None:
    """Nothing stands in for it."""
    assert not shelf(world).holds(FIRST)
    with pytest.raises(DeploymentError, match=FIRST):
        S3KeptCarbon(world.objects, world.places).delivery(FIRST)


def test_the_last_nowcast_of_each_horizon_is_judged_once(world: Any, made: Any) -> None:
    """Others were given up by us; what AWS restates later changes nothing."""
    shelf(world).keep(FIRST, told(5), NOW)
    shelf(world).keep(SECOND, told(6), NOW + timedelta(days=1))
    shelf(world).keep("n-0000000000000003", told(7, horizon=2), NOW - timedelta(days=30))
    first = made.carbon_delivery()
    assert not shelf(world).has_errors(MARCH)
    shelf(world).keep_errors(first, NOW + timedelta(days=2))
    shelf(world).keep_errors(replace(first, delivery_id="d-fedcba9876543210"), NOW)

    assert shelf(world).has_errors(MARCH)
    keys = [*world.objects.keys(Place(CURATED, "tables/nowcast_errors/"))]
    (record_id,) = {key.rsplit("/")[-1].removesuffix(".parquet") for key in keys} & {
        world.objects.read_json(world.places.nowcast_errors_of(MARCH))["record_id"]
    }
    rows = S3RecordDays(world.objects, world.places).rows(NOWCAST_ERRORS, record_id)
    assert set(zip(rows["nowcast_id"].to_pylist(), rows["horizon"].to_pylist(), strict=True)) == {
        (SECOND, 1), ("n-0000000000000003", 2),
    }  # fmt: skip


def test_a_month_that_was_never_nowcast_has_no_errors(world: Any, made: Any) -> None:
    """It is done, and no record tells of it."""
    shelf(world).keep_errors(made.carbon_delivery(), NOW)

    assert shelf(world).has_errors(MARCH)
    assert [*world.objects.keys(Place(CURATED, "tables/nowcast_errors/"))] == []


def test_a_nowcast_moves_only_while_aws_is_silent(world: Any) -> None:
    """Both pointers of a month lie beside each other, under one claim."""
    nowcasts = DynamoMonthLedger(world.table, world.outbox, Status.NOWCAST)
    claim = nowcasts.claim(MARCH, "nowcast-1", NOW, 60)
    assert nowcasts.publish(claim, POINTER, [])
    assert not nowcasts.publish(claim, POINTER, [])
    assert nowcasts.pointer(MARCH) == POINTER
    assert world.months.pointer(MARCH) is None
    assert ([*world.months.unsettled()], [*nowcasts.unsettled()]) == ([], [POINTER])

    world.months.publish(claim, replace(POINTER, run_id="r-fedcba9876543210"), [])
    with pytest.raises(StaleClaimError, match="AWS has published"):
        nowcasts.publish(claim, replace(POINTER, version=2), [])
    nowcasts.settle(POINTER)
    assert [*nowcasts.unsettled()] == []
    assert len(world.months.unsettled()) == 1


def test_a_nowcast_shows_the_tables_that_it_has(world: Any) -> None:
    """The others show nothing of the month: its proof is of nothing that AWS said."""
    run = POINTER.run_id
    for table in ("emissions", "usage", "impacts", "emissions_ranges", "reconciliation"):
        world.put(world.places.table_part(table, MARCH, run).key, b"rows", CURATED)
    arguments = (world.glue, world.objects, world.places, "crossfoot")
    GlueCatalog(*arguments, status=Status.NOWCAST).point(MARCH, run)

    shown = {
        table
        for table in ("emissions", "usage", "impacts", "emissions_ranges", "reconciliation")
        if world.glue.get_partitions(DatabaseName="crossfoot", TableName=table)["Partitions"]
    }
    assert shown == {"emissions", "usage", "impacts", "emissions_ranges"}


def test_a_look_is_read_as_it_was_taken(world: Any) -> None:
    """Whatever is published meanwhile; nothing else is taken for a look."""
    silent = SilentMonth(UsagePeriod("2026-04"), "0" * 32, "r-0123456789abcdef")
    look = Look("0123456789ab", NOW, (silent,), {MARCH: POINTER.run_id})
    looks = S3Looks(world.objects, WorkPlaces(CURATED))
    uri = looks.keep(look).uri

    assert looks.read(uri) == look
    for foreign in ("s3://landing-bucket/lookahead/0123456789ab/look.json", f"{uri}x"):
        with pytest.raises(ForeignDeliveryError):
            looks.read(foreign)
    world.put("lookahead/0123456789ab/look.json", b'{"at": "soon"}', CURATED)
    with pytest.raises(RunContentError):
        looks.read(uri)
