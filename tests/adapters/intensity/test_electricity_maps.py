"""Hourly exports of Electricity Maps, in both spellings, by Region."""

import gzip
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from crossfoot.adapters.grid_intensity import GridIntensities, read_intensities
from crossfoot.domain.errors import (
    ColumnTypeError,
    DuplicateRowError,
    InputError,
    InputNotFoundError,
    IntensityBoundaryError,
    InvalidAmountError,
    InvalidPeriodError,
    UnknownRegionError,
    UnreadableFileError,
)
from crossfoot.engine.hourly_intensity import GAP
from crossfoot.factors.factor import Boundary

NEW = (
    "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),"
    "Carbon intensity gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),"
    "Renewable energy percentage (RE%),Data source,Data estimated,Data estimation method"
)
OLD = (
    "Datetime (UTC),Country,Zone Name,Zone Id,Carbon Intensity gCO₂eq/kWh (direct),"
    "Carbon Intensity gCO₂eq/kWh (LCA),Low Carbon Percentage,Renewable Percentage,"
    "Data Source,Data Estimated,Data Estimation Method"
)
MARCH = datetime(2026, 3, 1)  # noqa: DTZ001 - exports are in UTC and do not say so
HOUR = timedelta(hours=1)
GRAM = 10**6

type Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes an export."""

    def write_export(lines: Sequence[str], name: str = "maps.csv", header: str = NEW) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = "\r\n".join([header, *lines, ""]).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write_export


def hours(*values: object, zone: str = "DE", step: timedelta = HOUR) -> list[str]:
    """Return a line for each value, from the first of March; direct is a tenth of life cycle."""
    return [
        f"{MARCH + step * index},Country,Name,{zone},7.5,{value},50,40,x.org,false,"
        for index, value in enumerate(values)
    ]


def values_of(intensities: GridIntensities, region: str = "eu-central-1") -> list[float]:
    """Return the hourly values of a Region in grams, -1 for a gap."""
    micro = intensities.series[region].micro_g_per_kwh
    grams: list[float] = np.where(micro == GAP, -1.0, micro / GRAM).tolist()
    return grams


@pytest.mark.parametrize("header", [OLD, NEW])
@pytest.mark.parametrize("name", ["DE_2026_hourly.csv", "DE_2026_hourly.csv.gz"])
def test_the_life_cycle_column_is_read(write: Write, header: str, name: str) -> None:
    """In both spellings; every Region that the zone feeds has the series."""
    found = read_intensities([write(hours("311.5", "290"), name, header)])

    assert values_of(found) == [311.5, 290.0]
    assert found.boundary is Boundary.LIFE_CYCLE
    assert dict(found.sources) == dict.fromkeys(
        ("eu-central-1", "eusc-de-east-1"), "Electricity Maps, zone DE"
    )
    first_hour = found.series["eu-central-1"].first_hour
    assert datetime(1970, 1, 1) + first_hour * HOUR == MARCH  # noqa: DTZ001
    assert found.notes == ()


def test_the_direct_column_is_read_where_it_is_asked_for(write: Write) -> None:
    """Nothing is added to it."""
    found = read_intensities([write(hours("311.5"))], Boundary.DIRECT)

    assert values_of(found) == [7.5]
    assert found.boundary is Boundary.DIRECT


def test_a_gap_stays_a_gap(write: Write) -> None:
    """An empty cell and a missing row are neither zero nor their neighbours, and are told."""
    lines = hours("100", "", "120", "130", "140")
    found = read_intensities([write([*lines[:3], *lines[4:]])])

    assert values_of(found) == [100.0, -1.0, 120.0, -1.0, 140.0]
    assert [note.code for note in found.notes] == ["intensity-gap"]
    assert "2 hours have no figure, the first 2026-03-01 01:00 UTC" in found.notes[0].message


def test_estimated_hours_count_and_are_told(write: Write) -> None:
    """What the publisher estimated is used, and the note says how much it is."""
    lines = hours("100", "110")
    found = read_intensities([write([lines[0].replace("false", "true"), lines[1]])])

    assert values_of(found) == [100.0, 110.0]
    assert [note.code for note in found.notes] == ["estimated-intensity"]
    assert "estimated 1 of 2 readings" in found.notes[0].message


def test_a_folder_is_read_with_all_its_zones(write: Write, tmp_path: Path) -> None:
    """Months of one zone are joined; zones that feed no Region are passed over and told."""
    write(hours("1", "2")[:1], "2026/DE_a.csv")
    write(hours("1", "2")[1:], "2026/DE_b.csv")
    write(hours("3", zone="FR"), "2026/FR.csv")
    write(hours("4", zone="AD"), "2026/AD.csv")
    found = read_intensities([tmp_path])

    assert values_of(found) == [1.0, 2.0]
    assert values_of(found, "eu-west-3") == [3.0]
    assert [note.code for note in found.notes] == ["unfed-zone"]
    assert len(found.files) == 4


def test_the_nearest_zone_feeds_a_region(write: Write) -> None:
    """Stockholm takes its own price area; where only the country is there, the note says so."""
    near = read_intensities(
        [write(hours("1", zone="SE"), "a.csv"), write(hours("2", zone="SE-SE3"), "b.csv")]
    )
    wide = read_intensities([write(hours("1", zone="SE"), "a.csv")])

    assert values_of(near, "eu-north-1") == [2.0]
    assert near.notes == ()
    assert values_of(wide, "eu-north-1") == [1.0]
    assert [note.code for note in wide.notes] == ["wider-zone"]


def test_quarters_become_hours(write: Write) -> None:
    """An export by five or fifteen minutes is averaged, and an hour that is cut off is a gap."""
    found = read_intensities([write(hours("1", "2", "3", "6", "9", step=HOUR / 4))])

    assert values_of(found) == [3.0, -1.0]


def test_the_same_hour_twice_counts_once(write: Write) -> None:
    """A file given twice changes nothing."""
    path = write(hours("1", "2"))
    copy = write(hours("1", "2"), "copy.csv")

    assert values_of(read_intensities([path, path, copy])) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("lines", "error", "said"),
    [
        (hours("1", "2", step=24 * HOUR), InvalidPeriodError, "every 24 hours"),
        (hours("1", "abc"), ColumnTypeError, "row 2"),
        (hours("1", "nan"), InvalidAmountError, "row 2"),
        (hours("-1"), InvalidAmountError, "Life cycle"),
        (hours("1e9"), InvalidAmountError, "any grid"),
        ([*hours("1", "2"), *hours("3")], DuplicateRowError, "2026-03-01 00:00 UTC"),
        (hours("1", zone="AD"), UnknownRegionError, "no zone"),
        ([], UnknownRegionError, "no zone"),
        (["yesterday" + hours("1")[0][19:]], ColumnTypeError, "Datetime (UTC)"),
        (['"' + hours("1")[0]], UnreadableFileError, "not CSV"),
    ],
)
def test_what_cannot_be_used_is_named(
    write: Write, lines: list[str], error: type[InputError], said: str
) -> None:
    """File, column, row and what to do."""
    path = write(lines)
    with pytest.raises(error) as caught:
        read_intensities([path])

    assert said in str(caught.value)
    assert caught.value.file == str(path)
    assert caught.value.mend


def test_another_boundary_is_refused(write: Write) -> None:
    """A file without a life-cycle column is not taken for one."""
    header = NEW.replace("Carbon intensity gCO₂eq/kWh (Life cycle)", "Something else")
    path = write(hours("1"), header=header)

    with pytest.raises(IntensityBoundaryError, match="tells direct intensity, and life-cycle"):
        read_intensities([path])
    assert values_of(read_intensities([path], Boundary.DIRECT)) == [7.5]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 zipped", "packed"),
        (b"\xd0\xcf\x11\xe0 workbook", "workbook"),
        ("Datetime (UTC),Zone id".encode("utf-16"), "not text"),
        (b"a,b\n1,2\n", "neither"),
    ],
)
def test_a_file_of_something_else_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    """It is not text, or no series that we know."""
    path = tmp_path / "series.csv"
    path.write_bytes(content)

    with pytest.raises(UnreadableFileError, match=said):
        read_intensities([path])


def test_a_place_without_files_is_named(tmp_path: Path) -> None:
    """No such file, and a folder with nothing in it."""
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputNotFoundError):
            read_intensities([path])


def test_means_are_of_the_regions_own_series(write: Write) -> None:
    """A Region without a series has none, and the order of the intervals is kept."""
    paths = [write(hours("10", "30"), "a.csv"), write(hours("5", zone="FR"), "b.csv")]
    found = read_intensities(paths)
    start = found.series["eu-west-3"].first_hour * 3600
    starts = np.full(5, start, dtype=np.int64)
    ends = start + 3600 * np.array([2, 1, 1, 2, 1], dtype=np.int64)
    regions = ["eu-central-1", "eu-west-3", "us-east-1", "eu-west-3", None]

    assert found.means(regions, starts, ends).tolist() == [20 * 10**9, 5 * 10**9, GAP, GAP, GAP]
