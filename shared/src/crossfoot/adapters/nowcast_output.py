"""Nowcasts as rows: the declared columns as Arrow, and what JSON says."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from crossfoot.adapters.arrow_decimals import decimal_from_int64
from crossfoot.domain.errors import InvalidArgumentError
from crossfoot.domain.measures import MEASURES, TOTALS, column_of
from crossfoot.domain.nowcasts import NOWCAST, RANGE_PERCENT, NowcastLevel, NowcastMonth
from crossfoot.usecases.nowcast_months import Nowcast, NowcastReceipt, NowcastTotal

_SUFFIXES: Final = (".json", ".parquet")
_MICROGRAMS_PER_KILOGRAM: Final = Decimal(10**9)


def check_output(path: Path) -> None:
    """Refuse a file that is neither JSON nor Parquet, before anything is computed.

    Raises
    ------
    InvalidArgumentError
        By the file's name.
    """
    if path.suffix not in _SUFFIXES:
        raise InvalidArgumentError(
            f"--out {path.name} ends in neither {' nor '.join(_SUFFIXES)}.",
            mend="Name the file so, and it is written so.",
        )


def write_nowcast(receipt: NowcastReceipt, path: Path) -> None:
    """Write Parquet, a row per cell, or JSON, by the name of the file."""
    if path.suffix == ".parquet":
        pq.write_table(
            nowcast_table(receipt), path, compression="zstd", store_decimal_as_integer=True
        )
    else:
        path.write_text(json_of(receipt), encoding="utf-8")


def nowcast_table(receipt: NowcastReceipt) -> pa.Table:
    """Return the rows of all months in the order of month, account, Region and bucket."""
    return pa.concat_tables([_table(receipt, each.month) for each in receipt.months])


def _table(receipt: NowcastReceipt, month: NowcastMonth) -> pa.Table:
    n_rows = len(month.names)
    said = {
        "usage_period": month.usage_period.text,
        "status": "nowcast",
        "model_version": receipt.model_version,
        "learnt_from": receipt.learnt[0].text,
        "learnt_to": receipt.learnt[-1].text,
    }
    columns: dict[str, pa.Array] = {
        name: pa.repeat(pa.scalar(text), n_rows) for name, text in said.items()
    }
    for name, values in (
        ("usage_account_id", month.names.account),
        ("region_code", month.names.region),
        ("carbon_service", month.names.service),
    ):
        columns[name] = pa.array(values.tolist(), pa.string())
    levels = [NowcastLevel(code).text for code in month.level.tolist()]
    columns["nowcast_level"] = pa.array(levels, pa.string())
    for row, measure in enumerate(MEASURES):
        columns[column_of(measure)] = decimal_from_int64(
            month.amount_ug[row], ~month.is_figure[row]
        )
    for row, total in enumerate(TOTALS):
        for end, bound in (("low", month.low_ug), ("high", month.high_ug)):
            columns[f"{total}_{end}_kgco2e"] = decimal_from_int64(
                np.ascontiguousarray(bound[row]), ~month.has_range[row]
            )
    return pa.table({column.name: columns[column.name] for column in NOWCAST.columns})


def json_of(receipt: NowcastReceipt) -> str:
    """Return the whole receipt as JSON text; decimals as exact texts of kilograms."""
    document = {
        "status": "nowcast",
        "unit": "kg CO2e",
        "model_version": receipt.model_version,
        "learnt": [period.text for period in receipt.learnt],
        "range_percent": RANGE_PERCENT,
        "n_replays": receipt.n_replays,
        "months": [_month(receipt, each) for each in receipt.months],
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _month(receipt: NowcastReceipt, each: Nowcast) -> dict[str, Any]:
    month = each.month
    repeated = {"usage_period", "status", "model_version", "learnt_from", "learnt_to"}
    rows = _table(receipt, month).to_pylist()
    return {
        "usage_period": month.usage_period.text,
        "horizon": month.horizon,
        "is_running": month.is_running,
        "on_demand_value_without_figure": _plain(
            Decimal(month.unknown_cost_nano) / _MICROGRAMS_PER_KILOGRAM
        ),
        "organisation": _totals(each.organisation),
        "accounts": [
            {"usage_account_id": name, **_totals(totals)} for name, totals in each.accounts.items()
        ],
        "cells": [
            {name: _plain(value) for name, value in row.items() if name not in repeated}
            for row in rows
        ],
    }


def _totals(totals: tuple[NowcastTotal, ...]) -> dict[str, Any]:
    return {
        column_of(measure): {
            "value": _kilograms(total.amount_ug),
            "low": _kilograms(total.low_ug),
            "high": _kilograms(total.high_ug),
        }
        for measure, total in zip(TOTALS, totals, strict=True)
    }


def _kilograms(amount_ug: int | None) -> str | None:
    return None if amount_ug is None else f"{Decimal(amount_ug) / _MICROGRAMS_PER_KILOGRAM:.9f}"


def _plain(value: object) -> object:
    return f"{value:.9f}" if isinstance(value, Decimal) else value
