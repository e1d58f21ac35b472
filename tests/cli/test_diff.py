"""`crossfoot diff`: the restatement bridge of a month, and why two months differ."""

import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

MARCH, APRIL = "2026-03", "2026-04"
NEXT = {
    "usage_period_start": datetime(2026, 4, 1),  # noqa: DTZ001 - INT96 has no zone
    "usage_period_end": datetime(2026, 4, 30, 23, 59, 59),  # noqa: DTZ001
}
CORRECTED = {"total_scope_1_emissions_value": 0.000002, "total_lbm_emissions_value": 0.000122,
             "total_mbm_emissions_value": 0.000105}  # fmt: skip


def publish(crossfoot: Any, exports: Any, warehouse: Path, *more: object) -> None:
    """Run on top of what is published."""
    result = crossfoot("run", "--carbon", exports.carbon, "--usage", exports.usage,
                       "--out", warehouse, *more)  # fmt: skip
    assert result.exit_code == 0, result.stderr


def deliver(exports: Any, delivered: Any, version: str, day: int, *rows: dict[str, Any],
            month: str = MARCH) -> None:  # fmt: skip
    """Add one execution to the carbon export."""
    partition = f"carbon_model_version={version}/usage_period={month}"
    folder = exports.carbon / "data" / partition / f"2026-05-{day:02d}T07:52:10.494Z-e{day}"
    table = delivered.carbon(*[{"model_version": version, **row} for row in rows])
    delivered.parquet(folder / "carbon-00001.snappy.parquet", table)


def use_in_april(exports: Any, delivered: Any, *lines: dict[str, Any]) -> None:
    """Add the usage of the next month."""
    start, end = datetime(2026, 4, 1), datetime(2026, 5, 1)  # noqa: DTZ001
    dated = {"bill_billing_period_start_date": start, "bill_billing_period_end_date": end,
             "line_item_usage_start_date": start}  # fmt: skip
    folder = exports.usage / "data" / f"BILLING_PERIOD={APRIL}"
    table = delivered.cur(*[{**dated, **line} for line in lines])
    delivered.parquet(folder / "cur-00001.snappy.parquet", table)


def asked(crossfoot: Any, warehouse: Path, *arguments: object) -> dict[str, Any]:
    """Return what the command says as JSON."""
    result = crossfoot("diff", "--warehouse", warehouse, *arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def require_sums(side: dict[str, Any]) -> None:
    """Every cell and every total of a bridge adds up, and the cells to the totals."""
    for each in [*side["measures"].values(), *side["cells"]]:
        assert sum(each["causes_ug"].values()) == each["difference_ug"]
        assert each["difference_ug"] == (each["after_ug"] or 0) - (each["before_ug"] or 0)
    for measure, total in side["measures"].items():
        cells = [cell for cell in side["cells"] if cell["measure"] == measure]
        assert sum(cell["difference_ug"] for cell in cells) == total["difference_ug"]


@pytest.fixture
def restated(exports: Any, delivered: Any, crossfoot: Any, warehouse: Path) -> Path:
    """Return a warehouse whose March lived through every cause, one publication each."""
    deliver(exports, delivered, "v3.0.1", 20, CORRECTED, {"product_code": "Other"})
    publish(crossfoot, exports, warehouse)
    exports.use({}, {"line_item_resource_id": "i-9", "line_item_usage_amount": 5.0})
    publish(crossfoot, exports, warehouse)
    publish(crossfoot, exports, warehouse, "--method", "cost")
    deliver(exports, delivered, "v3.1.0", 21, {"total_scope_1_emissions_value": 0.000007})
    publish(crossfoot, exports, warehouse, "--method", "cost")
    return warehouse


def instants(warehouse: Path) -> list[str]:
    """Return when each snapshot was published."""
    catalogs = sorted((warehouse / "snapshots").glob("*/catalog.json"))
    return [json.loads(path.read_text())["published_at"] for path in catalogs]


def test_every_cause_is_told_and_adds_up(crossfoot: Any, restated: Path) -> None:
    """Correction, usage, policy and model version: each a step, and the sums are exact."""
    told = asked(crossfoot, restated, "--period", MARCH)

    assert [step["causes"] for step in told["steps"]] == [
        ["correction"], ["usage"], ["policy"], ["model-version"]
    ]  # fmt: skip
    assert [step["changed"] for step in told["steps"]] == [
        ["delivery"], ["usage"], ["configuration"], ["model version", "delivery"]
    ]  # fmt: skip
    require_sums(told["reported"])
    require_sums(told["estimated"])
    assert told["reported"]["measures"]["total_lbm"] == {
        "before_ug": 242_000_000, "after_ug": 127_000_000, "difference_ug": -115_000_000,
        "causes_ug": {"correction": 1_000_000, "model-version": -116_000_000, "usage": 0,
                      "policy": 0, "usage-and-policy": 0, "organisation": 0},
    }  # fmt: skip


def test_our_own_causes_move_the_estimate_and_the_placing(crossfoot: Any, restated: Path) -> None:
    """New usage changes no cell of AWS's, but where its grams lie, and what we estimate."""
    told = asked(crossfoot, restated, "--period", MARCH)
    moved = [step["placed_otherwise_ug"]["total_lbm"] for step in told["steps"]]
    use = told["estimated"]["measures"]["estimated_ghg_use"]

    # i-9 has 5/6 of the bucket's hours, and half of the value, where i-2 had been
    assert moved[:2] == [0, pytest.approx(122_000_000 * 5 / 6 + 121_000_000 / 2, abs=7)]
    assert use["causes_ug"]["usage"] == use["difference_ug"] != 0


def test_a_part_of_the_way_is_bridged(crossfoot: Any, restated: Path) -> None:
    """From and to pick two states; what was before and after them does not show."""
    times = instants(restated)
    told = asked(crossfoot, restated, "--period", MARCH, "--from", times[1], "--to", times[3])

    assert [step["causes"] for step in told["steps"]] == [["usage"], ["policy"]]
    assert told["from"]["published_at"] == times[1]
    assert told["to"]["published_at"] == times[3]
    assert told["reported"]["cells"] == []


def test_the_parts_of_the_way_sum_to_the_whole(crossfoot: Any, restated: Path) -> None:
    """Cut at any instant, both bridges' causes sum to the whole bridge's, cell by cell."""
    whole = asked(crossfoot, restated, "--period", MARCH)["reported"]["measures"]
    for instant in instants(restated)[1:-1]:
        parts = [
            asked(crossfoot, restated, "--period", MARCH, end, instant)["reported"]["measures"]
            for end in ("--to", "--from")
        ]
        for measure, told in whole.items():
            for cause, amount in told["causes_ug"].items():
                assert amount == sum(part[measure]["causes_ug"][cause] for part in parts)


def test_a_correction_before_a_new_version_is_set_apart(
    exports: Any, delivered: Any, crossfoot: Any, warehouse: Path
) -> None:
    """Both came in one run: the kept delivery of the old version tells them apart."""
    deliver(exports, delivered, "v3.0.1", 20, CORRECTED, {"product_code": "Other"})
    deliver(exports, delivered, "v3.1.0", 21, {"total_scope_1_emissions_value": 0.000007})
    publish(crossfoot, exports, warehouse)
    told = asked(crossfoot, warehouse, "--period", MARCH)

    assert [step["causes"] for step in told["steps"]] == [["correction", "model-version"]]
    assert told["reported"]["measures"]["scope_1"]["causes_ug"]["correction"] == 1_000_000
    require_sums(told["reported"])


def test_usage_and_policy_at_once_are_one_cause(
    exports: Any, crossfoot: Any, warehouse: Path
) -> None:
    """What cannot be told apart is not; it still adds up."""
    exports.use({}, {"line_item_resource_id": "i-9", "line_item_usage_amount": 5.0})
    publish(crossfoot, exports, warehouse, "--method", "cost")
    told = asked(crossfoot, warehouse, "--period", MARCH)

    assert told["steps"][0]["causes"] == ["usage-and-policy"]
    use = told["estimated"]["measures"]["estimated_ghg_use"]
    assert use["causes_ug"]["usage-and-policy"] == use["difference_ug"] != 0


def test_a_month_that_stands_has_an_empty_bridge(crossfoot: Any, warehouse: Path) -> None:
    """Nothing was restated, and that is said."""
    told = asked(crossfoot, warehouse, "--period", MARCH)
    result = crossfoot("diff", "--warehouse", warehouse, "--period", MARCH)

    assert (told["steps"], told["reported"]["cells"]) == ([], [])
    assert "no account, Region or bucket has another figure" in result.stdout


def test_the_bridge_is_printed_too(crossfoot: Any, restated: Path) -> None:
    """Both ends, the steps, the measures, and the cells of one measure."""
    result = crossfoot("diff", "--warehouse", restated, "--period", MARCH, "--measure", "scope_1")

    assert (result.exit_code, result.stderr) == (0, "")
    for text in ("2026-03 from", "2026-03 to", "usage", "configuration", "model-version",
                 "estimated_ghg_use", "eu-central-1"):  # fmt: skip
        assert text in result.stdout
    line = next(line for line in result.stdout.splitlines() if line.startswith("scope_1 "))
    assert [float(part) for part in line.split()[1:]] == [0.002, 0.001, 0.004, 0.007]


@pytest.fixture
def two_months(exports: Any, delivered: Any, crossfoot: Any, warehouse: Path) -> Path:
    """Return a warehouse with April: twice the usage in another mix, and a new account."""
    rows = [
        {**NEXT, "total_scope_1_emissions_value": 0.000009},
        {**NEXT, "product_code": "Other"},
        {**NEXT, "usage_account_id": "000000000003"},
    ]
    deliver(exports, delivered, "v3.1.0", 21, *rows, month=APRIL)
    use_in_april(
        exports, delivered, {"line_item_usage_amount": 4.0, "pricing_public_on_demand_cost": 0.5},
        {"line_item_usage_account_id": "000000000003"},
    )  # fmt: skip
    publish(crossfoot, exports, warehouse)
    return warehouse


def require_effects(told: dict[str, Any]) -> None:
    """Every cell and the whole add up."""
    for each in [told, *told["cells"]]:
        effects = [amount or 0 for amount in each["effects_ug"].values()]
        assert sum(effects) == each["difference_ug"]
    for name, amount in told["effects_ug"].items():
        assert (amount or 0) == sum(cell["effects_ug"][name] or 0 for cell in told["cells"])


@pytest.mark.parametrize("measure", ["total_lbm", "total_mbm", "scope_1", "scope_3_mbm"])
def test_two_months_differ_by_effects_that_add_up(
    crossfoot: Any, two_months: Path, measure: str
) -> None:
    """Exactly, for every cell; and a method that cannot be set apart is not said to be zero."""
    told = asked(crossfoot, two_months, "--between", MARCH, APRIL, "--measure", measure)

    require_effects(told)
    assert (told["is_method_apart"], told["effects_ug"]["method"]) == (False, None)
    assert told["effects_ug"]["new-accounts"] > 0
    assert told["effects_ug"]["usage-volume"] > 0


def test_a_method_is_set_apart_where_aws_delivered_both(
    exports: Any, delivered: Any, crossfoot: Any, two_months: Path
) -> None:
    """April was first reported by March's version: what the new one made of it is known."""
    old = [
        {**NEXT},
        {**NEXT, "product_code": "Other"},
        {**NEXT, "usage_account_id": "000000000003"},
    ]
    deliver(exports, delivered, "v3.0.1", 20, *old, month=APRIL)
    publish(crossfoot, exports, two_months)
    told = asked(crossfoot, two_months, "--between", MARCH, APRIL)
    back = asked(crossfoot, two_months, "--between", APRIL, MARCH)

    require_effects(told)
    assert (told["is_method_apart"], told["effects_ug"]["method"]) == (True, 8_000_000)
    assert back["effects_ug"]["method"] == -8_000_000
    assert back["effects_ug"]["departed-accounts"] == -told["effects_ug"]["new-accounts"]


def test_the_difference_is_printed_too(crossfoot: Any, two_months: Path) -> None:
    """Effects in all and by cell, and the reason why the method is not set apart."""
    result = crossfoot("diff", "--warehouse", two_months, "--between", MARCH, APRIL)

    assert (result.exit_code, result.stderr) == (0, "")
    for text in ("usage-volume", "in intensity", "intensity holds it", "000000000003"):
        assert text in result.stdout


def test_months_are_compared_as_known_at_an_instant(
    exports: Any, delivered: Any, crossfoot: Any, two_months: Path
) -> None:
    """With ``--to`` the answer is that of then, whatever was published since."""
    then = instants(two_months)[-1]
    before = asked(crossfoot, two_months, "--between", MARCH, APRIL)
    deliver(exports, delivered, "v3.1.0", 25, {**NEXT}, month=APRIL)
    publish(crossfoot, exports, two_months)

    assert asked(crossfoot, two_months, "--between", MARCH, APRIL) != before
    assert asked(crossfoot, two_months, "--between", MARCH, APRIL, "--to", then) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "InvalidArgumentError: the arguments name neither"),
        (["--period", MARCH, "--between", MARCH, APRIL], "InvalidArgumentError"),
        (["--between", MARCH, APRIL, "--from", "2026-01-01"], "InvalidArgumentError"),
        (["--between", MARCH, MARCH], "InvalidPeriodError: 2026-03 and 2026-03 are not two"),
        (["--between", MARCH, "2026"], "InvalidPeriodError"),
        (["--between", MARCH, APRIL], "UnknownFigureError: nothing was published for 2026-04"),
        (["--period", "March"], "InvalidPeriodError"),
        (["--period", APRIL], "UnknownFigureError: nothing was published for 2026-04"),
        (["--period", MARCH, "--from", "2020-01-01"], "UnknownFigureError: nothing was published"),
        (["--period", MARCH, "--to", "2020-01-01"], "UnknownFigureError: nothing was published"),
        (["--period", MARCH, "--from", "2199-01-02", "--to", "2199-01-01"], "is before"),
        (["--period", MARCH, "--from", "then"], "InvalidArgumentError: 'then' is no instant"),
    ],
)
def test_a_question_without_an_answer_is_named(
    crossfoot: Any, warehouse: Path, arguments: list[str], told: str
) -> None:
    """Status 2, and what is wrong with it."""
    result = crossfoot("diff", "--warehouse", warehouse, *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_months_without_usage_or_in_two_currencies_are_refused(
    exports: Any, delivered: Any, crossfoot: Any, two_months: Path, tmp_path: Path
) -> None:
    """Volume and mix would be made up."""
    bare = tmp_path / "bare-warehouse"
    done = crossfoot("run", "--carbon", exports.carbon, "--out", bare)
    assert done.exit_code == 0, done.stderr
    without = crossfoot("diff", "--warehouse", bare, "--between", MARCH, APRIL)
    use_in_april(exports, delivered, {"line_item_currency_code": "EUR"})
    publish(crossfoot, exports, two_months)
    mixed = crossfoot("diff", "--warehouse", two_months, "--between", MARCH, APRIL)

    assert (without.exit_code, mixed.exit_code) == (2, 2)
    assert "2026-03 was published without usage" in without.stderr
    assert "valued in EUR and USD" in mixed.stderr


@pytest.mark.parametrize("measure", ["total_lbm", "scope_2_mbm"])
def test_the_sample_organisations_months_differ_exactly(
    crossfoot: Any, closed_warehouse: Path, measure: str
) -> None:
    """Accounts, Regions and buckets of every kind: nothing is left over, and the way back is it."""
    months = sorted(path.name for path in (closed_warehouse / "runs").iterdir())
    for pair in pairwise(months):
        told = asked(crossfoot, closed_warehouse, "--between", *pair, "--measure", measure)
        back = asked(crossfoot, closed_warehouse, "--between", *pair[::-1], "--measure", measure)

        require_effects(told)
        assert told["cells"]
        assert back["difference_ug"] == -told["difference_ug"]
        for name in ("usage-volume", "mix", "intensity"):
            assert back["effects_ug"][name] == -told["effects_ug"][name]


def test_a_state_that_somebody_removed_is_named(crossfoot: Any, restated: Path) -> None:
    """Status 2 and the missing file; what is published now is answered as ever."""
    (restated / "snapshots" / "000001" / "catalog.json").unlink()
    lost = crossfoot("diff", "--warehouse", restated, "--period", MARCH)
    now = crossfoot("query", "--warehouse", restated, "--as-known-at", "2199-01-01", "SELECT 1")

    assert (lost.exit_code, now.exit_code) == (2, 0)
    assert "WarehouseError" in lost.stderr
    assert "000001" in lost.stderr
