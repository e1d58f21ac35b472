"""The sample organisation that is delivered, and the settings that fit it."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.stand_in import REPOSITORY

CROSSFOOT: Final = REPOSITORY / ".venv" / "bin" / "crossfoot"
ACCOUNTS: Final = 20
MONTHS: Final = 74
ROWS: Final = 60_000
LAST_YEAR, LAST_MONTH = 2026, 9
USAGE_MONTHS: Final = 12
SILENT_MONTHS: Final = 2
HISTORY_MONTHS: Final = 58

_SETTINGS: Final = """\
payer_account_id = "{payer}"
architecture = "x86_64"
configuration = "{configuration}"
termination_protection = false
notice_emails = ["carbon@example.com"]
chat_topic = true

[exports]
usage_since = "{usage_since}"
usage_name = "crossfoot-cur2"

[organization]
id = "{organization_id}"
targets = ["r-abcd"]
external_id = "crossfoot-inventory"
"""

_THRESHOLDS: Final = """
[[thresholds]]
name = "monthly budget"
measure = "total_lbm"
limit_kgco2e = 1000000

[base_year]
year = 2026
threshold_percent = 5
measure = "total_mbm"

[[threshold]]
name = "quarter"
measure = "total_mbm"
window = "quarter"
warning = 200
critical = 1000

[[threshold]]
name = "energy of a quarter in one place"
criterion = "energy_kwh"
window = "quarter"
critical = 1000000
regions = ["eu-central-1", "us-east-1"]

[[threshold]]
name = "storage against last year"
measure = "total_lbm"
against = "last-year"
warning_percent = 10000
ous = ["Root"]
service_codes = ["AmazonS3"]

[[target]]
name = "half by 2030"
measure = "total_mbm"
base_year = 2025
target_year = 2030
reduction_percent = 50
"""


@dataclass(frozen=True)
class Organisation:
    """A sample on disk: exports and configuration."""

    root: Path
    payer_account_id: str

    @property
    def configuration(self) -> Path:
        """The configuration file that fits the sample."""
        return self.root / "crossfoot.toml"

    @property
    def accounts(self) -> Path:
        """The list of accounts with names and organizational units."""
        return self.root / "accounts.csv"

    @property
    def inventory(self) -> Path:
        """The folder of the inventory's days."""
        return self.root / "inventory"

    @property
    def usage_months(self) -> tuple[str, ...]:
        """Months that have usage, oldest first."""
        return months_before(LAST_YEAR, LAST_MONTH, USAGE_MONTHS)

    @property
    def silent_months(self) -> tuple[str, ...]:
        """Months after them whose usage alone is there."""
        return months_before(LAST_YEAR, LAST_MONTH + SILENT_MONTHS, SILENT_MONTHS)

    @property
    def history_months(self) -> tuple[str, ...]:
        """Months before the first usage that arrive all at once, oldest first."""
        return self._older[:HISTORY_MONTHS]

    @property
    def _older(self) -> tuple[str, ...]:
        return months_before(LAST_YEAR, LAST_MONTH, MONTHS)[: MONTHS - USAGE_MONTHS]

    @property
    def months_beyond_history(self) -> tuple[str, ...]:
        """Months between the history and the first usage that no scenario has touched."""
        return self._older[HISTORY_MONTHS:]


def make_organisation(folder: Path) -> Organisation:
    """Write the sample."""
    root = folder / "organisation"
    sizes = {
        "--accounts": ACCOUNTS,
        "--months": MONTHS,
        "--rows": ROWS,
        "--silent": SILENT_MONTHS,
    }
    arguments = [part for name, size in sizes.items() for part in (name, str(size))]
    subprocess.run(
        [CROSSFOOT, "sample", "--out", root, *arguments], check=True, capture_output=True
    )
    manifest = next((root / "exports").rglob("*Manifest.json")).read_text()
    made = Organisation(root, re.findall(r"us-east-1:(\d{12}):export", manifest)[0])
    with made.configuration.open("a") as configuration:
        configuration.write(_THRESHOLDS)
    return made


def write_settings(organisation: Organisation, organization_id: str, path: Path) -> None:
    """Write the settings of a deployment for the sample."""
    path.write_text(
        _SETTINGS.format(
            payer=organisation.payer_account_id,
            configuration=organisation.configuration,
            usage_since=organisation.usage_months[0],
            organization_id=organization_id,
        )
    )


def months_before(year: int, month: int, count: int) -> tuple[str, ...]:
    """Return that many months, oldest first, the given one last."""
    last = year * 12 + month - 1
    return tuple(f"{m // 12}-{m % 12 + 1:02d}" for m in range(last - count + 1, last + 1))
