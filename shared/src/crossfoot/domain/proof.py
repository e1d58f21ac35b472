"""Words of the proof: sums read back, checks, restatements and moves between pools."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.tables import TextArray
from crossfoot.domain.units import BoolArray, Int64Array

type Amounts = tuple[int | None, ...]
"""One amount per measure, in the order of ``MEASURES``; ``None`` where not reported. [ug CO2e]"""


@dataclass(frozen=True, slots=True, eq=False)
class CellSums:
    """What a month's ledger adds up to, as read back from the files.

    Costs are in billionths of the currency.
    """

    cells: ReportedCells
    on_demand_nano: int
    unblended_nano: int
    n_rows: int


@dataclass(frozen=True, slots=True, eq=False)
class CellProof:
    """Both sides of every cell and measure, aligned.

    Parameters
    ----------
    account, region, service : ndarray of object, shape (cell,)
        Keys of the cells that AWS reported, and of any other that was written to.
    expected_ug, actual_ug : ndarray of int64, shape (measure, cell)
        What AWS reported, and what the ledger adds up to. [ug CO2e]
    is_compared : ndarray of bool, shape (measure, cell)
        False where neither side has a figure.
    """

    account: TextArray
    region: TextArray
    service: TextArray
    expected_ug: Int64Array
    actual_ug: Int64Array
    is_compared: BoolArray

    @property
    def is_proven(self) -> BoolArray:
        """Where the two sides are equal, as whole numbers. Shape (measure, cell)."""
        return np.asarray(self.expected_ug == self.actual_ug)


@dataclass(frozen=True, slots=True)
class Check:
    """One proof with both sides, as whole numbers of 10^-9 of ``unit``.

    ``is_binding`` says that the two sides must be equal; otherwise the difference is recorded and
    explained, as AWS's own rounding is.
    """

    name: str
    measure: str
    unit: str
    expected: int
    actual: int
    account: str | None = None
    region: str | None = None
    service: str | None = None
    is_binding: bool = True
    tolerance: int = 0

    @property
    def is_proven(self) -> bool:
        """Whether the two sides agree, or differ within what AWS's own rounding explains."""
        return abs(self.actual - self.expected) <= self.tolerance

    @property
    def key(self) -> str:
        """The offending key, for people."""
        where = " / ".join(part for part in (self.account, self.region, self.service) if part)
        return (
            f"{self.name} {where} {self.measure}: expected {self.expected}, got {self.actual} "
            f"(10^-9 {self.unit})"
        )


@dataclass(frozen=True, slots=True)
class Restatement:
    """A published figure that changed, and why. Amounts in micrograms."""

    previous_run_id: str
    restated_at: datetime
    cause: str
    previous_model_version: str | None
    model_version: str | None
    account: str | None
    region: str | None
    service: str | None
    measure: str
    before_ug: int | None
    after_ug: int | None


@dataclass(frozen=True, slots=True)
class PartySums:
    """Emissions and costs of one pool, or of one consumer. [ug CO2e], [10^-9 of the currency]."""

    name: str | None
    is_pool: bool
    amount_ug: Amounts
    on_demand_nano: int
    unblended_nano: int


@dataclass(frozen=True, slots=True)
class PoolMove:
    """Grams that leave a pool (negative) or reach a consumer (positive). [ug CO2e]."""

    pool: str
    how: str
    driver: str
    consumer_kind: str
    consumer: str | None
    amount_ug: tuple[int, ...]
