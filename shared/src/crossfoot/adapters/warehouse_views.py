"""The views: one SQL file each, in Athena's dialect, rendered for Athena or for DuckDB.

A file names the configured tags by placeholders, because every organisation has its own:
``:tag_columns`` (a list of columns), ``:tag_keys`` and ``:tag_values`` (two arrays of text), and
``:tag_key`` with ``:tag_value`` in a query that is repeated for every tag. They are replaced in
the syntax tree, not in the text.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

import sqlglot
from sqlglot import exp

type Dialect = Literal["athena", "duckdb"]

VIEW_NAMES: Final = (
    "emissions_by_scope",
    "emissions_by_region",
    "emissions_by_account",
    "emissions_by_tag",
    "emissions_by_service",
    "emissions_focus",
    "emissions_float",
    "reconciliation_float",
    "restatements_float",
    "emissions_and_impacts",
    "estimate_to_reported",
    "estimate_coverage",
    "idle_machines",
    "impacts_float",
    "water_reported_and_estimated",
)


def view_source(name: str) -> str:
    """Return the SQL file of a view, as written."""
    folder = files("crossfoot.adapters") / "sql" / "views"
    return (folder / f"{name}.sql").read_text(encoding="utf-8")


@lru_cache(maxsize=128)
def view_query(name: str, tag_columns: tuple[str, ...], dialect: Dialect) -> str:
    """Return the query of a view over the given tag columns, in the given dialect.

    Parameters
    ----------
    name : str
        One of ``VIEW_NAMES``.
    tag_columns : tuple of str
        Columns ``tag_...`` of ``emissions``, which may be none.
    dialect : {"athena", "duckdb"}
        Whose SQL to write.

    Notes
    -----
    Kept in memory: rendering all views takes half a second, and a process opens several sessions.
    """
    query = sqlglot.parse_one(view_source(name), read="athena", into=exp.Select)
    names = {node.name for node in query.find_all(exp.Placeholder)}
    filled: exp.Query = query
    if "tag_key" in names:
        filled = _union_over_tags(query, tag_columns)
    elif names:
        filled = _fill(query, _lists(tag_columns))
    return filled.sql(dialect=dialect, comments=False)


def _union_over_tags(query: exp.Select, tag_columns: tuple[str, ...]) -> exp.Query:
    if not tag_columns:
        nothing = exp.cast(exp.null(), "varchar")
        return _fill(query, {"tag_key": [nothing], "tag_value": [nothing]}).where(exp.false())
    branches = [
        _fill(query, {"tag_key": [_key(name)], "tag_value": [exp.column(name)]})
        for name in tag_columns
    ]
    return branches[0] if len(branches) == 1 else exp.union(*branches, distinct=False)


def _lists(tag_columns: tuple[str, ...]) -> dict[str, list[exp.Expression]]:
    return {
        "tag_columns": [exp.column(name) for name in tag_columns],
        "tag_keys": [_texts([_key(name) for name in tag_columns])],
        "tag_values": [_texts([exp.column(name) for name in tag_columns])],
    }


def _fill(query: exp.Select, values: Mapping[str, Sequence[exp.Expression]]) -> exp.Select:
    filled = query.copy()
    for placeholder in list(filled.find_all(exp.Placeholder)):
        copies = [value.copy() for value in values[placeholder.name]]
        # a list of any other length takes the place of the whole clause it stands in
        placeholder.replace(copies[0] if len(copies) == 1 else copies)
    return filled


def _key(tag_column: str) -> exp.Expression:
    return exp.Literal.string(tag_column.removeprefix("tag_"))


def _texts(items: Sequence[exp.Expression]) -> exp.Expression:
    # the cast gives an empty array a type
    return exp.cast(exp.Array(expressions=list(items)), "array<varchar>", dialect="spark")
