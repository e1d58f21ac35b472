"""The columns of AWS's carbon table, and how a cell of each becomes one of ours.

Whatever cannot be read is named with file, column and row; rows are looked at one by one only then.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from crossfoot.adapters.file_guards import decoding
from crossfoot.domain.errors import (
    ColumnTypeError,
    InputError,
    InvalidAmountError,
    UnknownUnitError,
)
from crossfoot.domain.measures import MEASURES, Measure
from crossfoot.domain.tables import TextArray
from crossfoot.domain.units import (
    EMISSION_UNIT,
    LARGEST_AMOUNT,
    MICROGRAMS_PER_TONNE,
    BoolArray,
    Float64Array,
    Int64Array,
    micrograms_from_tonnes,
)

VALUE_COLUMNS: Final[Mapping[Measure, str]] = {
    measure: f"total_{measure.removeprefix('total_')}_emissions_value" for measure in MEASURES
}
TEXT_COLUMNS: Final = (
    "usage_account_id",
    "payer_account_id",
    "region_code",
    "location",
    "product_code",
    "model_version",
)
TIME_COLUMNS: Final = ("last_refresh_timestamp", "usage_period_start", "usage_period_end")
_AS_AWS_WRITES: Final = "AWS writes another type here; deliver the export again, unedited."


def unit_column(value_column: str) -> str:
    """Return the column that holds the unit of a value column."""
    return value_column.removesuffix("_value") + "_unit"


UNIT_COLUMNS: Final = tuple(unit_column(name) for name in VALUE_COLUMNS.values())
EXPORT_COLUMNS: Final = frozenset(
    {*TEXT_COLUMNS, *TIME_COLUMNS, *VALUE_COLUMNS.values(), *UNIT_COLUMNS}
)
"""All 23 columns of ``CARBON_EMISSIONS``."""


@dataclass(frozen=True, slots=True, eq=False)
class Distinct[T]:
    """A column as its few values and, for each row, which of them it holds.

    Parameters
    ----------
    values : sequence of T or None
        ``None`` is what the sender left out.
    codes : ndarray of int64, shape (row,)
        Index into ``values``. [1]
    """

    values: Sequence[T | None]
    codes: Int64Array

    def expand(self) -> TextArray:
        """Return the value of each row."""
        lookup = np.empty(len(self.values), dtype=object)
        lookup[:] = self.values
        return lookup[self.codes]

    def map[U](self, function: Callable[[T], U | None]) -> "Distinct[U]":
        """Return the column with a function applied to each value; ``None`` stays ``None``."""
        return Distinct([v if v is None else function(v) for v in self.values], self.codes)

    def used(self) -> list[int]:
        """Return the indices of the values that occur."""
        return [int(i) for i in np.flatnonzero(np.bincount(self.codes, minlength=1))]

    def row_of(self, index: int) -> int:
        """Return the first row that holds a value, from 1."""
        return first_row(self.codes == index)


@dataclass(frozen=True, slots=True, eq=False)
class SourceColumns:
    """The columns of one file, by their names in lower case.

    ``is_text`` says that the file has no types, as CSV: then numbers and times are read from text.
    """

    path: Path
    columns: Mapping[str, pa.ChunkedArray]
    n_rows: int
    is_text: bool

    def text(self, name: str) -> Distinct[str]:
        """Return a column of text; a column that is not there is all ``None``.

        Raises
        ------
        ColumnTypeError
            Any other type, such as an account id stored as a number.
        """
        column = self.columns.get(name)
        if column is None or pa.types.is_null(column.type):
            return Distinct((None,), np.zeros(self.n_rows, dtype=np.int64))
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if not _is_text(kind):
            self.refuse(ColumnTypeError, f"is {kind}, not text.", _AS_AWS_WRITES, name)
        with decoding(self.path):
            # a damaged page may point beyond its dictionary, or hold what is not UTF-8
            column.validate(full=True)
            if not pa.types.is_dictionary(column.type):
                column = pc.dictionary_encode(column)
            array = column.unify_dictionaries().combine_chunks()
            values = array.dictionary.to_pylist()
            codes = array.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
        return Distinct((*values, None), codes.astype(np.int64))

    def tonnes(self, name: str) -> tuple[Float64Array, BoolArray]:
        """Return the values of an emission column, and where there is one. [t CO2e].

        Raises
        ------
        ColumnTypeError
            Not a number.
        InvalidAmountError
            NaN, infinite, or too large for the ledger.
        """
        column = self._plain(name)
        if self.is_text or pa.types.is_null(column.type):
            column = self._numbers(column, name)
        elif not (pa.types.is_float64(column.type) or pa.types.is_integer(column.type)):
            row = first_row(~_is_null(column))
            self.refuse(
                ColumnTypeError, f"is {column.type}, not double.", _AS_AWS_WRITES, name, row
            )
        is_reported = ~_is_null(column)
        with decoding(self.path):
            filled = pc.fill_null(pc.cast(column, pa.float64(), safe=False), 0.0)
        values: Float64Array = filled.to_numpy()
        self._check_amounts(values, name)
        return values, is_reported

    def micrograms(self, name: str) -> tuple[Int64Array, BoolArray]:
        """Return :meth:`tonnes` in whole micrograms, 0 where there is no value. [ug CO2e]."""
        values, is_reported = self.tonnes(name)
        return micrograms_from_tonnes(values), is_reported

    def check_unit(self, value_column: str, is_reported: BoolArray) -> None:
        """Raise ``UnknownUnitError`` for a value in anything but ``MTCO2e``."""
        name = unit_column(value_column)
        units = self.text(name)
        for index in units.used():
            unit = units.values[index]
            if unit == EMISSION_UNIT:
                continue
            holds = units.codes == index
            wrong = holds & is_reported if unit is None else holds
            if wrong.any():
                self.refuse(
                    UnknownUnitError,
                    f"the unit is {unit!r}.",
                    f"Only {EMISSION_UNIT}, AWS's metric tons, is known.",
                    name,
                    first_row(wrong),
                )

    def instants(self, name: str, error: type[InputError]) -> NDArray[np.datetime64]:
        """Return a column of times as ``datetime64[us]``, UTC, NaT where there is none.

        ``error`` is raised for a text that is no time, ``ColumnTypeError`` for another type.
        """
        if name not in self.columns or pa.types.is_null(self.columns[name].type):
            return np.full(self.n_rows, "NaT", dtype="datetime64[us]")
        column = self._plain(name)
        if _is_text(column.type):
            return self._parsed_instants(name, error)
        if not (pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)):
            self.refuse(ColumnTypeError, f"is {column.type}, not a time.", _AS_AWS_WRITES, name)
        zone = column.type.tz if pa.types.is_timestamp(column.type) else None
        with decoding(self.path):
            # a zone is only a way to show: the integers below are UTC either way
            ticks = pc.cast(pc.cast(column, pa.timestamp("us", zone), safe=False), pa.int64())
        instants: NDArray[np.datetime64] = (
            pc.fill_null(ticks, 0).to_numpy().astype("datetime64[us]")
        )
        instants[_is_null(column)] = np.datetime64("NaT", "us")
        return instants

    def refuse(
        self, error: type[InputError], problem: str, mend: str, column: str, row: int | None = None
    ) -> Never:
        """Raise an error that names the file, and whatever else is given."""
        raise error(problem, mend=mend, file=str(self.path), column=column, row=row)

    def _plain(self, name: str) -> pa.ChunkedArray:
        column = self.columns[name]
        if pa.types.is_dictionary(column.type):
            with decoding(self.path):
                return pc.cast(column, column.type.value_type)
        return column

    def _numbers(self, column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
        trimmed = pc.utf8_trim_whitespace(pc.cast(column, pa.string()))
        try:
            return pc.cast(trimmed, pa.float64())
        except pa.ArrowInvalid:
            texts = trimmed.to_pylist()
            row = next(i for i, text in enumerate(texts) if not _is_number(text))
            self.refuse(
                ColumnTypeError, f"{texts[row]!r} is not a number.", _AS_AWS_WRITES, name, row + 1
            )

    def _check_amounts(self, values: Float64Array, name: str) -> None:
        # negated, so that NaN counts as wrong
        wrong = ~(np.abs(values) < (LARGEST_AMOUNT + 1) / MICROGRAMS_PER_TONNE)
        if wrong.any():
            row = first_row(wrong)
            self.refuse(
                InvalidAmountError,
                f"{values[row - 1]} is not an amount of emissions.",
                "It must be finite and below a million metric tons; deliver the export again.",
                name,
                row,
            )

    def _parsed_instants(self, name: str, error: type[InputError]) -> NDArray[np.datetime64]:
        texts = self.text(name)
        parsed = np.full(len(texts.values), "NaT", dtype="datetime64[us]")
        for index in texts.used():
            text = texts.values[index]
            if text is None:
                continue
            try:
                parsed[index] = np.datetime64(_parse_instant(text), "us")
            except ValueError:
                mend = "AWS writes times as 2026-03-01 00:00:00Z."
                self.refuse(error, f"{text!r} is not a time.", mend, name, texts.row_of(index))
        return parsed[texts.codes]


def first_row(mask: BoolArray) -> int:
    """Return the first row where a mask is true, counted from 1; 1 where it never is."""
    return int(np.argmax(mask)) + 1 if len(mask) else 1


def _parse_instant(text: str) -> datetime:
    """Return a time in UTC, without its zone; a text without a zone is UTC."""
    instant = datetime.fromisoformat(text.strip().replace(" UTC", "Z"))
    return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)


def _is_text(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _is_null(column: pa.ChunkedArray) -> BoolArray:
    mask: BoolArray = pc.is_null(column).to_numpy().astype(np.bool_)
    return mask


def _is_number(text: str | None) -> bool:
    try:
        pc.cast(pa.scalar(text, pa.string()), pa.float64())
    except pa.ArrowInvalid:
        return False
    return True
