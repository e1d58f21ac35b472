"""Answers of the Sustainability API: read as AWS's CLI prints them, refused by name."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crossfoot.adapters.sustainability_answers import AnswerPart, answer_part, read_answer
from crossfoot.adapters.sustainability_reading import carbon_answers, water_answers
from crossfoot.domain import errors
from crossfoot.domain.measures import MEASURES, Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.sustainability import EMISSIONS_TYPES, Unspread, months_of

ASKED = datetime(2026, 2, 1, tzinfo=UTC)
YEAR = UsagePeriod("2025")


def water_row(**other: Any) -> dict[str, Any]:
    """Return a row of water as AWS answers it."""
    row = {
        "TimePeriod": {"Start": "2025-01-01T00:00:00+00:00", "End": "2026-01-01T00:00:00+00:00"},
        "DimensionsValues": {
            "USAGE_ACCOUNT_ID": "000000000002",
            "REGION": "eu-central-1",
            "SERVICE": "AmazonEC2",
        },
        "ModelVersion": "v1.0.0",
        "AllocationValues": {"TOTAL_WATER_WITHDRAWALS": {"Value": 1.25, "Unit": "m3"}},
    }
    return {**row, **other}


def water(value: Any, unit: str = "m3") -> dict[str, Any]:
    """Return a figure of water."""
    return {"AllocationValues": {"TOTAL_WATER_WITHDRAWALS": {"Value": value, "Unit": unit}}}


def part(*rows: Any, asked_at: datetime = ASKED, **beside: Any) -> AnswerPart:
    """Return rows as one answer."""
    content = json.dumps({"Results": list(rows), **beside}).encode()
    return answer_part(content, "answer.json", asked_at)


def spelled(region: str, service: str) -> dict[str, Any]:
    """Return dimensions."""
    values = {"USAGE_ACCOUNT_ID": "000000000002", "REGION": region, "SERVICE": service}
    return {"DimensionsValues": values}


def test_cubic_metres_become_whole_microlitres() -> None:
    """A figure is kept to the microlitre, under the cell of the export."""
    (answer,) = water_answers([part(water_row(), water_row(**spelled("Global", "Amazon S3")))])

    assert (answer.year, str(answer.model_version)) == (YEAR, "v1.0.0")
    assert answer.region.tolist() == ["eu-central-1", "global"]
    assert answer.service.tolist() == ["AmazonEC2", "AmazonS3"]
    assert answer.amount_ul.tolist() == [1_250_000_000, 1_250_000_000]


def test_spellings_of_one_cell_are_summed() -> None:
    """No Region and Global are one, as in the export; AWS's rows stay apart from duplicates."""
    (answer,) = water_answers(
        [part(water_row(**spelled("", "Other")), water_row(**spelled("Global", "Other")))]
    )

    assert answer.amount_ul.tolist() == [2_500_000_000]


def test_years_of_several_files_are_put_together() -> None:
    """Oldest year first, and the earliest time at which any part was asked."""
    early = part(water_row(), asked_at=datetime(2026, 1, 5, tzinfo=UTC))
    later = water_row(TimePeriod={"Start": "2024-01-01T00:00:00Z", "End": "2025-01-01T00:00:00Z"})
    other = part(later, water_row(**spelled("eu-west-1", "Other")))

    first, second = water_answers([early, other])

    assert (first.year.text, second.year.text) == ("2024", "2025")
    assert (len(second), second.asked_at.day) == (2, 5)
    assert [second.sources[at].path for at in second.source.tolist()] == ["answer.json"] * 2


@pytest.mark.parametrize(
    ("asked_at", "end", "published", "reason"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 12, None),
        ("2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", 12, Unspread.NOT_OVER),
        ("2026-02-01T00:00:00Z", "2025-12-01T00:00:00Z", 12, Unspread.NOT_WHOLE),
        ("2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z", 11, Unspread.MONTHS_MISSING),
    ],
)
def test_a_year_is_spread_when_all_of_it_is_known(
    asked_at: str, end: str, published: int, reason: Unspread | None
) -> None:
    """After its end, to its end, and with all of its months."""
    row = water_row(TimePeriod={"Start": "2025-01-01T00:00:00Z", "End": end})
    (answer,) = water_answers([part(row, asked_at=datetime.fromisoformat(asked_at))])

    assert answer.why_unspread(months_of(YEAR)[:published]) == reason


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (water(1.0, "l"), errors.UnknownUnitError),
        (water("1"), errors.ColumnTypeError),
        (water(True), errors.ColumnTypeError),
        (water(float("nan")), errors.InvalidAmountError),
        (water(2e9), errors.InvalidAmountError),
        ({"AllocationValues": {}}, errors.MissingColumnError),
        ({"AllocationValues": None}, errors.ColumnTypeError),
        ({"DimensionsValues": {"REGION": "eu-central-1"}}, errors.MissingColumnError),
        (
            spelled("eu-central-1", "S3") | {"ModelVersion": "three"},
            errors.InvalidModelVersionError,
        ),
        ({"ModelVersion": None}, errors.InvalidModelVersionError),
        ({"TimePeriod": {"Start": "2025-01-01", "End": "soon"}}, errors.InvalidPeriodError),
        ({"TimePeriod": {"Start": "2025-02-01", "End": "2026-01-01"}}, errors.InvalidPeriodError),
        ({"TimePeriod": None}, errors.MissingColumnError),
        (
            {"DimensionsValues": spelled("", "")["DimensionsValues"] | {"USAGE_ACCOUNT_ID": "me"}},
            errors.InvalidAccountError,
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_named(
    row: dict[str, Any], error: type[errors.InputError]
) -> None:
    """With its file and its number; nothing is guessed."""
    with pytest.raises(error) as raised:
        water_answers([part(water_row(**spelled("x", "Other")), water_row(**row))])

    assert (raised.value.file, raised.value.row) == ("answer.json", 2)


@pytest.mark.parametrize(
    ("other", "error"),
    [
        (water_row(), errors.DuplicateRowError),
        (
            water_row(ModelVersion="v1.1.0", **spelled("x", "Other")),
            errors.InvalidModelVersionError,
        ),
    ],
)
def test_answers_that_do_not_belong_together_are_refused(
    other: dict[str, Any], error: type[errors.InputError]
) -> None:
    """A cell twice, or two versions of one year."""
    with pytest.raises(error):
        water_answers([part(water_row()), part(other)])


def test_a_month_has_the_types_that_were_asked_for() -> None:
    """What the API does not give is missing, and no zero."""
    row = {
        **water_row(TimePeriod={"Start": "2026-03-01T00:00:00Z", "End": "2026-04-01T00:00:00Z"}),
        "EmissionsValues": {
            EMISSIONS_TYPES[Measure.TOTAL_LBM]: {"Value": 0.000121, "Unit": "MTCO2e"}
        },
    }
    (answer,) = carbon_answers([part(row)])
    index = MEASURES.index(Measure.TOTAL_LBM)

    assert (answer.usage_period.text, len(answer.cells)) == ("2026-03", 1)
    assert answer.cells.amount_ug[index].tolist() == [121_000_000]
    assert answer.cells.is_reported[:, 0].tolist() == [each == index for each in range(7)]


def test_a_quarter_is_no_month() -> None:
    """Carbon is compared month by month."""
    period = {"Start": "2026-01-01T00:00:00Z", "End": "2026-04-01T00:00:00Z"}
    row = {**water_row(TimePeriod=period), "EmissionsValues": {}}

    with pytest.raises(errors.InvalidPeriodError, match="MONTHLY"):
        carbon_answers([part(row)])


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (lambda _: None, errors.InputNotFoundError),
        (lambda path: path.write_text("{"), errors.UnreadableFileError),
        (lambda path: path.write_bytes(b"\xff"), errors.UnreadableFileError),
        (lambda path: path.write_text("[]"), errors.ColumnTypeError),
        (lambda path: path.write_text('{"Results": [1]}'), errors.ColumnTypeError),
        (
            lambda path: path.write_text('{"Results": [], "NextToken": "more"}'),
            errors.IncompleteDeliveryError,
        ),
    ],
)
def test_a_file_that_is_no_whole_answer_is_refused(
    write: Callable[[Path], Any], error: type[errors.InputError], tmp_path: Path
) -> None:
    """By its name, and with what to do."""
    path = tmp_path / "answer.json"
    write(path)

    with pytest.raises(error, match=r"answer\.json"):
        read_answer(path)


def test_an_answer_was_asked_when_its_file_was_written(tmp_path: Path) -> None:
    """Nothing in what AWS says tells it."""
    path = tmp_path / "answer.json"
    path.write_text('{"Results": []}')
    os.utime(path, (ASKED.timestamp(), ASKED.timestamp()))

    assert read_answer(path).asked_at == ASKED
