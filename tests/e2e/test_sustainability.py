"""AWS's Sustainability API: a year of water spread, and a month of carbon that differs once."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pytest
from harness.deployment import Deployment
from harness.exports import CARBON_EXPORT, USAGE_EXPORT, SampleExports
from harness.months import Months
from harness.notices import Notices
from harness.organisation import Organisation
from harness.readers import MEASURES, AthenaReader
from harness.scenario_table import Scenario

BUCKET: Final = "what-aws-knows"
DISAGREE: Final = "Carbon Sources Disagree"
YEAR: Final = "2025"
MONTHS: Final = tuple(f"{YEAR}-{month:02d}" for month in range(1, 13))
CUBIC_METRES: Final = Decimal("12.345678901")
DIFFERENCE_KG: Final = Decimal(7)


@dataclass(frozen=True)
class Collected:
    """What one execution said, and what Athena shows after it."""

    answer: dict[str, Any]
    spread: dict[str, str]
    differing: list[str]


@pytest.fixture(scope="module")
def year(
    deployment: Deployment, months: Months, exports: SampleExports, organisation: Organisation
) -> str:
    """Publish what is missing of a year; return a month of it that the API still answers."""
    s3 = deployment.stand_in.client("s3")
    missing = {month for month, version in months.versions(MONTHS).items() if not version}
    newest = {each.usage_period: each for each in exports.deliveries(CARBON_EXPORT, missing)}
    used = exports.deliveries(USAGE_EXPORT, missing & set(organisation.usage_months))
    for delivery in (*newest.values(), *used):
        delivery.put(s3, deployment.landing)
    months.wait_for(dict.fromkeys(missing, 1), patience=900)
    months.wait_until_quiet()
    now = datetime.now(UTC)
    if (now.year, now.month) > (int(YEAR) + 1, 12):
        pytest.skip("the sample's months are older than a deployment asks for")
    return MONTHS[-1]


def figures(athena: AthenaReader, month: str) -> list[dict[str, str]]:
    """Return AWS's own figures of the published month by cell, totals as AWS rounded them."""
    sums = ", ".join(f"sum({measure}) AS {measure}" for measure in MEASURES)
    table = athena.table(
        "WITH spoken AS (SELECT max(model_version) AS version FROM emissions "
        f"WHERE usage_period = '{month}' AND status = 'published'), "
        "latest AS (SELECT max_by(delivery_id, delivered_at) AS delivery_id FROM carbon_reported "
        f"JOIN spoken ON version = model_version WHERE usage_period = '{month}') "
        "SELECT usage_account_id, region_code, carbon_service, max(model_version) AS version, "
        f"{sums} FROM carbon_reported JOIN latest USING (delivery_id) "
        f"WHERE usage_period = '{month}' "
        "GROUP BY 1, 2, 3 HAVING sum(total_lbm_kgco2e) IS NOT NULL ORDER BY 1, 2, 3"
    )
    rows: list[dict[str, str]] = table.to_pylist()
    return rows


def row_of(cell: dict[str, str], start: str, end: str, version: str) -> dict[str, Any]:
    """Return a cell as AWS names it."""
    return {
        "TimePeriod": {"Start": f"{start}-01T00:00:00Z", "End": f"{end}-01T00:00:00Z"},
        "DimensionsValues": {
            "USAGE_ACCOUNT_ID": cell["usage_account_id"],
            "REGION": cell["region_code"],
            "SERVICE": cell["carbon_service"],
        },
        "ModelVersion": version,
    }


def water_of(cells: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Return a year's water of some cells, the same for each."""
    figure = {"TOTAL_WATER_WITHDRAWALS": {"Value": float(CUBIC_METRES), "Unit": "m3"}}
    return [
        row_of(cell, f"{YEAR}-01", f"{int(YEAR) + 1}-01", "v1.0.0") | {"AllocationValues": figure}
        for cell in cells
    ]


def carbon_of(cells: list[dict[str, str]], month: str) -> list[dict[str, Any]]:
    """Return the month as published, but for one figure of one cell."""
    after = f"{int(YEAR) + 1}-01"
    rows = []
    for number, cell in enumerate(cells):
        kilograms = {measure: Decimal(cell[measure]) for measure in MEASURES if cell[measure]}
        if number == 0:
            kilograms["total_lbm_kgco2e"] += DIFFERENCE_KG
        values = {
            _type_of(measure): {"Value": float(mass / 1000), "Unit": "MTCO2e"}
            for measure, mass in kilograms.items()
        }
        rows.append(row_of(cell, month, after, cell["version"]) | {"EmissionsValues": values})
    return rows


def _type_of(measure: str) -> str:
    name = measure.removesuffix("_kgco2e").upper()
    return f"{name if name.startswith('TOTAL') else f'TOTAL_{name}'}_CARBON_EMISSIONS"


def collect(deployment: Deployment, months: Months, athena: AthenaReader, name: str) -> Collected:
    """Run the workflow, as its schedule does, and look at what it has left."""
    states = deployment.stand_in.client("stepfunctions")
    machine = deployment.named("AWS::StepFunctions::StateMachine", "collectsustainability")
    run = states.start_execution(stateMachineArn=machine, name=name, input="{}")

    def ended() -> dict[str, Any]:
        return dict(states.describe_execution(executionArn=run["executionArn"]))

    months.wait_until(lambda: ended()["status"] != "RUNNING", "the Sustainability API")
    found = ended()
    assert found["status"] == "SUCCEEDED", (found.get("error"), found.get("cause"))
    spread = athena.table(
        "SELECT count(*) AS n, count(DISTINCT usage_period) AS months, "
        "sum(water_withdrawal_m3) AS m3, count(DISTINCT spread_id) AS spreads "
        f"FROM water_allocated WHERE water_year = '{YEAR}'"
    )
    differing = athena.table(
        "SELECT CAST(api_kgco2e - export_kgco2e AS varchar) AS kg FROM carbon_cross_check "
        "WHERE usage_account_id IS NOT NULL"
    )
    return Collected(
        json.loads(found["output"])["settled"], spread.to_pylist()[0], differing["kg"].to_pylist()
    )


def test_water_is_spread_and_a_difference_is_told_once(
    deployment: Deployment,
    months: Months,
    notices: Notices,
    athena: AthenaReader,
    year: str,
    scenario: Scenario,
) -> None:
    """AWS's cubic metres, exactly, over the months with usage; the second time changes nothing."""
    cells = figures(athena, year)
    s3 = deployment.stand_in.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for key, rows in (("water", water_of(cells)), ("carbon", carbon_of(cells, year))):
        s3.put_object(Bucket=BUCKET, Key=f"{key}.json", Body=json.dumps(rows).encode())

    first = collect(deployment, months, athena, "first-look")
    second = collect(deployment, months, athena, "second-look")

    assert Decimal(first.spread["m3"]) == CUBIC_METRES * len(cells)
    assert (first.spread["spreads"], first.answer["n_spread"]) == ("1", 1)
    assert [Decimal(each) for each in first.differing] == [DIFFERENCE_KG]
    assert (second.spread, second.differing) == (first.spread, first.differing)
    assert (first.answer["n_new"], second.answer["n_new"]) == (1, 0)
    (told,) = notices.of(DISAGREE, year)
    assert told["differing_count"] == 1
    scenario.note(
        f"{len(cells)} cells of water on {first.spread['n']} rows of {first.spread['months']} "
        "months, one difference"
    )


def test_water_stands_beside_the_estimate_in_athena(athena: AthenaReader, year: str) -> None:
    """The view has both, a row for each month and resource."""
    (row,) = athena.table(
        "SELECT sum(water_withdrawal_m3) AS m3, count(water_site_l) AS estimated "
        f"FROM water_reported_and_estimated WHERE usage_period = '{year}'"
    ).to_pylist()

    assert Decimal(row["m3"]) > 0
    assert int(row["estimated"]) > 0
