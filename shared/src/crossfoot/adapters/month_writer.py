"""Writing one run of one month into the warehouse's staging."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

from crossfoot.adapters.arrow_decimals import decimal38_from_int64, decimal_from_int64
from crossfoot.adapters.ledger_tables import RunLabels, emission_rows, pieces_of, usage_rows
from crossfoot.adapters.proof_sums import cell_sums, party_sums
from crossfoot.adapters.usage_shards import UsageShard, cut_shards
from crossfoot.adapters.warehouse_staging import StagedRun
from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.columns import (
    EMISSIONS,
    EMISSIONS_RANGES,
    RECONCILIATION,
    REDISTRIBUTIONS,
    RESTATEMENTS,
    USAGE,
    USAGE_LINES,
    Table,
)
from crossfoot.domain.configuration import Redistribution
from crossfoot.domain.measures import MEASURES, column_of
from crossfoot.domain.proof import CellProof, CellSums, Check, PartySums, PoolMove, Restatement
from crossfoot.domain.usage import INCLUDED_REASON, LineCount
from crossfoot.engine.shapes import Ledger
from crossfoot.usecases.ports import Shard

_MASS_UNIT = "kg CO2e"


class ParquetMonthWriter:
    """One run of one month; implements ``MonthWriter``. A context manager."""

    def __init__(
        self, staged: StagedRun, labels: RunLabels, accounts: AccountDirectory, scratch: Path
    ) -> None:
        self._staged = staged
        self._labels = labels
        self._accounts = accounts
        self._scratch = scratch
        self._emissions = staged.writer(EMISSIONS)
        self._ranges = staged.writer(EMISSIONS_RANGES)
        self._usage = staged.writer(USAGE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._staged.discard()

    def shards_without_usage(self, cells: ReportedCells) -> Iterator[UsageShard]:
        """Yield the cells of a month whose usage nobody delivered."""
        return cut_shards((), cells, tag_columns=self._labels.tag_columns)

    def write_shard(self, shard: Shard, ledger: Ledger) -> None:
        """Append a shard's usage, ledger and ranges.

        Raises
        ------
        TypeError
            The shard was not cut by ``usage_shards``, so its texts are not known.
        """
        if not isinstance(shard, UsageShard):
            raise TypeError(f"cannot write {type(shard).__name__}, only UsageShard")
        for part in pieces_of(ledger):
            emissions, ranges = emission_rows(shard, part, self._labels, self._accounts)
            self._emissions.write(emissions)
            self._ranges.write(ranges)
        for rows in usage_rows(shard, self._labels, self._accounts):
            self._usage.write(rows)

    def write_line_counts(self, counts: Sequence[LineCount]) -> None:
        """Write ``usage_lines``."""
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
        self._write(
            USAGE_LINES,
            rows,
            {"on_demand_cost": "on_demand_nano", "unblended_cost": "unblended_nano"},
        )

    def closed_files(self) -> dict[str, Path]:
        """Close the three large tables and return where each was written."""
        writers = {
            "usage": self._usage,
            "emissions": self._emissions,
            "emissions_ranges": self._ranges,
        }
        for writer in writers.values():
            writer.close()
        return {name: writer.path for name, writer in writers.items()}

    def close_ledger(self) -> None:
        """Close the ledger, so that it can be read back."""
        self._emissions.close()

    def cell_sums(self) -> CellSums:
        """Return emissions by cell and the money, read back from what was written."""
        return cell_sums([self._emissions.path], self._scratch)

    def party_sums(self, redistribution: Redistribution) -> list[PartySums]:
        """Return what was written by pool and consumer."""
        return party_sums([self._emissions.path], redistribution, self._scratch)

    def write_proof(
        self,
        proof: CellProof,
        checks: Sequence[Check],
        restatements: Sequence[Restatement],
        moves: Sequence[PoolMove],
    ) -> None:
        """Write ``reconciliation``, ``restatements`` and ``redistributions``."""
        writer = self._staged.writer(RECONCILIATION)
        writer.write(self._labelled(_cell_checks(proof)))
        if checks:
            writer.write(self._labelled(_other_checks(checks)))
        self._write(
            RESTATEMENTS,
            [_restatement_row(restatement) for restatement in restatements],
            {"before_kgco2e": "before_ug", "after_kgco2e": "after_ug"},
        )
        self._write(
            REDISTRIBUTIONS,
            [_move_row(move) for move in moves],
            {column_of(measure): str(measure) for measure in MEASURES},
        )

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Make the run whole; it can be published now."""
        self._staged.finish(manifest)

    def _write(
        self, table: Table, rows: Sequence[Mapping[str, Any]], decimals: Mapping[str, str]
    ) -> None:
        """Write rows of plain values; ``decimals`` names the whole numbers behind each column."""
        writer = self._staged.writer(table)
        if not rows:
            return
        columns: dict[str, pa.Array] = {}
        for name in rows[0].keys() - set(decimals.values()):
            columns[name] = pa.array([row[name] for row in rows])
        for name, key in decimals.items():
            values = [row[key] for row in rows]
            is_null = np.array([value is None for value in values])
            whole = np.array([value or 0 for value in values], np.int64)
            columns[name] = decimal_from_int64(whole, is_null)
        writer.write(self._labelled(columns))

    def _labelled(self, columns: Mapping[str, pa.Array]) -> pa.Table:
        n_rows = len(next(iter(columns.values())))
        labels = {"usage_period": self._labels.usage_period, "run_id": self._labels.run_id}
        constants = {
            name: pa.repeat(text, n_rows) for name, text in labels.items() if name not in columns
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
