"""One file of AWS's carbon table, read and checked, but not yet part of a delivery."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from crossfoot.adapters.carbon_columns import (
    EXPORT_COLUMNS,
    TEXT_COLUMNS,
    UNIT_COLUMNS,
    VALUE_COLUMNS,
    Distinct,
    SourceColumns,
    first_row,
    unit_column,
)
from crossfoot.adapters.csv_tables import read_text_table
from crossfoot.adapters.file_guards import CARBON_BUDGET, decoding, fingerprint, open_parquet
from crossfoot.domain.errors import (
    ColumnTypeError,
    InvalidAccountError,
    InvalidModelVersionError,
    InvalidPeriodError,
    MissingColumnError,
)
from crossfoot.domain.measures import MEASURES, Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import IntakeNote, SourceFile
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.domain.versions import ModelVersion
from crossfoot.factors.regions import normalised_region

ACCOUNT_ID: Final = re.compile(r"[0-9]{1,32}", re.ASCII)
_USUAL_ACCOUNT_LENGTH: Final = 12
_NAME_IT: Final = "Name the column in the query of the export."
_NEEDED: Final = EXPORT_COLUMNS - {"usage_period_end"}

_BUCKETS: Final = {
    "AmazonEC2": ("ec2", "amazonec2", "amazonelasticcomputecloud", "computevm"),
    "AmazonS3": ("s3", "amazons3", "amazonsimplestorageservice", "objectstorage"),
    "AmazonCloudFront": ("cloudfront", "amazoncloudfront", "contentdelivery"),
    "Other": ("other", "others"),
}
_BUCKET_OF: Final = {alias: bucket for bucket, aliases in _BUCKETS.items() for alias in aliases}


@dataclass(frozen=True, slots=True, eq=False)
class CarbonPage:
    """AWS's rows of one file. Shapes are those of ``ReportedCarbon``.

    ``region`` is the normalised code. ``usage_period`` and ``model_version`` are ``None`` where
    only the folder tells them.
    """

    source: SourceFile
    payer_account_id: Distinct[str]
    usage_account_id: Distinct[str]
    region_code: Distinct[str]
    region: Distinct[str]
    location: Distinct[str]
    product_code: Distinct[str]
    amount_ug: Int64Array
    is_reported: BoolArray
    last_refresh: NDArray[np.datetime64]
    usage_period: Distinct[UsagePeriod]
    model_version: Distinct[ModelVersion]
    notes: tuple[IntakeNote, ...]

    @property
    def n_rows(self) -> int:
        """Number of AWS's rows."""
        return len(self.last_refresh)


def carbon_bucket(product_code: str) -> str | None:
    """Return AWS's bucket under one spelling; its own text for one that is new to us."""
    text = product_code.strip()
    return _BUCKET_OF.get("".join(text.split()).casefold(), text) or None


def read_parquet_columns(path: Path) -> tuple[SourceColumns, tuple[str, ...]]:
    """Return the columns of the contract, and the names of all columns."""
    text = (*TEXT_COLUMNS, *UNIT_COLUMNS)
    with open_parquet(path, CARBON_BUDGET, read_dictionary=text) as parquet:
        schema = parquet.schema_arrow
        wanted = [field for field in schema if field.name.lower() in _NEEDED]
        for field in wanted:
            if pa.types.is_nested(field.type):
                raise ColumnTypeError(
                    f"is {field.type}, not a single value.",
                    mend="Deliver the export again, unedited.",
                    file=str(path),
                    column=field.name,
                )
        with decoding(path):
            table = parquet.read(columns=[field.name for field in wanted])
        n_rows = parquet.metadata.num_rows
    columns = {name.lower(): table.column(name) for name in table.column_names}
    return SourceColumns(path, columns, n_rows, is_text=False), tuple(schema.names)


def read_csv_columns(path: Path) -> tuple[SourceColumns, tuple[str, ...]]:
    """Return all columns of a CSV as text, and their names; none for a file of zero bytes."""
    table = read_text_table(path, CARBON_BUDGET)
    columns = {name.lower(): table.column(name) for name in table.column_names}
    return SourceColumns(path, columns, table.num_rows, is_text=True), tuple(table.column_names)


def export_page(source: SourceColumns, names: tuple[str, ...], told: Collection[str]) -> CarbonPage:
    """Read a file of the carbon export.

    Parameters
    ----------
    source : SourceColumns
        Its columns.
    names : tuple of str
        Names of all its columns, for the note on those that are not AWS's.
    told : collection of str
        Columns that need not be there, because the folder tells them.

    Raises
    ------
    MissingColumnError, ColumnTypeError, UnknownUnitError
        The file breaks AWS's contract.
    InvalidAmountError, InvalidAccountError, InvalidPeriodError, InvalidModelVersionError
        A value in it does.
    """
    _check_columns(source, told)
    amount_ug, is_reported = read_amounts(source, VALUE_COLUMNS)
    for measure, name in VALUE_COLUMNS.items():
        if name in source.columns:
            source.check_unit(name, is_reported[MEASURES.index(measure)])
    accounts = _accounts(source, "usage_account_id")
    regions = source.text("region_code")
    return CarbonPage(
        source=fingerprint(source.path),
        payer_account_id=_accounts(source, "payer_account_id"),
        usage_account_id=accounts,
        region_code=regions,
        region=Distinct([normalised_region(code) for code in regions.values], regions.codes),
        location=source.text("location"),
        product_code=source.text("product_code"),
        amount_ug=amount_ug,
        is_reported=is_reported,
        last_refresh=source.instants("last_refresh_timestamp", ColumnTypeError),
        usage_period=_periods(source),
        model_version=read_versions(source),
        notes=(
            *unknown_columns(names, EXPORT_COLUMNS),
            *negative_amounts(amount_ug, VALUE_COLUMNS),
            *_unusual_accounts(accounts),
        ),
    )


def empty_page(path: Path) -> CarbonPage:
    """Return the page of a file of zero bytes, which AWS delivers for a month without data."""
    nothing = np.zeros((len(MEASURES), 0), dtype=np.int64)
    codes = np.zeros(0, dtype=np.int64)
    text = Distinct[str]((None,), codes)
    return CarbonPage(
        source=fingerprint(path),
        payer_account_id=text,
        usage_account_id=text,
        region_code=text,
        region=text,
        location=text,
        product_code=text,
        amount_ug=nothing,
        is_reported=nothing.astype(np.bool_),
        last_refresh=codes.astype("datetime64[us]"),
        usage_period=Distinct[UsagePeriod]((None,), codes),
        model_version=Distinct[ModelVersion]((None,), codes),
        notes=(),
    )


def read_amounts(
    source: SourceColumns, value_columns: Mapping[Measure, str]
) -> tuple[Int64Array, BoolArray]:
    """Return the amounts of every measure, and where AWS reported one.

    Returns
    -------
    amount_ug : ndarray of int64, shape (measure, row)
        0 where not reported. [ug CO2e]
    is_reported : ndarray of bool, shape (measure, row)
        False for a column or value that is not there.
    """
    amount_ug = np.zeros((len(MEASURES), source.n_rows), dtype=np.int64)
    is_reported = np.zeros((len(MEASURES), source.n_rows), dtype=np.bool_)
    for index, measure in enumerate(MEASURES):
        if value_columns[measure] in source.columns:
            amount_ug[index], is_reported[index] = source.micrograms(value_columns[measure])
    return amount_ug, is_reported


def read_versions(source: SourceColumns) -> Distinct[ModelVersion]:
    """Return the model version of each row; raise ``InvalidModelVersionError`` naming the row."""
    texts = source.text("model_version")
    versions: list[ModelVersion | None] = [None] * len(texts.values)
    for index in texts.used():
        text = texts.values[index]
        if text is None:
            continue
        try:
            versions[index] = ModelVersion(text)
        except InvalidModelVersionError as error:
            row = texts.row_of(index)
            mend = error.mend or ""
            source.refuse(type(error), error.message, mend, "model_version", row)
    return Distinct(versions, texts.codes)


def unknown_columns(names: tuple[str, ...], known: Collection[str]) -> tuple[IntakeNote, ...]:
    """Tell of columns that are not AWS's; they are not read."""
    return tuple(
        IntakeNote("unknown-column", f"column {name!r} is not one that we know; not read")
        for name in names
        if name.lower() not in known
    )


def negative_amounts(
    amount_ug: Int64Array, value_columns: Mapping[Measure, str]
) -> tuple[IntakeNote, ...]:
    """Tell of negative emissions, which AWS's models before v3.0.1 did produce; they are kept."""
    counts = (amount_ug < 0).sum(axis=1)
    return tuple(
        IntakeNote("negative-amount", f"{value_columns[measure]} is negative; kept", int(count))
        for measure, count in zip(MEASURES, counts, strict=True)
        if count
    )


def _check_columns(source: SourceColumns, told: Collection[str]) -> None:
    needed = {"usage_account_id", "payer_account_id", "usage_period_start", "model_version"}
    values = [name for name in VALUE_COLUMNS.values() if name in source.columns]
    missing = sorted(needed - set(told) - source.columns.keys())
    missing += [] if values else [VALUE_COLUMNS[Measure.TOTAL_LBM]]
    missing += [unit_column(name) for name in values if unit_column(name) not in source.columns]
    if missing:
        raise MissingColumnError(
            "this column is missing." if values else "no column of emissions is there.",
            mend=_NAME_IT,
            file=str(source.path),
            column=missing[0],
        )


def _accounts(source: SourceColumns, name: str) -> Distinct[str]:
    accounts = source.text(name)
    for index in accounts.used():
        account = accounts.values[index]
        if account is None or ACCOUNT_ID.fullmatch(account) is None:
            source.refuse(
                InvalidAccountError,
                f"{account!r} is not an account id.",
                "Account ids are digits only; deliver the export again, unedited.",
                name,
                accounts.row_of(index),
            )
    return accounts


def _unusual_accounts(accounts: Distinct[str]) -> tuple[IntakeNote, ...]:
    """Tell of account ids that may have lost a zero on their way; they are kept as they are."""
    return tuple(
        IntakeNote("unusual-account", f"account {account!r} has not {_USUAL_ACCOUNT_LENGTH} digits")
        for account in (accounts.values[index] for index in accounts.used())
        if account is not None and len(account) != _USUAL_ACCOUNT_LENGTH
    )


def _periods(source: SourceColumns) -> Distinct[UsagePeriod]:
    """Return the month of each row, by the start of its period alone.

    Whether ``usage_period_end`` belongs to the month is not documented, so it is not looked at.
    """
    starts = source.instants("usage_period_start", InvalidPeriodError)
    months = starts.astype("datetime64[M]")
    # sorted, not hashed: unique without an inverse would take the slow way
    distinct, codes = np.unique(months, return_inverse=True)
    periods: list[UsagePeriod | None] = []
    for month in distinct:
        try:
            periods.append(None if np.isnat(month) else UsagePeriod(str(month)))
        except InvalidPeriodError as error:
            row = first_row(months == month)
            mend = "Deliver the export again, unedited."
            source.refuse(
                type(error), f"{month} is no usage period.", mend, "usage_period_start", row
            )
    return Distinct(periods or [None], codes.astype(np.int64))
