"""The CSV that a person downloads from the AWS Sustainability console.

It is no export: it names no account and no unit, Regions go by their long names, and the period may
be a year. AWS's figures there are metric tons.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from crossfoot.adapters.carbon_columns import VALUE_COLUMNS, Distinct, SourceColumns
from crossfoot.adapters.carbon_pages import (
    ACCOUNT_ID,
    CarbonPage,
    negative_amounts,
    read_amounts,
    read_versions,
    unknown_columns,
)
from crossfoot.adapters.file_guards import fingerprint
from crossfoot.domain.errors import (
    InvalidAccountError,
    InvalidPeriodError,
    MissingAccountError,
    MissingColumnError,
    UnknownRegionError,
)
from crossfoot.domain.measures import TOTALS, Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import IntakeNote
from crossfoot.factors.regions import region_code_of

_PERIOD_COLUMNS: Final = ("usage_month", "usage_year")
_VALUE_COLUMNS: Final = {
    # here the totals lack the ending that the scopes have
    measure: name.removesuffix("_value") if measure in TOTALS else name
    for measure, name in VALUE_COLUMNS.items()
}
_KNOWN_COLUMNS: Final = frozenset(
    {
        *_PERIOD_COLUMNS,
        *_VALUE_COLUMNS.values(),
        "service",
        "region",
        "cfe_savings_value",
        "model_version",
    }
)
_MONTH: Final = re.compile(
    r"(?P<month>[0-9]{4}-[0-9]{2})(?:-01(?:[ T]00:00:00(?:\.0+)?(?:Z| UTC)?)?)?", re.ASCII
)


def is_console_report(names: Sequence[str]) -> bool:
    """Whether these are the columns of a console report."""
    return any(name.lower() in _PERIOD_COLUMNS for name in names)


def console_page(
    source: SourceColumns, names: tuple[str, ...], account_id: str | None
) -> CarbonPage:
    """Read a console report.

    Parameters
    ----------
    source : SourceColumns
        Its columns.
    names : tuple of str
        Names of all its columns.
    account_id : str or None
        Account that the report is of, which is payer and user of every row.

    Raises
    ------
    MissingAccountError
        No account was named.
    MissingColumnError, InvalidPeriodError, UnknownRegionError
        The report is not what the console writes.
    """
    account = _account(source, account_id)
    _check_columns(source)
    amount_ug, is_reported = read_amounts(source, _VALUE_COLUMNS)
    nowhere = np.zeros(source.n_rows, dtype=np.int64)
    locations = source.text("region")
    return CarbonPage(
        source=fingerprint(source.path),
        payer_account_id=Distinct((account,), nowhere),
        usage_account_id=Distinct((account,), nowhere),
        region_code=Distinct((None,), nowhere),
        region=_regions(source, locations),
        location=locations,
        product_code=source.text("service"),
        amount_ug=amount_ug,
        is_reported=is_reported,
        last_refresh=np.full(source.n_rows, "NaT", dtype="datetime64[us]"),
        usage_period=_periods(source),
        model_version=read_versions(source),
        notes=(
            IntakeNote("console-units", "a console report names no unit; read as metric tons"),
            *unknown_columns(names, _KNOWN_COLUMNS),
            *negative_amounts(amount_ug, _VALUE_COLUMNS),
        ),
    )


def _account(source: SourceColumns, account_id: str | None) -> str:
    if account_id is None:
        raise MissingAccountError(
            "a console report does not say whose emissions these are.",
            mend="Name the account with --account ID.",
            file=str(source.path),
        )
    return checked_account(account_id)


def checked_account(account_id: str) -> str:
    """Return an account that the user named; raise ``InvalidAccountError`` if it is none."""
    if ACCOUNT_ID.fullmatch(account_id) is None:
        raise InvalidAccountError(
            f"{account_id!r} is not an account id.", mend="Write its 12 digits after --account."
        )
    return account_id


def _check_columns(source: SourceColumns) -> None:
    missing = [
        name for name in ("service", "region", "model_version") if name not in source.columns
    ]
    if not any(name in source.columns for name in _VALUE_COLUMNS.values()):
        missing.append(_VALUE_COLUMNS[Measure.TOTAL_LBM])
    if missing:
        raise MissingColumnError(
            "this column of a console report is missing.",
            mend="Download the report again, with all columns.",
            file=str(source.path),
            column=missing[0],
        )


def _periods(source: SourceColumns) -> Distinct[UsagePeriod]:
    name = next(name for name in _PERIOD_COLUMNS if name in source.columns)
    texts = source.text(name)
    periods: list[UsagePeriod | None] = [None] * len(texts.values)
    for index in texts.used():
        try:
            periods[index] = UsagePeriod(_period_text(texts.values[index] or ""))
        except InvalidPeriodError as error:
            mend = "The console writes 2026-09 or 2025."
            source.refuse(InvalidPeriodError, error.message, mend, name, texts.row_of(index))
    return Distinct(periods, texts.codes)


def _period_text(text: str) -> str:
    match = _MONTH.fullmatch(text.strip())
    return match["month"] if match is not None else text.strip()


def _regions(source: SourceColumns, locations: Distinct[str]) -> Distinct[str]:
    codes: list[str | None] = [None] * len(locations.values)
    for index in locations.used():
        name = locations.values[index]
        # the console calls edge services Global; an empty cell can be nothing else
        codes[index] = region_code_of(name or "Global")
        if codes[index] is None:
            source.refuse(
                UnknownRegionError,
                f"{name!r} is not the name of a Region that we know.",
                "Replace it by the Region's code, such as eu-central-1, or update Crossfoot.",
                "region",
                locations.row_of(index),
            )
    return Distinct(codes, locations.codes)
