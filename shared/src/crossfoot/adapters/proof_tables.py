"""The small tables of a run as rows: usage_lines, reconciliation, restatements, redistributions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any, Final

import numpy as np
import pyarrow as pa

from crossfoot.adapters.arrow_decimals import (
    decimal38_from_int64,
    decimal_from_int64,
    int64_from_decimal,
)
from crossfoot.adapters.ledger_tables import RunLabels
from crossfoot.domain.measures import MEASURES, column_of
from crossfoot.domain.proof import CellProof, Check, PoolMove, Restatement
from crossfoot.domain.usage import INCLUDED_REASON, LineCount

_MASS_UNIT: Final = "kg CO2e"


def line_count_rows(counts: Sequence[LineCount], labels: RunLabels) -> list[pa.Table]:
    """Return the rows of ``usage_lines``, in no table or one."""
    rows = [
        {
            "line_item_type": count.line_item_type,
            "billing_entity": count.billing_entity,
            "is_included": count.is_included,
            "reason": count.exclusion or INCLUDED_REASON,
            "line_count": count.line_count,
            "on_demand_nano": count.on_demand_nano,
            "unblended_nano": count.unblended_nano,
            "currency_code": count.currency_code,
        }
        for count in counts
    ]
    decimals = {"on_demand_cost": "on_demand_nano", "unblended_cost": "unblended_nano"}
    return _rows(rows, decimals, labels)


def reconciliation_rows(
    proof: CellProof, checks: Sequence[Check], labels: RunLabels
) -> list[pa.Table]:
    """Return the rows of ``reconciliation``: every cell and measure, then every other check."""
    tables = [_labelled(_cell_checks(proof), labels)]
    return [*tables, _labelled(_other_checks(checks), labels)] if checks else tables


def restatement_rows(restatements: Sequence[Restatement], labels: RunLabels) -> list[pa.Table]:
    """Return the rows of ``restatements``, in no table or one."""
    rows = [_restatement_row(restatement) for restatement in restatements]
    return _rows(rows, {"before_kgco2e": "before_ug", "after_kgco2e": "after_ug"}, labels)


def redistribution_rows(moves: Sequence[PoolMove], labels: RunLabels) -> list[pa.Table]:
    """Return the rows of ``redistributions``, in no table or one."""
    rows = [_move_row(move) for move in moves]
    return _rows(rows, {column_of(measure): str(measure) for measure in MEASURES}, labels)


def restatements_in(table: pa.Table) -> Iterator[Restatement]:
    """Yield what ``restatement_rows`` wrote."""
    sides = [
        (int64_from_decimal(table[name]).tolist(), table[name].is_valid().to_pylist())
        for name in ("before_kgco2e", "after_kgco2e")
    ]
    for index, row in enumerate(table.to_pylist()):
        before, after = (amounts[index] if valid[index] else None for amounts, valid in sides)
        yield Restatement(
            previous_run_id=row["previous_run_id"],
            restated_at=row["restated_at"].astimezone(UTC),
            cause=row["cause"],
            previous_model_version=row["previous_model_version"],
            model_version=row["model_version"],
            account=row["usage_account_id"],
            region=row["region_code"],
            service=row["carbon_service"],
            measure=row["measure"],
            before_ug=before,
            after_ug=after,
        )


def _rows(
    rows: Sequence[Mapping[str, Any]], decimals: Mapping[str, str], labels: RunLabels
) -> list[pa.Table]:
    """Return rows of plain values; ``decimals`` names the whole numbers behind each column."""
    if not rows:
        return []
    columns: dict[str, pa.Array] = {}
    for name in rows[0].keys() - set(decimals.values()):
        columns[name] = pa.array([row[name] for row in rows])
    for name, key in decimals.items():
        values = [row[key] for row in rows]
        is_null = np.array([value is None for value in values])
        whole = np.array([value or 0 for value in values], np.int64)
        columns[name] = decimal_from_int64(whole, is_null)
    return [_labelled(columns, labels)]


def _labelled(columns: Mapping[str, pa.Array], labels: RunLabels) -> pa.Table:
    n_rows = len(next(iter(columns.values())))
    texts = {"usage_period": labels.usage_period, "run_id": labels.run_id}
    constants = {
        name: pa.repeat(text, n_rows) for name, text in texts.items() if name not in columns
    }
    return pa.table({**constants, **columns})


def _cell_checks(proof: CellProof) -> dict[str, pa.Array]:
    """Return the proof of every cell and measure as columns, measure by measure."""
    measures, cells = np.nonzero(proof.is_compared)
    expected = proof.expected_ug[measures, cells]
    actual = proof.actual_ug[measures, cells]
    take = pa.array(cells)
    return {
        "check_name": pa.repeat("carbon-cell", len(cells)),
        "usage_account_id": pa.array(proof.account, pa.string()).take(take),
        "region_code": pa.array(proof.region, pa.string()).take(take),
        "carbon_service": pa.array(proof.service, pa.string()).take(take),
        "measure": pa.array([str(m) for m in MEASURES], pa.string()).take(pa.array(measures)),
        "unit": pa.repeat(_MASS_UNIT, len(cells)),
        "expected_amount": decimal38_from_int64(expected),
        "actual_amount": decimal38_from_int64(actual),
        "difference": decimal38_from_int64(actual - expected),
        "is_proven": pa.array(proof.is_proven[measures, cells]),
    }


def _other_checks(checks: Sequence[Check]) -> dict[str, pa.Array]:
    def amounts(values: list[int]) -> pa.Array:
        return decimal38_from_int64(np.array(values, np.int64))

    return {
        "check_name": pa.array([check.name for check in checks]),
        "usage_account_id": pa.array([check.account for check in checks], pa.string()),
        "region_code": pa.array([check.region for check in checks], pa.string()),
        "carbon_service": pa.array([check.service for check in checks], pa.string()),
        "measure": pa.array([str(check.measure) for check in checks]),
        "unit": pa.array([check.unit for check in checks]),
        "expected_amount": amounts([check.expected for check in checks]),
        "actual_amount": amounts([check.actual for check in checks]),
        "difference": amounts([check.actual - check.expected for check in checks]),
        "is_proven": pa.array([check.is_proven for check in checks]),
    }


def _restatement_row(restatement: Restatement) -> dict[str, Any]:
    return {
        "previous_run_id": restatement.previous_run_id,
        "restated_at": restatement.restated_at,
        "cause": restatement.cause,
        "previous_model_version": restatement.previous_model_version,
        "model_version": restatement.model_version,
        "usage_account_id": restatement.account,
        "region_code": restatement.region,
        "carbon_service": restatement.service,
        "measure": str(restatement.measure),
        "before_ug": restatement.before_ug,
        "after_ug": restatement.after_ug,
    }


def _move_row(move: PoolMove) -> dict[str, Any]:
    amounts = {str(m): amount for m, amount in zip(MEASURES, move.amount_ug, strict=True)}
    return {
        "pool": move.pool,
        "method": str(move.how),
        "driver": move.driver,
        "consumer_kind": move.consumer_kind,
        "consumer": move.consumer,
        **amounts,
    }
