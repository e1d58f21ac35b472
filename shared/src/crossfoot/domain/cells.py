"""Cells: AWS's rows of one month under the key that the ledger must give back."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crossfoot.domain.measures import MEASURES
from crossfoot.domain.tables import ReportedCarbon, TextArray
from crossfoot.domain.units import BoolArray, Int64Array


@dataclass(frozen=True, slots=True, eq=False)
class ReportedCells:
    """One month of AWS's figures by account, Region and bucket; unique, and sorted by the three.

    Parameters
    ----------
    account, region, service : ndarray of object, shape (cell,)
        Text keys; ``service`` is ``None`` where AWS named no bucket, and sorts last.
    amount_ug : ndarray of int64, shape (measure, cell)
        In the order of ``MEASURES``. [ug CO2e]
    is_reported : ndarray of bool, shape (measure, cell)
        False where AWS reported no such figure.
    """

    account: TextArray
    region: TextArray
    service: TextArray
    amount_ug: Int64Array
    is_reported: BoolArray

    def __len__(self) -> int:
        return len(self.account)

    @classmethod
    def from_rows(cls, rows: ReportedCarbon) -> "ReportedCells":
        """Sum AWS's rows by key: a null and a ``Global`` Region are one cell."""
        keys = list(zip(rows.usage_account_id, rows.region, rows.carbon_service, strict=True))
        unique = sorted(set(keys), key=_nulls_last)
        position = {key: index for index, key in enumerate(unique)}
        cell = np.fromiter((position[key] for key in keys), np.int64, len(keys))
        amount_ug = np.zeros((rows.amount_ug.shape[0], len(unique)), np.int64)
        is_reported = np.zeros(amount_ug.shape, np.bool_)
        for measure in range(amount_ug.shape[0]):
            np.add.at(amount_ug[measure], cell, rows.amount_ug[measure])
            np.logical_or.at(is_reported[measure], cell, rows.is_reported[measure])
        columns = [texts([key[part] for key in unique]) for part in range(3)]
        return cls(columns[0], columns[1], columns[2], amount_ug, is_reported)

    def between(self, start: int, stop: int) -> "ReportedCells":
        """Return a run of cells."""
        return ReportedCells(
            self.account[start:stop],
            self.region[start:stop],
            self.service[start:stop],
            self.amount_ug[:, start:stop],
            self.is_reported[:, start:stop],
        )

    def of_accounts(self, accounts: Container[str]) -> "ReportedCells":
        """Return the cells of some accounts, in the same order."""
        kept = np.flatnonzero([account in accounts for account in self.account])
        return ReportedCells(
            self.account[kept],
            self.region[kept],
            self.service[kept],
            self.amount_ug[:, kept],
            self.is_reported[:, kept],
        )

    def totals_ug(self) -> dict[str, int]:
        """Return the sum of each measure that AWS reported, by its name. [ug CO2e]."""
        return {
            str(measure): sum(self.amount_ug[index].tolist())
            for index, measure in enumerate(MEASURES)
            if self.is_reported[index].any()
        }


def _nulls_last(key: tuple[Any, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((part is None, part or "") for part in key)


def texts(values: Sequence[str | None]) -> TextArray:
    """Return texts as an array that can hold ``None``."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
