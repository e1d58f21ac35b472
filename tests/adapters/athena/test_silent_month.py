"""The usage of a silent month weighed by Athena: what DuckDB makes of the same files."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from crossfoot.adapters import athena_sql, history_sql
from crossfoot.adapters.aws.athena_usage import AthenaUsage
from crossfoot.adapters.aws.pins import S3Pins
from crossfoot.adapters.aws.places import CuratedPlaces, WorkPlaces
from crossfoot.adapters.aws.usage_copies import UsageCopies
from crossfoot.adapters.silent_usage import read_silent_usage
from crossfoot.domain.errors import UsagePeriodMismatchError
from crossfoot.domain.looks import SilentMonth
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.usage_contract import CUR_2

AUGUST, SEPTEMBER = UsagePeriod("2026-08"), UsagePeriod("2026-09")
RUN, ATTEMPT = "r-0123456789abcdef", "0123456789ab"
CURATED, WORK = "curated-bucket", "work-bucket"


def usage_of(deployment: Any) -> AthenaUsage:
    """Return the usage of a deployment, without tags."""
    places = CuratedPlaces(CURATED)
    return AthenaUsage(
        deployment.objects,
        UsageCopies(deployment.s3, WorkPlaces(WORK)),
        S3Pins(deployment.objects, places),
        WorkPlaces(WORK),
        contract=CUR_2,
        tags=(),
    )


def in_order(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows in the order of their cells."""
    rows: list[dict[str, Any]] = table.to_pylist()
    return sorted(rows, key=lambda row: [str(row[name]) for name in history_sql.KEYS])


def test_a_cell_weighs_the_same_in_both_engines(deployment: Any, tmp_path: Path) -> None:
    """Every key and every value of every cell, to the last digit; no plan is needed for it."""
    usage = usage_of(deployment)
    month = SilentMonth(SEPTEMBER, deployment.pin(SEPTEMBER), RUN)
    usage.bring(month)
    for query in usage.questions(month, ATTEMPT):
        deployment.athena.run(query.sql)
    assert usage.accounts(month, ATTEMPT)
    usage.classify(month, ATTEMPT)
    deployment.athena.run(usage.weigh(month, ATTEMPT).sql)
    there = usage.weights(month, ATTEMPT)

    (tmp_path / "scratch").mkdir()
    silent = read_silent_usage(deployment.sample.usage, [AUGUST], tmp_path / "scratch")
    here = silent.months[SEPTEMBER]
    assert in_order(there) == in_order(here.select(there.column_names))
    assert there.num_rows > 20


def test_usage_of_another_month_is_refused_before_it_is_weighed(deployment: Any) -> None:
    """A month is told by its lines, and not by the name of its folder."""
    usage = usage_of(deployment)
    month = SilentMonth(SEPTEMBER, deployment.pin(SEPTEMBER), RUN)
    usage.bring(month)
    wrong = SilentMonth(AUGUST, deployment.pin(AUGUST), RUN)
    usage.bring(wrong)
    for query in usage.questions(month, ATTEMPT):
        deployment.athena.run(query.sql)

    with pytest.raises(UsagePeriodMismatchError):
        usage.accounts(wrong, ATTEMPT)


def test_only_published_months_are_asked_for() -> None:
    """Athena is spared the others; a statement names each month, and no run."""
    sql = history_sql.usage_of_months([AUGUST, SEPTEMBER])

    assert "IN ('2026-08', '2026-09')" in sql
    assert "emissions" not in sql
    athena_sql.unload(sql, f"s3://{WORK}/lookahead/{ATTEMPT}/used/")
