"""What the survey of the raw lines answers, and what the roll-up does: schemas and readings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from crossfoot.adapters.history_sql import KEYS
from crossfoot.adapters.history_sql import WEIGHTS as CELL_WEIGHTS
from crossfoot.adapters.usage_shards import ROLLED_UP_AMOUNTS, ROLLED_UP_TEXTS
from crossfoot.domain.usage import LineCount
from crossfoot.domain.work_columns import KIND_KEYS
from crossfoot.usecases.pipeline_ports import SurveyedAccount

_MONEY: Final = ("on_demand_nano", "unblended_nano")
_LINE_KEYS: Final = ("line_item_type", "billing_entity", "exclusion", "currency_code")

LINES: Final = pa.schema(
    [
        ("billing_period", pa.timestamp("us")),
        ("payer_account_id", pa.string()),
        *((name, pa.string()) for name in _LINE_KEYS),
        *((name, pa.int64()) for name in ("line_count", *_MONEY)),
    ]
)
KINDS: Final = pa.schema([(name, pa.string()) for name in KIND_KEYS])
ACCOUNTS: Final = pa.schema(
    [("usage_account_id", pa.string()), ("account_name", pa.string()), ("line_count", pa.int64())]
)
CONTROL: Final = pa.schema([("line_count", pa.int64()), ("unblended_nano", pa.int64())])
WEIGHTS: Final = pa.schema(
    [*((name, pa.string()) for name in KEYS), *((name, pa.int64()) for name in CELL_WEIGHTS)]
)
SURVEY: Final = {"lines": LINES, "kinds": KINDS, "accounts": ACCOUNTS, "control": CONTROL}


def months_in(lines: pa.Table) -> list[str | None]:
    """Return ``YYYY-MM`` of every month that has lines; ``None`` for lines without one."""
    found = {None if day is None else f"{day:%Y-%m}" for day in lines["billing_period"].to_pylist()}
    return sorted(found, key=lambda text: (text is None, text or ""))


def payers_in(lines: pa.Table) -> list[str]:
    """Return the management accounts named by usage of AWS."""
    rows = zip(lines["payer_account_id"].to_pylist(), lines["exclusion"].to_pylist(), strict=True)
    return sorted({payer for payer, exclusion in rows if payer is not None and exclusion is None})


def line_counts_in(lines: pa.Table) -> list[LineCount]:
    """Return the lines by type, entity, reason and currency, nulls last, over all payers."""
    grouped: dict[tuple[str | None, ...], list[dict[str, Any]]] = {}
    for row in lines.to_pylist():
        grouped.setdefault(tuple(row[name] for name in _LINE_KEYS), []).append(row)
    ordered = sorted(grouped, key=lambda key: [(part is None, part or "") for part in key])
    return [_line_count(grouped[key]) for key in ordered]


def accounts_in(answer: pa.Table) -> list[SurveyedAccount]:
    """Return the accounts that have lines under an id."""
    return [
        SurveyedAccount(row["usage_account_id"], row["account_name"], row["line_count"])
        for row in answer.to_pylist()
        if row["usage_account_id"]
    ]


def control_in(answer: pa.Table) -> tuple[int, int]:
    """Return lines and unblended cost past the roll-up, in billionths."""
    ((lines, money),) = zip(*(column.to_pylist() for column in answer.columns), strict=True)
    return int(lines), int(money)


def roll_up_schema(tag_columns: Sequence[str]) -> pa.Schema:
    """Return the schema of the roll-up, without the shard: a folder holds one."""
    return pa.schema(
        [
            *((name, pa.string()) for name in ROLLED_UP_TEXTS),
            *((name, pa.int64()) for name in ROLLED_UP_AMOUNTS),
            *((name, pa.string()) for name in tag_columns),
        ]
    )


def _line_count(rows: Sequence[Mapping[str, Any]]) -> LineCount:
    return LineCount(
        line_item_type=rows[0]["line_item_type"],
        billing_entity=rows[0]["billing_entity"],
        exclusion=rows[0]["exclusion"],
        currency_code=rows[0]["currency_code"],
        line_count=sum(row["line_count"] for row in rows),
        on_demand_nano=_sum(row["on_demand_nano"] for row in rows),
        unblended_nano=_sum(row["unblended_nano"] for row in rows),
    )


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
