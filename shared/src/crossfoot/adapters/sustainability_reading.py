"""Rows of the Sustainability API as answers: a year's water, a month's carbon."""

from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np

from crossfoot.adapters.sustainability_answers import AnswerPart, AnswerRow, amounts, rows_of, whole
from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.errors import (
    DuplicateRowError,
    InvalidModelVersionError,
    InvalidPeriodError,
    MissingColumnError,
)
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.sustainability import (
    EMISSIONS_TYPES,
    MICROLITRES_PER_CUBIC_METRE,
    WATER_TYPE,
    WATER_UNIT,
    CarbonAnswer,
    WaterAnswer,
    microlitres_from_cubic_metres,
)
from crossfoot.domain.units import (
    EMISSION_UNIT,
    MICROGRAMS_PER_TONNE,
    Int64Array,
    micrograms_from_tonnes,
)

type _Row = tuple[AnswerRow, list[float | None]]
type _Cell = tuple[str, str, str | None]


def water_answers(parts: Sequence[AnswerPart]) -> list[WaterAnswer]:
    """Return what the parts say of each year, oldest first.

    Raises
    ------
    InputError
        By name: not of a calendar year, an account's Region and service twice, two versions.
    """
    rows = [
        (
            row,
            amounts(
                row,
                raw.get("AllocationValues"),
                WATER_UNIT,
                MICROLITRES_PER_CUBIC_METRE,
                (WATER_TYPE,),
            ),
        )
        for row, raw in rows_of(parts)
    ]
    return [_water(year, found, parts) for year, found in _by_period(rows, _year).items()]


def carbon_answers(parts: Sequence[AnswerPart]) -> list[CarbonAnswer]:
    """Return what the parts say of each month, oldest first.

    Raises
    ------
    InputError
        By name: not of a month, an account's Region and service twice, two versions.
    """
    wanted = tuple(EMISSIONS_TYPES[measure] for measure in MEASURES)
    rows = [
        (row, amounts(row, raw.get("EmissionsValues"), EMISSION_UNIT, MICROGRAMS_PER_TONNE, wanted))
        for row, raw in rows_of(parts)
    ]
    return [_carbon(month, found, parts) for month, found in _by_period(rows, _month).items()]


def _by_period(
    rows: Sequence[_Row], period_of: Callable[[AnswerRow], UsagePeriod]
) -> dict[UsagePeriod, list[_Row]]:
    """Return the rows by period, each row once and all of one version."""
    found: dict[UsagePeriod, list[_Row]] = {}
    said: set[tuple[UsagePeriod, str, str, str]] = set()
    for row, figures in rows:
        period = period_of(row)
        key = (period, row.account, row.region_said, row.product_code)
        if key in said:
            row.refuse(
                DuplicateRowError,
                f"{row.account}, {row.region}, {row.product_code} is there twice in {period}.",
                "Give each answer once.",
                "DimensionsValues",
            )
        said.add(key)
        here = found.setdefault(period, [])
        if here and here[0][0].model_version != row.model_version:
            row.refuse(
                InvalidModelVersionError,
                f"{row.model_version} and {here[0][0].model_version} are both of {period}.",
                "AWS answers with one version for a period: ask for all of it at once.",
                "ModelVersion",
            )
        here.append((row, figures))
    return dict(sorted(found.items()))


def _year(row: AnswerRow) -> UsagePeriod:
    year = UsagePeriod(f"{row.start.year:04d}")
    if row.start != year.start or not year.start < row.end <= year.end:
        row.refuse(
            InvalidPeriodError,
            f"{row.start:%Y-%m-%d} to {row.end:%Y-%m-%d} is no calendar year.",
            "Ask with --granularity YEARLY_CALENDAR, from the first of January.",
            "TimePeriod",
        )
    return year


def _month(row: AnswerRow) -> UsagePeriod:
    month = UsagePeriod.containing(row.start)
    if (row.start, row.end) != (month.start, month.end):
        row.refuse(
            InvalidPeriodError,
            f"{row.start:%Y-%m-%d} to {row.end:%Y-%m-%d} is no month.",
            "Ask with --granularity MONTHLY.",
            "TimePeriod",
        )
    return month


def _water(year: UsagePeriod, rows: Sequence[_Row], parts: Sequence[AnswerPart]) -> WaterAnswer:
    for row, figures in rows:
        if figures[0] is None:
            row.refuse(
                MissingColumnError, "is not in the row.", f"Ask for {WATER_TYPE}.", WATER_TYPE
            )
    cells = _cells(rows)
    cell = _numbers(rows, cells)
    microlitres = microlitres_from_cubic_metres(whole([figures[0] for _, figures in rows]))
    amount_ul = np.zeros(len(cells), np.int64)
    np.add.at(amount_ul, cell, microlitres)
    _, first = np.unique(cell, return_index=True)
    said = [rows[at][0] for at in first.tolist()]
    return WaterAnswer(
        year=year,
        model_version=rows[0][0].model_version,
        asked_at=_asked(rows, parts),
        covered_until=min(row.end for row, _ in rows),
        account=texts([key[0] for key in cells]),
        region=texts([key[1] for key in cells]),
        service=texts([key[2] for key in cells]),
        product_code=texts([row.product_code for row in said]),
        amount_ul=amount_ul,
        source=np.array([row.part for row in said], np.int64),
        sources=tuple(part.source for part in parts),
    )


def _carbon(month: UsagePeriod, rows: Sequence[_Row], parts: Sequence[AnswerPart]) -> CarbonAnswer:
    cells = _cells(rows)
    cell = _numbers(rows, cells)
    amount_ug = np.zeros((len(MEASURES), len(cells)), np.int64)
    is_reported = np.zeros(amount_ug.shape, np.bool_)
    for measure in range(len(MEASURES)):
        values = [figures[measure] for _, figures in rows]
        np.add.at(amount_ug[measure], cell, micrograms_from_tonnes(whole(values)))
        known = np.array([value is not None for value in values])
        np.logical_or.at(is_reported[measure], cell, known)
    account, region, service = (texts([key[part] for key in cells]) for part in range(3))
    return CarbonAnswer(
        month,
        rows[0][0].model_version,
        _asked(rows, parts),
        ReportedCells(account, region, service, amount_ug, is_reported),
    )


def _cells(rows: Sequence[_Row]) -> list[_Cell]:
    unique = {row.cell for row, _ in rows}
    return sorted(unique, key=lambda key: (key[0], key[1], key[2] is None, key[2] or ""))


def _numbers(rows: Sequence[_Row], cells: Sequence[_Cell]) -> Int64Array:
    position = {key: at for at, key in enumerate(cells)}
    return np.fromiter((position[row.cell] for row, _ in rows), np.int64, len(rows))


def _asked(rows: Sequence[_Row], parts: Sequence[AnswerPart]) -> datetime:
    """Return the earliest time: what was answered first may have been older."""
    return min(parts[row.part].asked_at for row, _ in rows)
