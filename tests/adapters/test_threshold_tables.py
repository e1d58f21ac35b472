"""The ``[[threshold]]`` tables: exact limits, and every contradiction by name."""

import re
from pathlib import Path

import pytest

from crossfoot.adapters.configuration_file import (
    read_configuration,
    read_threshold_rules,
    read_thresholds,
)
from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.fiscal import FiscalYear
from crossfoot.domain.impacts import Criterion
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import RowFilter
from crossfoot.domain.threshold_rules import (
    Against,
    Level,
    On,
    Severity,
    ThresholdRule,
    Window,
)

PAGE = Path(__file__).parents[2] / "docs" / "thresholds.md"
ONE = '[[threshold]]\nname = "one"\n'
MEASURE = f'{ONE}measure = "scope_1"\n'
BUDGET = f'{MEASURE}against = "budget"\n'


def test_a_rule_is_what_is_written(tmp_path: Path) -> None:
    """Decimal places reach the smallest units without a float in between."""
    (found,) = read_threshold_rules(
        _file(
            tmp_path,
            f'{ONE}criterion = "adp_use_kgsbeq"\nwarning = 0.000000000000001\n'
            'critical = 2\nrecovery_margin_percent = 0.1\nwindow = "quarter"\n'
            'ous = ["Root/A/"]\naccounts = ["1"]\ntags = {"Cost-Centre" = ["b", "a"]}',
        )
    )

    assert found == ThresholdRule(
        "one",
        Criterion.ADP_USE,
        Window.QUARTER,
        Against.AMOUNT,
        (Level(Severity.WARNING, 1), Level(Severity.CRITICAL, 2 * 10**15)),
        100_000,
        RowFilter(accounts=("1",), ous=("Root/A",), tags=(("tag_cost_centre", ("b", "a")),)),
    )


def test_the_example_on_the_page_can_be_used(tmp_path: Path) -> None:
    """To the last key, and it changes no figure."""
    (example,) = re.findall(
        r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    path = _file(tmp_path, example)
    rules = read_threshold_rules(path)

    assert [each.figure for each in rules[:2]] == [Measure.TOTAL_MBM, Criterion.ENERGY]
    assert {each.against for each in rules} == set(Against)
    assert {each.on for each in rules} == set(On)
    assert {each.fiscal_year for each in rules} == {FiscalYear(4)}
    assert rules[1].rows.words() == {
        "ou_path": ["Root/Workloads/Retail"],
        "region_code": ["eu-central-1", "eu-west-1"],
        "tag_environment": ["production"],
    }
    assert read_configuration(path) == read_configuration(None)
    assert read_thresholds(path) == ()


def test_budgets_jumps_and_forecasts_are_what_is_written(tmp_path: Path) -> None:
    """By the fiscal year of the same file."""
    budget, jump, forecast = read_threshold_rules(
        _file(
            tmp_path,
            "fiscal_year_start_month = 4\n"
            f'{MEASURE}against = "budget"\nwindow = "quarter"\nwarning_percent = 90\n'
            'budget = {FY2026 = 365, "2026-04" = 0.5}\n'
            '[[threshold]]\nname = "two"\nmeasure = "scope_1"\nagainst = "noise"\n'
            'critical_multiple = 3.5\non = "nowcast"\n'
            '[[threshold]]\nname = "three"\nmeasure = "scope_1"\non = "forecast"\nwarning = 9',
        )
    )

    assert budget.fiscal_year == jump.fiscal_year == FiscalYear(4)
    assert budget.levels == (Level(Severity.WARNING, 90_000_000),)
    assert budget.budget.sum_of([UsagePeriod("2025-04")]) == (30 * 10**9, None)
    assert budget.budget.sum_of([UsagePeriod("2026-04")]) == (5 * 10**8, None)
    assert jump.levels == (Level(Severity.CRITICAL, 3_500_000),)
    assert (jump.window, jump.on, jump.selection.with_nowcasts) == (Window.MONTH, On.NOWCAST, True)
    assert (forecast.window, forecast.on) == (Window.YEAR, On.FORECAST)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{ONE}warning = 1", "a measure or a criterion, and not both"),
        (f'{MEASURE}criterion = "energy_kwh"\nwarning = 1', "a measure or a criterion"),
        (MEASURE, "needs warning or critical"),
        (f'{MEASURE}against = "last-year"\nwarning = 1', "needs warning_percent or critical"),
        (f"{MEASURE}warning_percent = 1", "needs warning or critical"),
        (f"{MEASURE}warning = 1\ncritical_percent = 1", "critical_percent is no limit"),
        (f"{MEASURE}warning = 2\ncritical = 2", "warning must be below critical"),
        (f"{MEASURE}warning = 0.0000000001", "more than the 9 decimal places"),
        (f"{MEASURE}warning = -1", "warning"),
        (f"{MEASURE}warning = nan", "warning"),
        (f"{MEASURE}warning = 1\nrecovery_margin_percent = 100", "recovery_margin_percent"),
        (f'{MEASURE}against = "last-year"\nwarning_percent = -100', "warning_percent"),
        (f'{MEASURE}warning = 1\nwindow = "week"', "window"),
        (f"{MEASURE}warning = 1\naccounts = [1]", "accounts"),
        (f"{MEASURE}warning = 1\nregions = []", "regions"),
        (f'{MEASURE}warning = 1\ntags = {{a-b = ["1"], a_b = ["1"]}}', "two tags share a column"),
        (f"{MEASURE}warning = 1\n{MEASURE}warning = 2", "two thresholds have the same name"),
        (f"{MEASURE}warning = 1\nlimit = 1", "limit"),
        (f'{MEASURE}against = "budget"\nwarning_percent = 1', "belong together"),
        (f'{MEASURE}warning = 1\nbudget = {{"2026" = 1}}', "belong together"),
        (f'{BUDGET}warning_percent = 0\nbudget = {{"2026" = 1}}', "is above zero"),
        (f'{BUDGET}warning_percent = 1\nbudget = {{"2026" = 0.0000000001}}', "decimal places"),
        (f'{BUDGET}warning_percent = 1\nbudget = {{"FY2026" = 1}}', "no month or year"),
        (f'{BUDGET}warning = 1\nbudget = {{"2026" = 1}}', "needs warning_percent"),
        (f'{MEASURE}against = "noise"\nwarning_percent = 3', "needs warning_multiple"),
        (f'{MEASURE}against = "noise"\nwarning_multiple = 0', "warning_multiple"),
        (f'{MEASURE}against = "noise"\nwarning_multiple = 3\nwindow = "quarter"', "at months"),
        (f'{MEASURE}warning = 1\nwindow = "year"', "belong together"),
        (f'{MEASURE}warning = 1\non = "forecast"\nwindow = "month"', "belong together"),
        (f"fiscal_year_start_month = 13\n{MEASURE}warning = 1", "fiscal_year_start_month"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """Before anything is looked at."""
    with pytest.raises(ConfigurationError, match=problem):
        read_threshold_rules(_file(tmp_path, text))


def _file(folder: Path, text: str) -> Path:
    path = folder / "crossfoot.toml"
    path.write_text(text, encoding="utf-8")
    return path
