"""The pipeline's statements for Athena: our SQL files, bound to pinned copies by common tables.

Nothing is created at run time: a statement is one ``UNLOAD`` over tables that are there already.
Literals are ids that were checked, identifiers come from our declarations.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from crossfoot.adapters import usage_sql
from crossfoot.domain.configuration import TagKey
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.usage_contract import CUR_2, FOCUS, UsageContract
from crossfoot.domain.work_columns import (
    ACCOUNT_SHARDS,
    CUR2_EXPORT,
    FOCUS_EXPORT,
    KINDS,
    PLACES,
    POOL_MEMBERS,
    WRITTEN_EMISSIONS,
    WorkTable,
)

SHARD: Final = "shard"
MOST_PARTITIONS: Final = 100
"""Athena writes no more of them in one statement."""

_EXPORTS: Final[Mapping[UsageContract, WorkTable]] = MappingProxyType(
    {CUR_2: CUR2_EXPORT, FOCUS: FOCUS_EXPORT}
)
_LITERAL: Final = re.compile(r"[A-Za-z0-9-]{1,80}", re.ASCII)
_LOCATION: Final = re.compile(
    r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[A-Za-z0-9/=_-]{1,400}/", re.ASCII
)
_ABSENT: Final = "(nothing)"
"""What stands for null where rows are brought together by hash; equality is asked again after."""


@dataclass(frozen=True, slots=True)
class UsageQuestion:
    """Which lines the statements are about."""

    contract: UsageContract
    usage_period: UsagePeriod
    usage_digest: str
    tags: tuple[TagKey, ...]


def survey(question: UsageQuestion) -> dict[str, str]:
    """Return what is asked of the raw lines before they are rolled up, by name.

    ``lines``: every line counted in rows and money, by month and reason. ``kinds``: every distinct
    kind. ``accounts``: every account. ``control``: rows and money of the month past the lens.
    """
    marked = _with_lines(usage_sql.parsed("count_lines"), question)
    lens = usage_sql.lines_select(question.contract, ())
    asked = {
        "lines": marked,
        "kinds": _with(usage_sql.parsed("list_kinds"), _export(question), lines=lens),
        "accounts": _with(usage_sql.parsed("list_accounts"), _export(question), lines=lens),
        "control": _with(
            usage_sql.parsed("control_lines"),
            _export(question),
            raw_lines=usage_sql.raw_lines(question.contract).where(
                _within(question.contract.period_column, question.usage_period)
            ),
        ),
    }
    return {name: _text(select) for name, select in asked.items()}


def roll_up(question: UsageQuestion, run: str) -> str:
    """Return the roll-up with the shard of each row as the last column; not in any order.

    ``run`` names the partition of ``kinds``, ``places`` and ``account_shards``.
    """
    select = usage_sql.roll_up_select(question.tags).select(exp.column(SHARD, table="n"))
    names = _partition(ACCOUNT_SHARDS, run=run)
    return _text(_of_run(select, question, run, tags=question.tags, account_names=names))


def cell_weights(question: UsageQuestion, run: str) -> str:
    """Return allocation key and on-demand value of the usage by cell, as a nowcast takes them.

    ``run`` names the partition of ``kinds`` and ``places``.
    """
    return _text(_of_run(usage_sql.weigh_cells(), question, run))


def roll_up_order(tags: Sequence[TagKey]) -> list[str]:
    """Return the columns that put the roll-up into its canonical order, which is total."""
    order = usage_sql.roll_up_select(tags).args["order"]
    return [ordered.this.name for ordered in order.expressions]


def cell_sums(usage_period: UsagePeriod, run_id: str) -> str:
    """Return the sums of written emissions by cell."""
    written = _written(usage_period, run_id)
    return _text(_with(usage_sql.parsed("sum_cells"), emissions_of_run=written))


def party_sums(usage_period: UsagePeriod, run_id: str, consumer_column: str, run: str) -> str:
    """Return the sums of written emissions by pool and consumer.

    ``run`` names the partition of ``pool_members``.
    """
    consumer = exp.alias_(exp.column(consumer_column, quoted=True), "consumer")
    return _text(
        _with(
            usage_sql.parsed("sum_parties"),
            emissions_of_run=_written(usage_period, run_id).select(consumer),
            members=_partition(POOL_MEMBERS, run=run),
        )
    )


def unload(select: str, location: str, *, partitioned_by: str | None = None) -> str:
    """Return the statement that writes an answer as Parquet into an empty folder.

    Parameters
    ----------
    select : str
        In Athena's dialect; a partition column is its last one.
    location : str
        URI of the folder, with its last slash.
    partitioned_by : str, optional
        Column whose values become folders; the files do not hold it.
    """
    if _LOCATION.fullmatch(location) is None:
        raise ValueError(f"{location!r} is not the folder of an answer")
    options = ["format = 'PARQUET'", "compression = 'ZSTD'"]
    if partitioned_by is not None:
        options.append(f"partitioned_by = ARRAY['{_checked(partitioned_by)}']")
    return f"UNLOAD ({select}) TO '{location}' WITH ({', '.join(options)})"


def _of_run(
    select: exp.Select,
    question: UsageQuestion,
    run: str,
    *,
    tags: tuple[TagKey, ...] = (),
    **tables: exp.Select,
) -> exp.Select:
    """Put the lines of the month and their classes before a roll-up, in its own order."""
    for condition in list(select.find_all(exp.NullSafeEQ)):
        condition.replace(_hashable(condition))
    for table in select.find_all(exp.Table):
        # a common table may not read a work table of its own name
        if table.name in {KINDS.table.name, PLACES.table.name}:
            table.set("this", exp.to_identifier(f"{table.name}_of_run"))
    within = _within("billing_period", question.usage_period)
    of_run = {
        "lines_of_month": exp.select("*").from_("marked_lines").where(within),
        "kinds_of_run": _partition(KINDS, run=run),
        "places_of_run": _partition(PLACES, run=run),
        **tables,
    }
    own = select.args.pop("with_", None)
    select = _with(_with_lines(select, question, tags=tags), **of_run)
    return select if own is None else _with(select, **{c.alias: c.this for c in own.expressions})


def _with_lines(
    select: exp.Select, question: UsageQuestion, *, tags: tuple[TagKey, ...] = ()
) -> exp.Select:
    return _with(
        select,
        _export(question),
        lines=usage_sql.lines_select(question.contract, tags),
        marked_lines=usage_sql.parsed("mark_lines"),
    )


def _export(question: UsageQuestion) -> exp.Select:
    return _partition(_EXPORTS[question.contract], delivery=question.usage_digest)


def _written(usage_period: UsagePeriod, run_id: str) -> exp.Select:
    keys = {"usage_period": usage_period.text, "run_id": run_id}
    return _partition(WRITTEN_EMISSIONS, **keys)


def _partition(work: WorkTable, **keys: str) -> exp.Select:
    """Return one partition of a work table; without its key Athena refuses to read."""
    if tuple(keys) != work.keys:
        raise ValueError(f"{work.table.name} has the keys {work.keys}, not {tuple(keys)}")
    matches = [
        exp.EQ(this=exp.column(key), expression=exp.Literal.string(_checked(value)))
        for key, value in keys.items()
    ]
    return exp.select("*").from_(work.table.name).where(*matches)


def _with(
    select: exp.Select, usage_export: exp.Select | None = None, **tables: exp.Select
) -> exp.Select:
    """Put common tables before a statement, in the order in which they read each other."""
    if usage_export is not None:
        tables = {"usage_export": usage_export, **tables}
    for name, table in tables.items():
        select = select.with_(name, as_=table)
    return select


def _within(column: str, period: UsagePeriod) -> exp.Condition:
    start, end = (
        exp.cast(exp.Literal.string(instant.strftime("%Y-%m-%d %H:%M:%S")), "TIMESTAMP")
        for instant in (period.start, period.end)
    )
    return exp.and_(exp.column(column) >= start, exp.column(column) < end)


def _hashable(condition: exp.NullSafeEQ) -> exp.Condition:
    """Add an equality to a null-safe one: Athena brings rows together by equalities only."""
    sides = [
        exp.Coalesce(this=side.copy(), expressions=[exp.Literal.string(_ABSENT)])
        for side in (condition.this, condition.expression)
    ]
    return exp.and_(exp.EQ(this=sides[0], expression=sides[1]), condition.copy())


def _text(select: exp.Select) -> str:
    select.set("order", None)
    return select.sql("athena", comments=False)


def _checked(text: str) -> str:
    if _LITERAL.fullmatch(text) is None:
        raise ValueError(f"{text[:100]!r} is not an id")
    return text
