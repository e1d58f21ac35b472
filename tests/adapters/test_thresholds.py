"""Thresholds in the configuration file: exact limits, and no part of what decides figures."""

from pathlib import Path

import pytest

from crossfoot.adapters.configuration_file import read_configuration, read_thresholds
from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.measures import Measure
from crossfoot.domain.thresholds import Threshold

BUDGET = '[[thresholds]]\nname = "budget"\nmeasure = "total_mbm"\nlimit_kgco2e = '


def test_a_limit_is_the_number_that_is_written(tmp_path: Path) -> None:
    """Nine decimal places reach the micrograms without a float in between."""
    found = read_thresholds(_file(tmp_path, f"{BUDGET}123456789.000000001"))

    assert found == (Threshold("budget", Measure.TOTAL_MBM, 123_456_789_000_000_001),)


def test_thresholds_change_no_figure(tmp_path: Path) -> None:
    """A run under another threshold is the same run."""
    path = _file(tmp_path, f"{BUDGET}1")

    assert read_configuration(path) == read_configuration(None)


def test_without_a_file_nothing_is_watched() -> None:
    """Thresholds are the user's choice."""
    assert read_thresholds(None) == ()


@pytest.mark.parametrize("limit", ["-1", "nan", "inf", "0.0000000001", "true", "1000000000"])
def test_a_limit_that_no_mass_can_meet_is_refused(tmp_path: Path, limit: str) -> None:
    """A limit is a mass as we publish them."""
    with pytest.raises(ConfigurationError, match="limit_kgco2e"):
        read_thresholds(_file(tmp_path, BUDGET + limit))


def test_two_thresholds_of_one_name_are_refused(tmp_path: Path) -> None:
    """People must know which of them was crossed."""
    with pytest.raises(ConfigurationError, match="two thresholds have the same name"):
        read_thresholds(_file(tmp_path, f"{BUDGET}1\n{BUDGET}2\n"))


def _file(folder: Path, text: str) -> Path:
    path = folder / "crossfoot.toml"
    path.write_text(text)
    return path
