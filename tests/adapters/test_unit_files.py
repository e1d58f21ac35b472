from pathlib import Path

import pytest

from crossfoot.adapters.unit_files import FileUnits, read_units
from crossfoot.domain.errors import (
    CrossfootError,
    DuplicateRowError,
    InputNotFoundError,
    InvalidAmountError,
    InvalidPeriodError,
    MissingColumnError,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.targets import FunctionalUnit, UnitMetric

HEAD = "usage_period,unit,amount\n"
BOOKING = FunctionalUnit("booking", source="units.csv")
METRIC = FunctionalUnit("booking", metric=UnitMetric("Shop", "Bookings"))


def written(folder: Path, text: str, name: str = "units.csv") -> Path:
    """Return a file with this text."""
    path = folder / name
    path.write_text(text)
    return path


def test_counts_are_exact_and_by_month(tmp_path: Path) -> None:
    """Lines of other units are passed over, in any order of lines and columns."""
    path = written(
        tmp_path,
        "amount,usage_period,unit,note\n0.000001,2026-02,booking,x\n7,2026-02,seat,\n10412,2026-01,booking,\n",
    )

    assert read_units(path, "booking") == {
        UsagePeriod("2026-02"): 1,
        UsagePeriod("2026-01"): 10_412_000_000,
    }
    assert read_units(path, "night") == {}


def test_a_file_of_the_command_line_takes_the_place_of_all(tmp_path: Path) -> None:
    """Without it the source beside the configuration counts, and a metric counts nothing here."""
    written(tmp_path, f"{HEAD}2026-01,booking,1\n")
    other = written(tmp_path, f"{HEAD}2026-01,booking,2\n", "other.csv")
    january = UsagePeriod("2026-01")

    assert FileUnits(tmp_path).amounts(BOOKING) == {january: 10**6}
    assert FileUnits(tmp_path).amounts(METRIC) == {}
    assert FileUnits(tmp_path, other).amounts(BOOKING) == {january: 2 * 10**6}
    assert FileUnits(tmp_path, other).amounts(METRIC) == {january: 2 * 10**6}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("usage_period,amount\n2026-01,1\n", MissingColumnError),
        (f"{HEAD}2026,booking,1\n", InvalidPeriodError),
        (f"{HEAD}2026-13,booking,1\n", InvalidPeriodError),
        (f"{HEAD},booking,1\n", InvalidPeriodError),
        (f"{HEAD}2026-01,booking,-1\n", InvalidAmountError),
        (f"{HEAD}2026-01,booking,\n", InvalidAmountError),
        (f"{HEAD}2026-01,booking,1e3\n", InvalidAmountError),
        (f"{HEAD}2026-01,booking,nan\n", InvalidAmountError),
        (f"{HEAD}2026-01,booking,0.0000001\n", InvalidAmountError),
        (f"{HEAD}2026-01,booking,1\n2026-01,booking,1\n", DuplicateRowError),
    ],
)
def test_what_is_no_count_is_refused(
    tmp_path: Path, text: str, error: type[CrossfootError]
) -> None:
    """The file is named, and the line or the column."""
    path = written(tmp_path, text)

    with pytest.raises(error, match=r"units\.csv, (column|row)"):
        read_units(path, "booking")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A source that is not there is no empty one."""
    with pytest.raises(InputNotFoundError, match=r"units\.csv"):
        FileUnits(tmp_path).amounts(BOOKING)
