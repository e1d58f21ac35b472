"""Files of éCO2mix: Paris's clocks, half hours and quarters, Latin-1, restatements."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from crossfoot.adapters.grid_intensity import GridIntensities, read_intensities
from crossfoot.domain.errors import (
    ColumnTypeError,
    DuplicateRowError,
    IntensityBoundaryError,
    UnknownRegionError,
)
from crossfoot.engine.hourly_intensity import GAP
from crossfoot.factors.factor import Boundary

HEADER = (
    "Périmètre\tNature\tDate\tHeures\tConsommation\tPrévision J-1\tPrévision J\tFioul\tCharbon\t"
    "Gaz\tNucléaire\tEolien\tSolaire\tHydraulique\tPompage\tBioénergies\tEch. physiques\t"
    "Taux de Co2\tEch. comm. Angleterre"
)
NOTICE = "RTE ne pourra être tenu responsable de l'usage qui pourrait être fait des données."
PORTAL = (
    "Périmètre;Nature;Date;Heure;Date et Heure;Consommation (MW);Gaz (MW);"
    "Taux de CO2 (g/kWh);Ech. comm. Angleterre (MW)"
)
FINAL = "Données définitives"
GRAM = 10**6

type Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a file as RTE does: tabs, Latin-1, a notice at the end."""

    def write_file(lines: Sequence[str], name: str = "eCO2mix_RTE_Annuel.xls") -> Path:
        path = tmp_path / name
        path.write_bytes("\r\n".join([HEADER, *lines, NOTICE, ""]).encode("latin-1"))
        return path

    return write_file


def line(date: str, time: str, rate: object, nature: str = FINAL, perimeter: str = "France") -> str:
    """Return a line of RTE's own file."""
    powers = "\t".join(["1"] * 9)
    return f"{perimeter}\t{nature}\t{date}\t{time}\t50000\t49000\t\t{powers}\t-10\t{rate}\t2000\t"


def half_hours(date: str, rates: Mapping[str, object]) -> list[str]:
    """Return lines by the quarter; those between two half hours have a forecast and no rate."""
    lines = []
    for time, rate in rates.items():
        hour, minute = time.split(":")
        lines += [line(date, time, rate), line(date, f"{hour}:{int(minute) + 15:02d}", "")]
    return lines


def read(*paths: Path) -> GridIntensities:
    """Read direct intensities."""
    return read_intensities(paths, Boundary.DIRECT)


def by_hour(found: GridIntensities) -> dict[str, float]:
    """Return the hours of France in UTC and their grams; a gap is not there."""
    series = found.series["eu-west-3"]
    start = datetime.fromtimestamp(series.first_hour * 3600, UTC)
    return {
        f"{start + timedelta(hours=int(hour)):%d %H}": float(series.micro_g_per_kwh[hour] / GRAM)
        for hour in np.flatnonzero(series.micro_g_per_kwh != GAP)
    }


def test_half_hours_of_paris_become_hours_in_utc(write: Write) -> None:
    """Rows without a rate and the notice at the end are no readings; summer is two hours ahead."""
    rates = {"00:00": 40, "00:30": 50, "01:00": 60, "01:30": 61}
    found = read(write(half_hours("2026-07-02", rates)))

    assert by_hour(found) == {"01 22": 45.0, "01 23": 60.5}
    assert dict(found.sources) == {"eu-west-3": "RTE éCO2mix, zone FR"}
    assert found.notes == ()


def test_quarters_and_french_dates_are_read(write: Write) -> None:
    """A day by the quarter of an hour, as in real time; winter is one hour ahead."""
    lines = [
        line("15/01/2026", f"10:{minute}", rate)
        for minute, rate in zip(("00", "15", "30", "45"), (10, 20, 30, 40), strict=True)
    ]

    assert by_hour(read(write(lines))) == {"15 09": 25.0}


@pytest.mark.parametrize("nothing", ["", "ND", "-"])
def test_an_hour_that_misses_a_reading_is_a_gap(write: Write, nothing: str) -> None:
    """It is never zero, and never its other half."""
    rates = {"10:00": 40, "10:30": nothing, "11:00": 60, "11:30": 60, "12:00": 0, "12:30": 0}

    assert by_hour(read(write(half_hours("2026-01-15", rates)))) == {"15 10": 60.0, "15 11": 0.0}


def test_the_hour_that_spring_skips_does_not_exist(write: Write) -> None:
    """Whatever its rows hold; the next hour follows at once."""
    rates = {"01:00": 10, "01:30": 10, "02:00": 99, "02:30": 99, "03:00": 30, "03:30": 30}
    found = read(write(half_hours("2026-03-29", rates)))

    assert by_hour(found) == {"29 00": 10.0, "29 01": 30.0}
    assert [note.code for note in found.notes] == ["skipped-hour"]
    assert "2 readings" in found.notes[0].message


def test_the_hour_that_autumn_repeats_stands_for_both(write: Write) -> None:
    """Where the file writes it once, both hours of that name have its figure."""
    rates = {"01:00": 10, "01:30": 10, "02:00": 20, "02:30": 20, "03:00": 30, "03:30": 30}

    assert by_hour(read(write(half_hours("2026-10-25", rates)))) == {
        "24 23": 10.0,
        "25 00": 20.0,
        "25 01": 20.0,
        "25 02": 30.0,
    }


@pytest.mark.parametrize("step", [1, -1])
def test_the_hour_that_autumn_writes_twice_is_two(write: Write, step: int) -> None:
    """In the order of the file, which may also run backwards."""
    times = {"01:00": 10, "01:30": 10, "02:00": 20, "02:30": 22}
    lines = [
        *half_hours("2026-10-25", times),
        *half_hours("2026-10-25", {"02:00": 40, "02:30": 42}),
    ]
    lines += half_hours("2026-10-25", {"03:00": 30, "03:30": 30})

    assert by_hour(read(write(lines[::step]))) == {
        "24 23": 10.0,
        "25 00": 21.0,
        "25 01": 41.0,
        "25 02": 30.0,
    }


@pytest.mark.parametrize("in_utc", [False, True])
def test_the_portals_offset_tells_the_hours_apart(tmp_path: Path, in_utc: bool) -> None:
    """Semicolons, UTF-8 with a mark, and instants in any order."""
    instants = {
        "2026-10-25T02:30:00+01:00": 42,
        "2026-10-25T02:00:00+02:00": 20,
        "2026-10-25T02:00:00+01:00": 40,
        "2026-10-25T02:30:00+02:00": 22,
    }
    lines = []
    for text, rate in instants.items():
        instant = datetime.fromisoformat(text)
        told = instant.astimezone(UTC) if in_utc else instant
        lines.append(
            f"France;{FINAL};{instant:%Y-%m-%d};{instant:%H:%M};{told.isoformat()};1;2;{rate};3"
        )
    path = tmp_path / "eco2mix-national.csv"
    path.write_text("\n".join([PORTAL, *lines]), encoding="utf-8-sig")

    assert by_hour(read(path)) == {"25 00": 21.0, "25 01": 41.0}


def test_the_most_final_figure_counts(write: Write) -> None:
    """Real time, consolidated, definitive: in whichever order the files come."""
    natures = ("Données définitives", "Données temps réel", "Données consolidées")
    paths = [
        write(
            [line("2026-01-15", f"10:{minute}", rate, nature) for minute in ("00", "30")],
            f"{index}.xls",
        )
        for index, (nature, rate) in enumerate(zip(natures, (3, 1, 2), strict=True))
    ]

    assert by_hour(read(*paths)) == {"15 09": 3.0}
    assert by_hour(read(*paths[1:])) == {"15 09": 2.0}


def test_two_figures_of_one_time_are_refused(write: Write) -> None:
    """Of the same nature, neither is nearer to the truth."""
    lines = [line("2026-01-15", "10:00", 1), line("2026-01-15", "10:00", 2)]

    with pytest.raises(DuplicateRowError, match="2026-01-15 09:00 UTC has two intensities"):
        read(write(lines))


def test_a_direct_rate_is_not_taken_for_a_life_cycle(write: Write) -> None:
    """RTE counts the stacks; what comes before is not in it, and nobody adds it."""
    path = write(half_hours("2026-01-15", {"10:00": 1, "10:30": 1}))

    with pytest.raises(IntensityBoundaryError, match="tells direct intensity, and life-cycle"):
        read_intensities([path])


def test_a_part_of_france_is_refused(write: Write) -> None:
    """Its rate would be of its own power stations."""
    path = write([line("2026-01-15", "10:00", 1, perimeter="Île-de-France")])

    with pytest.raises(UnknownRegionError, match="part of France"):
        read(path)


def test_a_time_that_is_none_is_named(write: Write) -> None:
    """With file, column and row."""
    path = write([line("2026-01-15", "10:00", 1), line("2026-01-15", "late", 1)])

    with pytest.raises(ColumnTypeError, match="row 2") as caught:
        read(path)
    assert caught.value.column == "Date"


def test_two_publishers_of_one_zone_are_refused(write: Write, tmp_path: Path) -> None:
    """They do not count the same: one traces imports, the other does not."""
    maps = tmp_path / "a_maps.csv"
    maps.write_text(
        "Datetime (UTC),Zone id,Carbon intensity gCO₂eq/kWh (direct)\n2026-03-01 00:00:00,FR,20\n",
        encoding="utf-8",
    )
    rte = write(half_hours("2026-01-15", {"10:00": 1, "10:30": 1}))

    with pytest.raises(DuplicateRowError, match="both Electricity Maps and RTE éCO2mix"):
        read(maps, rte)
