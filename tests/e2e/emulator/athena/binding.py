"""Names in a statement: which table is meant, and which partitions its WHERE names."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlglot
from ministack.services import glue
from sqlglot import exp

from emulator.athena.failures import AthenaError
from emulator.athena.kinds import duckdb_type
from emulator.athena.partitions import Asked, partition_keys, partitions_read
from emulator.athena.relations import PATH_COLUMN, Relations

_VIEW_OPENING: Final = "/* Presto View: "
_VIEW_CLOSING: Final = " */"


def bind(tree: exp.Expression, database: str, relations: Relations) -> exp.Expression:
    """Return the statement with every table of Glue replaced by a relation of DuckDB."""
    tree = tree.copy()
    for node in list(tree.find_all(exp.Table)):
        if not isinstance(node.this, exp.Identifier) or _is_common_table(node):
            continue
        bound = _bound(node, node.db.lower() or database, relations)
        bound.set("alias", node.args.get("alias") or _alias(node.name.lower()))
        if node.args.get("joins"):
            bound.set("joins", node.args["joins"])
        node.replace(bound)
    for column in tree.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)
    return tree


def _bound(node: exp.Table, database: str, relations: Relations) -> exp.Expression:
    """Return what a table's name stands for."""
    table = glue._tables.get(f"{database}/{node.name.lower()}")
    if table is None:
        raise AthenaError(
            f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{database}.{node.name}' "
            "does not exist"
        )
    if table.get("TableType") == "VIRTUAL_VIEW":
        return exp.Subquery(this=_view(table, relations))
    paths = _asks_paths(node)
    read = partitions_read(database, table, _asked(node, table))
    return exp.Table(this=exp.to_identifier(relations.view(table, read, paths=paths)))


def _view(table: Mapping[str, Any], relations: Relations) -> exp.Expression:
    """Return the query of a view, its columns cast to the types that it declares."""
    text = table.get("ViewOriginalText") or ""
    if not text.startswith(_VIEW_OPENING):
        raise AthenaError(f"INVALID_VIEW: '{table['Name']}' holds no Presto view")
    encoded = text.removeprefix(_VIEW_OPENING).removesuffix(_VIEW_CLOSING)
    view = json.loads(base64.b64decode(encoded))
    query = bind(sqlglot.parse_one(view["originalSql"], read="athena"), view["schema"], relations)
    shown = [
        f'CAST("{column["name"]}" AS {duckdb_type(column["type"])}) AS "{column["name"]}"'
        for column in view["columns"]
    ]
    outer = sqlglot.parse_one(f"SELECT {', '.join(shown)}", read="duckdb", into=exp.Select)
    return outer.from_(exp.Subquery(this=query, alias=_alias("v")))


def _is_common_table(node: exp.Table) -> bool:
    """Return whether a name is one that an enclosing WITH defines before this place."""
    return not node.db and any(name == node.name.lower() for name in _common_names(node))


def _common_names(node: exp.Expression) -> Iterator[str]:
    """Yield the names of the WITH clauses that a place sees."""
    outer = node.parent
    within = list(_ancestry(node))
    while outer is not None:
        clause = outer.args.get("with_")
        for common in clause.expressions if clause else ():
            if any(common is each for each in within):
                break  # a WITH member sees only those before it
            yield common.alias.lower()
        outer = outer.parent


def _ancestry(node: exp.Expression | None) -> Iterator[exp.Expression]:
    while node is not None:
        yield node
        node = node.parent


def _asks_paths(node: exp.Table) -> bool:
    """Return whether the SELECT around a table names ``$path``."""
    scope = node.find_ancestor(exp.Select)
    return scope is not None and any(
        column.name == PATH_COLUMN for column in scope.find_all(exp.Column)
    )


def _asked(node: exp.Table, table: Mapping[str, Any]) -> Asked:
    """Return the values that the WHERE beside a table allows for each partition key."""
    keys = {key["Name"].lower(): key["Name"] for key in partition_keys(table)}
    asked: dict[str, frozenset[str]] = {}
    for column, values in _equalities(node):
        name = keys.get(column.name.lower())
        if name and column.table.lower() in {"", node.alias_or_name.lower()}:
            asked[name] = asked.get(name, values) & values
    return asked


def _equalities(node: exp.Table) -> Iterator[tuple[exp.Column, frozenset[str]]]:
    """Yield ``column = 'text'`` and ``column IN ('text', ...)`` of the conditions that all hold."""
    scope = node.find_ancestor(exp.Select)
    where = scope.args.get("where") if scope else None
    if where is None:
        return
    together = where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
    for condition in (each.unnest() for each in together):
        texts = _allowed(condition)
        column = condition.this
        if isinstance(column, exp.Column) and texts and all(_is_text(each) for each in texts):
            yield column, frozenset(each.name for each in texts)


def _allowed(condition: exp.Expression) -> list[exp.Expression]:
    """Return what a condition allows its left side to be; nothing for what is no equality."""
    if isinstance(condition, exp.EQ):
        return [condition.expression]
    return condition.expressions if isinstance(condition, exp.In) else []


def _is_text(node: exp.Expression) -> bool:
    return isinstance(node, exp.Literal) and node.is_string


def _alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True))
