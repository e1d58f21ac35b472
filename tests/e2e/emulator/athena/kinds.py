"""Types and values: Glue's, DuckDB's and the texts that Athena answers with."""

import datetime as dt
import decimal
import math
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

_PLAIN: Final = {"string": "VARCHAR", "int": "INTEGER", "integer": "INTEGER", "binary": "BLOB"}
_NAMES: Final = {
    "HUGEINT": "bigint", "BLOB": "varbinary", "STRUCT": "row", "TIMESTAMP WITH TIME ZONE":
    "timestamp with time zone", "TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
}  # fmt: skip
_WIDER: Final = {
    "TINYINT": {"SMALLINT", "INTEGER", "BIGINT"},
    "SMALLINT": {"INTEGER", "BIGINT"},
    "INTEGER": {"BIGINT"},
    "FLOAT": {"DOUBLE"},
    "HUGEINT": {"BIGINT"},  # DuckDB's sum of whole numbers; Athena's stays a bigint
}
_DECIMAL: Final = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


def duckdb_type(declared: str) -> str:
    """Return DuckDB's spelling of a Glue or Trino type."""
    text = declared.strip().lower()
    for opening, spelled in _NESTED.items():
        if text.startswith(opening):
            return spelled(_split(_inside(text)))
    if text.startswith("decimal"):
        return text.upper() if "(" in text else "DECIMAL(10,0)"
    if text.startswith(("varchar", "char")):
        return "VARCHAR"
    if text.startswith("timestamp"):
        return "TIMESTAMP WITH TIME ZONE" if "zone" in text else "TIMESTAMP"
    return _PLAIN.get(text, text.upper())


def _struct(members: list[str]) -> str:
    """Return a struct of ``name:type`` members."""
    pairs = (member.split(":", 1) for member in members)
    return "STRUCT(" + ", ".join(f'"{n.strip()}" {duckdb_type(t)}' for n, t in pairs) + ")"


_NESTED: Final[dict[str, Callable[[list[str]], str]]] = {
    "array": lambda parts: f"{duckdb_type(parts[0])}[]",
    "map": lambda parts: f"MAP({duckdb_type(parts[0])}, {duckdb_type(parts[1])})",
    "struct<": _struct,
}


def is_readable_as(found: str, wanted: str) -> bool:
    """Return whether Athena reads a column of one DuckDB type as another: equal, or wider."""
    if found == wanted or wanted in _WIDER.get(found, ()):
        return True
    here, there = _DECIMAL.fullmatch(found), _DECIMAL.fullmatch(wanted)
    if here and there:
        return int(here[2]) == int(there[2]) and int(here[1]) <= int(there[1])
    if wanted == "TIMESTAMP":
        return found.startswith("TIMESTAMP") or found == "DATE"
    return False


def athena_name(found: Any) -> str:
    """Return the name under which Athena reports a DuckDB type."""
    text = str(found).upper()
    if text.endswith("[]"):
        return "array"
    base = text.split("(")[0]
    return _NAMES.get(base, base.lower())


def text_of(value: Any) -> str | None:
    """Return a value as Athena writes it."""
    if value is None or isinstance(value, str):
        return value
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    return str(value)


def _member(value: Any) -> str:
    return "null" if value is None else str(text_of(value))


def _number(value: float) -> str:
    """Return a double as Java writes it."""
    if math.isnan(value) or math.isinf(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return format(decimal.Decimal(repr(value)), "f") if value % 1 else f"{value:.1f}"
    sign, digits, exponent = decimal.Decimal(repr(value)).normalize().as_tuple()
    text = "".join(map(str, digits))
    power = len(digits) + int(exponent) - 1
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{power}"


def _moment(value: dt.datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + (" UTC" if value.tzinfo else "")


def _map(value: dict[Any, Any]) -> str:
    return "{" + ", ".join(f"{_member(k)}={_member(v)}" for k, v in value.items()) + "}"


def _array(value: Iterable[Any]) -> str:
    return "[" + ", ".join(map(_member, value)) + "]"


_WRITERS: Final[tuple[tuple[Any, Any], ...]] = (
    (bool, lambda value: "true" if value else "false"),
    (float, _number),
    (decimal.Decimal, lambda value: format(value, "f")),
    (dt.datetime, _moment),
    (dict, _map),
    ((list, tuple), _array),
    ((bytes, bytearray), lambda value: value.hex(" ")),
)


def _inside(text: str) -> str:
    """Return what stands between the outer brackets."""
    return re.split(r"[<(]", text, maxsplit=1)[1][:-1]


def _split(text: str) -> list[str]:
    """Split at the commas that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign in "<(") - (sign in ">)")
        if sign == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]
