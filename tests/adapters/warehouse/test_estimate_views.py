"""The views of the estimate: beside AWS's figures, never in them, and nothing lost."""

import shutil
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_query import open_query_session
from crossfoot.adapters.warehouse_views import view_source
from crossfoot.domain.columns import EMISSIONS, IMPACTS, Table
from crossfoot.domain.measures import MEASURES, column_of
from crossfoot.domain.period import UsagePeriod

type Row = dict[str, Any]
type Publish = Callable[[list[Row], list[Row]], Warehouse]

NOON = datetime.fromisoformat("2026-11-05T12:00:00+00:00")
MONTH = UsagePeriod("2026-09")
VIEWS = (
    "emissions_and_impacts",
    "estimate_to_reported",
    "estimate_coverage",
    "idle_machines",
    "impacts_float",
)
PLACE: Row = {
    "usage_account_id": "000000000001",
    "region_code": "eu-west-1",
    "carbon_service": "AmazonEC2",
    "service_code": "AmazonEC2",
    "usage_family": "instance",
    "payer_account_id": "000000000009",
    "currency_code": "USD",
}
TEXTS: Row = {
    **PLACE,
    "usage_period": "2026-09",
    "run_id": "r-1",
    "model_version": "v3.0.1",
    "status": "published",
    "factor_set": "2026.11",
    "estimate_basis": "machine-listed",
    "estimate_models": "machine:m6i.large",
    "allocation_method": "provider-mirror",
}


@pytest.fixture
def publish(warehouse: Warehouse) -> Publish:
    """Return a function that publishes rows of ``emissions`` and of ``impacts``."""

    def publish_rows(emissions: list[Row], impacts: list[Row]) -> Warehouse:
        with warehouse.lock():
            with warehouse.stage(MONTH, "r-1") as run:
                for table, rows in ((EMISSIONS, emissions), (IMPACTS, impacts)):
                    if rows:
                        run.writer(table).write(_table(table, rows))
                run.finish({})
            warehouse.publish({MONTH: "r-1"}, (), NOON)
        return warehouse

    return publish_rows


def _table(table: Table, rows: list[Row]) -> pa.Table:
    full = [
        {column.name: (TEXTS | row).get(column.name) for column in table.columns} for row in rows
    ]
    return pa.Table.from_pylist(full, schema=_schema(table))


def _schema(table: Table) -> pa.Schema:
    kinds = {
        "string": pa.string(),
        "decimal(18,9)": pa.decimal64(18, 9),
        "decimal(18,15)": pa.decimal64(18, 15),
    }
    return pa.schema([(column.name, kinds[column.athena_type]) for column in table.columns])


def _reported(resource: str | None, kg: int, **more: Any) -> Row:
    masses = {column_of(measure): Decimal(kg) for measure in MEASURES}
    return {"resource_id": resource, **masses, "on_demand_cost": Decimal(10), **more}


def _estimated(resource: str | None, kg: str, **more: Any) -> Row:
    amount = Decimal(kg)
    bounds = {
        f"ghg_{part}_kgco2e{bound}": amount * scale
        for part in ("use", "embodied")
        for bound, scale in (("", 1), ("_low", Decimal("0.5")), ("_high", 2))
    }
    return {
        "resource_id": resource,
        **bounds,
        "adp_embodied_kgsbeq": Decimal("0.000000000000007"),
        "physical_on_demand_cost": Decimal(10),
        **more,
    }


def test_both_sides_stand_in_one_row(publish: Publish) -> None:
    """What both know is one row; what one knows has nothing of the other, not a zero."""
    warehouse = publish(
        [_reported("i-1", 7), _reported(None, 5, service_code=None)],
        [_estimated("i-1", "3"), _estimated("i-2", "4")],
    )
    with open_query_session(warehouse) as session:
        rows = session.rows(
            "SELECT resource_id AS id, total_lbm_kgco2e AS reported, ghg_use_kgco2e AS estimated,"
            " adp_embodied_kgsbeq AS adp, estimate_models AS models"
            " FROM emissions_and_impacts ORDER BY id"
        )

    minerals = Decimal("0.000000000000007")
    assert [tuple(row.values()) for row in rows] == [
        ("i-1", 7, 3, minerals, "machine:m6i.large"),
        ("i-2", None, 4, minerals, "machine:m6i.large"),
        (None, 5, None, None, None),
    ]


def test_rows_of_one_key_are_one_row_with_their_sum(publish: Publish) -> None:
    """A pod on two nodes has two rows on both sides: they meet as one, with nothing doubled."""
    warehouse = publish(
        [_reported("pod", 7), _reported("pod", 1)],
        [_estimated("pod", "3"), _estimated("pod", "4", estimate_models="machine:m5.large")],
    )
    with open_query_session(warehouse) as session:
        (row,) = session.rows(
            "SELECT total_lbm_kgco2e AS reported, ghg_use_kgco2e_high AS high,"
            " on_demand_cost AS usd, estimate_models AS models FROM emissions_and_impacts"
        )

    models = "machine:m5.large, machine:m6i.large"
    assert row == {"reported": 8, "high": 14, "usd": 20, "models": models}


def test_every_figure_of_both_tables_is_in_the_joint_view() -> None:
    """No column of the estimate is forgotten, and none of the ledger's masses."""
    written = view_source("emissions_and_impacts")
    columns = [*(column_of(measure) for measure in MEASURES), *(c.name for c in IMPACTS.columns)]

    assert [name for name in columns if f" {name}" not in written.split("FROM impacts")[1]] == []
    floats = view_source("impacts_float")
    assert [c.name for c in IMPACTS.columns if c.name not in floats] == []


def test_the_ratio_is_of_the_estimate_to_aws_s_figure(publish: Publish) -> None:
    """Use, embodied and total apart, each with its own counterpart, and the range of the total."""
    warehouse = publish(
        [_reported("i-1", 8)],
        [
            _estimated("i-1", "3"),
            _estimated("i-2", "1", physical_on_demand_cost=None, proxy_on_demand_cost=Decimal(30)),
        ],
    )
    with open_query_session(warehouse) as session:
        (row,) = session.rows("SELECT * FROM estimate_to_reported")

    assert row["reported_scope_1_2_lbm_kgco2e"] == 16
    assert (row["reported_scope_3_lbm_kgco2e"], row["reported_total_lbm_kgco2e"]) == (8, 8)
    assert (row["use_ratio"], row["embodied_ratio"]) == (Decimal("0.25"), Decimal("0.5"))
    assert [row[f"estimated_total{end}_kgco2e"] for end in ("", "_low", "_high")] == [8, 4, 16]
    assert [row[f"total_ratio{end}"] for end in ("", "_low", "_high")] == [1, Decimal("0.5"), 2]
    assert row["physical_cost_share"] == Decimal("0.25")


def test_without_a_counterpart_there_is_no_ratio(publish: Publish) -> None:
    """AWS's zero and AWS's silence give no ratio, and so does a cell without an estimate."""
    warehouse = publish(
        [_reported("i-1", 0), _reported("b", 2, carbon_service="AmazonS3")],
        [_estimated("i-1", "3"), _estimated("i-9", "1", carbon_service="Other")],
    )
    with open_query_session(warehouse) as session:
        rows = session.rows(
            "SELECT carbon_service AS bucket, reported_total_lbm_kgco2e AS reported,"
            " estimated_total_kgco2e AS estimated, total_ratio FROM estimate_to_reported ORDER BY 1"
        )

    assert [tuple(row.values()) for row in rows] == [
        ("AmazonEC2", 0, 6, None),
        ("AmazonS3", 2, None, None),
        ("Other", None, 2, None),
    ]


def test_coverage_adds_up_to_the_whole(publish: Publish) -> None:
    """Shares by rows and by value are of the account's month, and together they are all of it."""
    warehouse = publish(
        [],
        [
            _estimated("i-1", "3"),
            _estimated("i-2", "3"),
            _estimated("q", "3", service_code="AWSQueueService", estimate_basis="cost-proxy",
                       physical_on_demand_cost=None, proxy_on_demand_cost=Decimal(60)),
            _estimated("ip", "0", service_code="AmazonVPC", estimate_basis="carried-elsewhere",
                       physical_on_demand_cost=None, carried_on_demand_cost=None),
        ],
    )  # fmt: skip
    with open_query_session(warehouse) as session:
        rows = session.rows(
            "SELECT estimate_basis AS basis, row_count AS n, on_demand_cost AS usd, row_share,"
            " cost_share FROM estimate_coverage ORDER BY basis"
        )

    assert [tuple(row.values()) for row in rows] == [
        ("carried-elsewhere", 1, 0, Decimal("0.25"), 0),
        ("cost-proxy", 1, 60, Decimal("0.25"), Decimal("0.75")),
        ("machine-listed", 2, 20, Decimal("0.5"), Decimal("0.25")),
    ]


def test_only_machines_that_rested_are_idle(publish: Publish) -> None:
    """A busy machine and one of unknown load are not in the list; the share is of its gases."""
    idle = {
        "idle_energy_kwh": Decimal(4),
        "idle_ghg_use_kgco2e": Decimal(1),
        "idle_ghg_embodied_kgco2e": Decimal(2),
    }
    warehouse = publish(
        [],
        [
            _estimated("rested", "3", cpu_load_percent=Decimal(5), **idle),
            _estimated("busy", "3", **dict.fromkeys(idle, Decimal(0))),
            _estimated("unknown", "3"),
        ],
    )
    with open_query_session(warehouse) as session:
        (row,) = session.rows("SELECT resource_id AS id, idle_share FROM idle_machines")

    assert row == {"id": "rested", "idle_share": Decimal("0.5")}


@pytest.mark.parametrize("is_there", [True, False], ids=["an empty folder", "no folder"])
def test_months_from_before_the_estimate_can_be_asked(publish: Publish, *, is_there: bool) -> None:
    """Where a snapshot has no estimate every view answers: reported figures, and no estimate."""
    warehouse = publish([_reported("i-1", 8)], [])
    if not is_there:
        shutil.rmtree(warehouse.layout.snapshot(warehouse.current().snapshot) / "impacts")

    with open_query_session(warehouse) as session:
        counts = {name: len(session.rows(f"SELECT * FROM {name}")) for name in VIEWS}
        (row,) = session.rows("SELECT * FROM estimate_to_reported")

    assert counts == dict.fromkeys(VIEWS, 0) | dict.fromkeys(VIEWS[:2], 1)
    assert (row["reported_total_lbm_kgco2e"], row["estimated_total_kgco2e"]) == (8, None)
