"""Cells of a query's result as text: exact, and harmless where they are opened."""

import datetime as dt
import json
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

type CellText = Callable[[Any], str]

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_CSV_SPECIAL: Final = frozenset('",\r\n')


def is_number(arrow_type: pa.DataType) -> bool:
    """Whether cells of this type are numbers, aligned to the right and never quoted."""
    return bool(
        pa.types.is_integer(arrow_type)
        or pa.types.is_floating(arrow_type)
        or pa.types.is_decimal(arrow_type)
    )


def column_texts(column: pa.Array, as_text: CellText) -> list[str]:
    """Return every cell of a column as text: whole numbers and decimals fast, others one by one.

    Parameters
    ----------
    column : pyarrow.Array
        Cells of one type.
    as_text : callable
        ``csv_text``, ``json_text`` or ``terminal_text``, which agree on numbers but not on null.
    """
    if not (pa.types.is_integer(column.type) or pa.types.is_decimal(column.type)):
        return [as_text(cell) for cell in column.to_pylist()]
    null = as_text(None)
    texts = column.cast(pa.string()).to_pylist()
    return [null if text is None else _without_exponent(text) for text in texts]


def _without_exponent(text: str) -> str:
    """Return 1E-9, as Arrow writes it, as 0.000000001."""
    return format(Decimal(text), "f") if "E" in text else text


def plain_text(value: Any) -> str:  # noqa: ANN401 - a cell of any type
    """Return a cell as text: decimals with all their digits, nested values as JSON."""
    return _PLAIN.get(type(value), str)(value)


def csv_text(value: Any) -> str:  # noqa: ANN401 - a cell of any type
    """Return a cell of a CSV file by RFC 4180: null is empty, an empty text is ``""``.

    A text that a spreadsheet would take for a formula gets a leading apostrophe.
    """
    if value is None:
        return ""
    text = plain_text(value)
    if isinstance(value, str) and text.startswith(_FORMULA_STARTS):
        text = f"'{text}"
    if not text or not _CSV_SPECIAL.isdisjoint(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def terminal_text(value: Any) -> str:  # noqa: ANN401 - a cell of any type
    """Return a cell for a terminal: what would steer it, or turn its text round, is escaped."""
    text = plain_text(value)
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def json_text(value: Any) -> str:  # noqa: ANN401 - a cell of any type
    """Return a cell as JSON: decimals are numbers with all their digits, never floats.

    Numbers that JSON does not have (NaN, infinities) become texts, and so does whatever else it
    has no form for.
    """
    return _JSON.get(type(value), _json_of_text)(value)


def _json_of_text(value: object) -> str:
    return json.dumps(plain_text(value), ensure_ascii=False)


def _json_of_float(value: float) -> str:
    return repr(value) if math.isfinite(value) else f'"{value}"'


def _json_of_mapping(mapping: Mapping[Any, Any]) -> str:
    pairs = (f"{_json_of_text(key)}:{json_text(value)}" for key, value in mapping.items())
    return "{" + ",".join(pairs) + "}"


def _json_of_sequence(values: Sequence[Any]) -> str:
    return "[" + ",".join(map(json_text, values)) + "]"


_JSON: Final[Mapping[type, CellText]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _json_of_float,
    Decimal: lambda value: format(value, "f"),
    dict: _json_of_mapping,
    list: _json_of_sequence,
    tuple: _json_of_sequence,
}

_PLAIN: Final[Mapping[type, CellText]] = {
    type(None): lambda _: "",
    bool: _JSON[bool],
    Decimal: _JSON[Decimal],
    bytes: bytes.hex,
    dt.datetime: dt.datetime.isoformat,
    dict: _json_of_mapping,
    list: _json_of_sequence,
    tuple: _json_of_sequence,
}
