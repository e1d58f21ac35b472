"""The proof of a month: what came in equals what was written, as whole numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.errors import ReconciliationError
from crossfoot.domain.measures import MEASURES, TOTALS
from crossfoot.domain.proof import CellProof, CellSums, Check
from crossfoot.domain.units import (
    MICROGRAMS_PER_GRAM,
    NANOS_PER_UNIT,
)
from crossfoot.domain.usage import LineCount
from crossfoot.engine.reconciliation import aws_rounding
from crossfoot.engine.totals import TOTAL_INDICES, expected_ug

MASS_UNIT = "kg CO2e"
_AWS_ROUNDING_UG = 2 * MICROGRAMS_PER_GRAM
"""A total and its three scopes are four figures, each rounded to one gram: two grams at most."""


@dataclass(frozen=True, slots=True, eq=False)
class MonthProof:
    """Every comparison of a month that has passed."""

    cells: CellProof
    checks: tuple[Check, ...]

    @property
    def n_checks(self) -> int:
        """Number of comparisons made."""
        return int(self.cells.is_compared.sum()) + len(self.checks)


def prove_month(
    cells: ReportedCells,
    written: CellSums,
    lines: Sequence[LineCount] | None,
    control: tuple[int, int],
) -> MonthProof:
    """Compare what was read back with what came in.

    Parameters
    ----------
    cells : ReportedCells
        AWS's figures.
    written : CellSums
        What was read back.
    lines : sequence of LineCount or None
        Every line of the month's usage; ``None`` where none was delivered.
    control : tuple of int
        Lines and unblended cost past the roll-up, see ``UsageMonth.control``.

    Raises
    ------
    ReconciliationError
        A sum differs; the caller publishes nothing.
    """
    checks = [] if lines is None else usage_checks(lines, control, written)
    proof = prove_cells(cells, written.cells)
    checks += [*total_checks(proof), *rounding_checks(cells)]
    require_proof(proof, checks)
    return MonthProof(proof, tuple(checks))


def prove_cells(cells: ReportedCells, written: ReportedCells) -> CellProof:
    """Align AWS's cells with what was written; a cell that AWS did not report expects nothing."""
    keys = list(zip(cells.account, cells.region, cells.service, strict=True))
    position = {key: index for index, key in enumerate(keys)}
    found = list(zip(written.account, written.region, written.service, strict=True))
    others = [key for key in found if key not in position]
    position.update({key: len(keys) + index for index, key in enumerate(others)})
    place = np.fromiter((position[key] for key in found), np.int64, len(found))
    shape = len(MEASURES), len(position)
    reported, is_expected = expected_ug(cells)
    expected, actual = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    is_compared = np.zeros(shape, np.bool_)
    expected[:, : len(keys)] = reported
    actual[:, place] = written.amount_ug
    is_compared[:, : len(keys)] = is_expected
    is_compared |= actual != 0
    columns = [texts([key[part] for key in (*keys, *others)]) for part in range(3)]
    return CellProof(columns[0], columns[1], columns[2], expected, actual, is_compared)


def total_checks(proof: CellProof) -> list[Check]:
    """Sum both sides by measure, so that a month's proof fits into one look."""
    return [
        Check(
            "carbon-total",
            measure,
            MASS_UNIT,
            sum(proof.expected_ug[index].tolist()),
            sum(proof.actual_ug[index].tolist()),
        )
        for index, measure in enumerate(MEASURES)
        if proof.is_compared[index].any()
    ]


def rounding_checks(cells: ReportedCells) -> list[Check]:
    """Keep the difference between AWS's total and the sum of its scopes; it is never spread."""
    checks: list[Check] = []
    rounding, is_known = aws_rounding(cells)
    for total, position, gaps, known in zip(TOTALS, TOTAL_INDICES, rounding, is_known, strict=True):
        reported = cells.amount_ug[position]
        scopes = reported - gaps
        differs = known & (gaps != 0)
        checks.extend(
            Check(
                "aws-rounding",
                total,
                MASS_UNIT,
                int(reported[index]),
                int(scopes[index]),
                cells.account[index],
                cells.region[index],
                cells.service[index],
                is_binding=False,
                tolerance=_AWS_ROUNDING_UG,
            )
            for index in np.flatnonzero(differs)
        )
    return checks


def usage_checks(
    counts: Sequence[LineCount], control: tuple[int, int], written: CellSums
) -> list[Check]:
    """Compare lines and money: the files against the roll-up, the roll-up against the ledger."""
    currency = next((count.currency_code for count in counts if count.currency_code), "currency")
    included = [count for count in counts if count.is_included]
    lines, unblended = control
    all_lines = _sum(count.line_count for count in counts)
    return [
        Check("usage-rows", "lines", "1", lines * NANOS_PER_UNIT, all_lines * NANOS_PER_UNIT),
        Check(
            "usage-money",
            "unblended cost of all lines",
            currency,
            unblended,
            _sum(count.unblended_nano for count in counts),
        ),
        Check(
            "usage-money",
            "unblended cost of usage",
            currency,
            _sum(count.unblended_nano for count in included),
            written.unblended_nano,
        ),
        Check(
            "usage-money",
            "on-demand cost of usage",
            currency,
            _sum(count.on_demand_nano for count in included),
            written.on_demand_nano,
        ),
    ]


def require_proof(proof: CellProof, checks: Sequence[Check]) -> None:
    """Raise ``ReconciliationError`` with the offending keys where a binding proof failed."""
    failed = [check.key for check in checks if check.is_binding and not check.is_proven]
    measures, columns = np.nonzero(~proof.is_proven)
    for measure, index in zip(measures.tolist(), columns.tolist(), strict=True):
        key = proof.account[index], proof.region[index], proof.service[index]
        failed.append(
            f"{' / '.join(str(part) for part in key)} {MEASURES[measure]}: AWS "
            f"{proof.expected_ug[measure, index]} ug, ledger {proof.actual_ug[measure, index]} ug"
        )
    if failed:
        raise ReconciliationError(f"{len(failed)} proofs failed", keys=failed)


def _sum(amounts: Iterable[int | None]) -> int:
    return sum(amount for amount in amounts if amount is not None)
