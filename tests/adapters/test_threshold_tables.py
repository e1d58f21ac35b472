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
from crossfoot.domain.impacts import Criterion
from crossfoot.domain.measures import Measure
from crossfoot.domain.selections import RowFilter
from crossfoot.domain.threshold_rules import (
    Against,
    Level,
    Severity,
    ThresholdRule,
    Window,
)

PAGE = Path(__file__).parents[2] / "docs" / "thresholds.md"
ONE = '[[threshold]]\nname = "one"\n'
MEASURE = f'{ONE}measure = "scope_1"\n'


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

    assert [each.figure for each in rules] == [Measure.TOTAL_MBM, Criterion.ENERGY]
    assert rules[1].rows.words() == {
        "ou_path": ["Root/Workloads/Retail"],
        "region_code": ["eu-central-1", "eu-west-1"],
        "tag_environment": ["production"],
    }
    assert read_configuration(path) == read_configuration(None)
    assert read_thresholds(path) == ()


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
