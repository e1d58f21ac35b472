"""The roll-up's SQL: written once in Athena's dialect, transpiled for DuckDB."""

from collections.abc import Sequence
from functools import cache
from importlib import resources

import sqlglot
from sqlglot import exp

from crossfoot.domain.configuration import TagKey
from crossfoot.domain.usage_contract import CUR_2, UsageContract

_CODES = ("product_region_code", "product_from_region_code")
_CODED_REGION = "coalesce(nullif(product_region_code, ''), nullif(product_from_region_code, ''))"
_HAS_CODE = "product_region_code <> '' OR product_from_region_code <> ''"
_HAS_NO_CODE = " AND ".join(f"({code} IS NULL OR {code} = '')" for code in _CODES)


@cache
def athena_sql(name: str) -> str:
    """Return one of our SQL files, in Athena's dialect."""
    return (resources.files("crossfoot.adapters") / "sql" / f"{name}.sql").read_text("utf-8")


def lines_select(contract: UsageContract, tag_keys: Sequence[TagKey]) -> exp.Select:
    """Return the lens of a format, in Athena's dialect, with one column per configured tag."""
    lens = parsed(contract.format)
    for key in tag_keys:
        lens = lens.select(exp.alias_(_tag_value(contract, key), key.column, quoted=True))
    return lens


@cache
def lines_select_for_duckdb(contract: UsageContract, tag_keys: tuple[TagKey, ...]) -> str:
    """Return the lens in DuckDB's dialect.

    CUR's ``product`` map takes as long to decode as everything else together, and only rows
    without a Region code need it. DuckDB skips what a filter leaves out, so those rows are read
    by themselves. On Athena, which bills bytes, the plain lens is the better one.
    """
    lens = lines_select(contract, tag_keys)
    if contract is not CUR_2:
        return lens.sql("duckdb", comments=False)
    coded = lens.copy()
    region = next(e for e in coded.expressions if e.alias == "region_code")
    region.set("this", sqlglot.parse_one(_CODED_REGION, read="athena"))
    branches = coded.where(_HAS_CODE), lens.where(_HAS_NO_CODE)
    return " UNION ALL ".join(branch.sql("duckdb", comments=False) for branch in branches)


def plain_lines_for_duckdb(contract: UsageContract) -> str:
    """Return the lens in DuckDB's dialect as it stands, without tags."""
    return duckdb_sql(contract.format)


@cache
def mark_lines(source: str) -> str:
    """Return the marking of lines in DuckDB's dialect, over one of the views of lines."""
    return parsed("mark_lines").from_(source).sql("duckdb", comments=False)


@cache
def duckdb_sql(name: str) -> str:
    """Return one of our SQL files in DuckDB's dialect, as it stands."""
    return parsed(name).sql("duckdb", comments=False)


def raw_lines(contract: UsageContract) -> exp.Select:
    """Return the export's own money as ``control_lines`` reads it, past the lens."""
    money = exp.alias_(exp.column(contract.money_column), "unblended_cost")
    return exp.select(money).from_("usage_export")


def control_lines_for_duckdb(contract: UsageContract, condition: str) -> str:
    """Return the count of raw lines and money in DuckDB's dialect, where a condition holds."""
    raw = raw_lines(contract).where(condition, dialect="duckdb")
    return parsed("control_lines").with_("raw_lines", as_=raw).sql("duckdb", comments=False)


def roll_up_select(tag_keys: Sequence[TagKey]) -> exp.Select:
    """Return the roll-up in Athena's dialect, with tags; see ``roll_up_usage``."""
    outer = parsed("roll_up_usage")
    summed, weighed = (subquery.this for subquery in outer.find_all(exp.Subquery))
    weighed.select(*_columns(tag_keys, table="l"), copy=False)
    summed.select(*_columns(tag_keys), copy=False)
    summed.group_by(*_columns(tag_keys), copy=False)
    tags = _columns(tag_keys, table="u")
    return outer.select(*tags).order_by(*tags, exp.column("model_name", table="p"))


@cache
def roll_up_usage(tag_keys: tuple[TagKey, ...]) -> str:
    """Return the roll-up in DuckDB's dialect.

    Reads ``lines_of_month``, ``kinds``, ``places`` and ``account_names``.
    """
    return roll_up_select(tag_keys).sql("duckdb", comments=False)


def weigh_cells() -> exp.Select:
    """Return key and value of the usage by cell in Athena's dialect.

    Reads ``lines_of_month``, ``kinds`` and ``places``; who the accounts are does not matter.
    """
    rolled_up = roll_up_select(())
    rolled_up.set("joins", [each for each in rolled_up.args["joins"] if each.alias_or_name != "n"])
    rolled_up.set("expressions", [e for e in rolled_up.expressions if e.table != "n"])
    rolled_up.set("order", None)
    return parsed("weigh_cells").with_("rolled_up", as_=rolled_up)


@cache
def weigh_cells_for_duckdb() -> str:
    """Return the same in DuckDB's dialect."""
    return weigh_cells().sql("duckdb", comments=False)


def _where_kept(contract: UsageContract, key: TagKey) -> tuple[str, tuple[str, ...]]:
    """Return the map column, and every spelling under which AWS may deliver the key."""
    if contract is not CUR_2:
        return "Tags", (key.key, f"user:{key.key}")
    if key.is_cost_category:
        return "cost_category", (key.key,)
    snake = key.column.removeprefix("tag_")
    if key.key.startswith(("user_", "aws")):
        return "resource_tags", tuple(dict.fromkeys((key.key, snake)))
    return "resource_tags", tuple(dict.fromkeys((f"user_{snake}", f"user_{key.key}", key.key)))


def parsed(name: str) -> exp.Select:
    """Return one of our SQL files as a tree, new at each call."""
    statement = sqlglot.parse_one(athena_sql(name), read="athena")
    assert isinstance(statement, exp.Select)  # noqa: S101 - our own file
    return statement


def _columns(tag_keys: Sequence[TagKey], table: str | None = None) -> list[exp.Column]:
    return [exp.column(key.column, table=table, quoted=True) for key in tag_keys]


def _tag_value(contract: UsageContract, key: TagKey) -> exp.Expression:
    """Look a key up where the format keeps tags; an empty value is no value.

    CUR 2.0 spells a user's tag ``Cost Center`` as ``user_cost_center`` in ``resource_tags``, FOCUS
    as given or ``user:Cost Center``. Cost categories have a map in CUR, and none in FOCUS.
    """
    column, spellings = _where_kept(contract, key)
    lookups = [
        exp.func("element_at", exp.column(column), exp.Literal.string(spelling), dialect="athena")
        for spelling in spellings
    ]
    value = exp.Coalesce(this=lookups[0], expressions=lookups[1:]) if lookups[1:] else lookups[0]
    return exp.Nullif(this=value, expression=exp.Literal.string(""))
