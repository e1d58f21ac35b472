"""The demo's configuration: that of the sample, and what the demo watches."""

from pathlib import Path
from typing import Final

_WATCHED: Final = """
# The year from August on is the first that AWS reported in one version of its method.
fiscal_year_start_month = 8

[base_year]
year = 2026
threshold_percent = 5
measure = "total_mbm"
"""
_RULES: Final = """
[[target]]
name = "organisation, 1.5 degrees"
measure = "total_mbm"
base_year = 2026
target_year = 2030
path = "sbti"

[[threshold]]
name = "a month, location-based"
measure = "total_lbm"
on = "nowcast"
warning = 205
critical = 230
recovery_margin_percent = 2

[[threshold]]
name = "budget of the year, market-based"
measure = "total_mbm"
on = "nowcast"
window = "year-to-date"
against = "budget"
budget = { FY2027 = 1200 }
warning_percent = 100
critical_percent = 110

[[threshold]]
name = "jump of a month"
measure = "total_lbm"
against = "noise"
warning_multiple = 3
"""


def write_watched(sample: Path, out: Path) -> Path:
    """Write the sample's configuration with targets and thresholds; return its path.

    Keys of the file's own come before its tables, as TOML asks for.
    """
    head, table, rest = sample.read_text(encoding="utf-8").partition("\n[")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(f"{head}{_WATCHED}{table}{rest}{_RULES}", encoding="utf-8")
    return out
