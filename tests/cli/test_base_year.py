"""The base year: how it changed, by which cause, and whether that is more than the rule allows."""

import json
from pathlib import Path
from typing import Any

import pytest

MARCH = "2026-03"
RULE = """
[base_year]
year = 2026
threshold_percent = {percent}
measure = "total_mbm"
"""


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    """Return a configuration with a rule of 5 percent."""
    path = tmp_path / "rule.toml"
    path.write_text(RULE.format(percent=5))
    return path


def deliver(exports: Any, delivered: Any, version: str, day: int, **row: Any) -> None:
    """Add one execution of March to the carbon export."""
    partition = f"carbon_model_version={version}/usage_period={MARCH}"
    folder = exports.carbon / "data" / partition / f"2026-05-{day:02d}T07:52:10.494Z-e{day}"
    told = {"model_version": version}
    table = delivered.carbon({**told, **row}, {**told, "product_code": "Other"})
    delivered.parquet(folder / "carbon-00001.snappy.parquet", table)


def publish(crossfoot: Any, exports: Any, warehouse: Path, *more: object) -> None:
    """Run on top of what is published."""
    result = crossfoot("run", "--carbon", exports.carbon, "--usage", exports.usage,
                       "--out", warehouse, *more)  # fmt: skip
    assert result.exit_code == 0, result.stderr


def asked(crossfoot: Any, warehouse: Path, rule: Path, *more: object) -> dict[str, Any]:
    """Return what the command says as JSON."""
    arguments = ("--base-year", "--config", rule, *more, "--json")
    result = crossfoot("diff", "--warehouse", warehouse, *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def restatement(warehouse: Path) -> dict[str, Any]:
    """Return what the manifest of the published run says of the restatement."""
    catalog = json.loads((warehouse / "current/catalog.json").read_text())
    folder = warehouse / "runs" / MARCH / catalog["months"][MARCH]
    told: dict[str, Any] = json.loads((folder / "manifest.json").read_text())["restatement"]
    return told


def test_a_change_of_the_base_year_is_told_by_cause_and_compared_with_the_rule(
    crossfoot: Any, exports: Any, delivered: Any, warehouse: Path, rule: Path
) -> None:
    """A correction of 5 % is no more than 5 %; the version that follows is."""
    deliver(exports, delivered, "v3.0.1", 20, total_mbm_emissions_value=0.000114,
            total_scope_1_emissions_value=0.000011)  # fmt: skip
    publish(crossfoot, exports, warehouse, "--config", rule)
    corrected, first = asked(crossfoot, warehouse, rule), restatement(warehouse)
    deliver(exports, delivered, "v3.1.0", 21, total_mbm_emissions_value=0.000124,
            total_scope_1_emissions_value=0.000021)  # fmt: skip
    publish(crossfoot, exports, warehouse, "--config", rule)
    recast, second = asked(crossfoot, warehouse, rule), restatement(warehouse)

    known = (corrected["before_ug"], corrected["change_percent"], corrected["is_passed"])
    assert known == (208_000_000, "4.8077", False)
    assert recast["causes_ug"]["correction"] == 10_000_000
    assert recast["causes_ug"]["model-version"] == 10_000_000
    assert (recast["difference_ug"], recast["is_passed"]) == (20_000_000, True)
    assert (recast["n_months"], len(recast["missing"])) == (1, 11)
    assert (first["cause"], first["causes"]) == ("correction", ["correction"])
    assert first["difference_ug"]["total_mbm"] == 10_000_000
    assert first["base_year"] | {"before_ug": 0} == {
        "year": "2026", "measure": "total_mbm", "recalculated_at": None, "n_months": 1,
        "before_ug": 0, "after_ug": 218_000_000, "change_percent": "4.8077",
        "threshold_percent": "5", "is_passed": False,
    }  # fmt: skip
    assert (second["cause"], second["base_year"]["is_passed"]) == ("model-version", True)


def test_a_recalculation_begins_anew(
    crossfoot: Any, exports: Any, delivered: Any, warehouse: Path, rule: Path
) -> None:
    """What changed before it is no change any more; as known before it, it still is."""
    deliver(exports, delivered, "v3.1.0", 21, total_mbm_emissions_value=0.000204,
            total_scope_1_emissions_value=0.000101)  # fmt: skip
    publish(crossfoot, exports, warehouse)
    catalog = json.loads((warehouse / "current/catalog.json").read_text())
    then = catalog["published_at"]
    rule.write_text(RULE.format(percent=5) + f'recalculated_at = "{then}"\n')

    told = asked(crossfoot, warehouse, rule)
    said = crossfoot("diff", "--warehouse", warehouse, "--base-year", "--config", rule)

    assert (told["difference_ug"], told["is_passed"], told["recalculated_at"]) == (0, False, then)
    assert "no recalculation" in said.stdout


def test_the_year_is_printed_with_its_months(
    crossfoot: Any, exports: Any, delivered: Any, warehouse: Path, rule: Path
) -> None:
    """The verdict first, then what is missing, then months and causes that add up."""
    deliver(exports, delivered, "v3.1.0", 21, total_mbm_emissions_value=0.000204,
            total_scope_1_emissions_value=0.000101)  # fmt: skip
    publish(crossfoot, exports, warehouse)
    said = crossfoot("diff", "--warehouse", warehouse, "--base-year", "--config", rule).stdout

    assert "threshold 5 %: recalculate" in said
    assert "2026-01, 2026-02, 2026-04" in said
    (line,) = [line for line in said.splitlines() if line.startswith("2026 ")]
    before, change, after = (float(part) for part in line.split()[1:])
    assert before + change == pytest.approx(after)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "there is no [base_year]"),
        ("[base_year]\nyear = 2026\nthreshold_percent = 0\n", "threshold_percent"),
        ("[base_year]\nyear = 2026\nthreshold_percent = 5\nrecalculated_at = 'may'\n", "instant"),
    ],
)
def test_a_rule_that_cannot_be_used_is_named(
    crossfoot: Any, warehouse: Path, tmp_path: Path, text: str, problem: str
) -> None:
    """Nothing is guessed: no rule, no threshold, no instant."""
    path = tmp_path / "rule.toml"
    path.write_text(text)
    result = crossfoot("diff", "--warehouse", warehouse, "--base-year", "--config", path)

    assert result.exit_code == 2
    assert problem in result.stderr


def test_the_base_year_is_asked_for_alone(crossfoot: Any, warehouse: Path, rule: Path) -> None:
    """With a month beside it, or without its rule, nobody knows what is meant."""
    for arguments in (("--base-year",), ("--config", rule), ("--base-year", "--config", rule,
                      "--period", MARCH)):  # fmt: skip
        result = crossfoot("diff", "--warehouse", warehouse, *arguments)
        assert result.exit_code == 2
        assert "nor the base year" in result.stderr
