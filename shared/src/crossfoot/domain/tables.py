"""Bulk shapes: frozen dataclasses of arrays, all of one length per axis, checked when made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossfoot.domain.measures import MEASURES, ROW_AXIS
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.domain.versions import ModelVersion

type TextArray = NDArray[Any]
"""dtype object, of ``str`` or ``None``: ``None`` is what the sender left out."""

GLOBAL_REGION = "global"
"""Region code of edge and other global services; AWS delivers null, '', Global or global."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file version that was read: the end of every trail.

    ``path`` is as the user named it; ``sha256`` is of the bytes on disk.
    """

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class ReportedCarbon:
    """AWS's rows of one delivery, as delivered, plus what we derive from each.

    Parameters
    ----------
    usage_account_id, region_code, location, product_code : ndarray of object, shape (row,)
        As delivered; ``None`` where AWS left the cell empty.
    carbon_service : ndarray of object, shape (row,)
        AWS's bucket under one spelling: ``AmazonEC2``, ``AmazonS3``, ``AmazonCloudFront``,
        ``Other``, or AWS's own text for any new one; ``None`` stays ``None``.
    region : ndarray of object, shape (row,)
        Region code; ``global`` for null, empty or any spelling of Global.
    amount_ug : ndarray of int64, shape (measure, row)
        Emissions in the order of ``MEASURES``; 0 where not reported. [ug CO2e]
    is_reported : ndarray of bool, shape (measure, row)
        False where the column or the value is missing: old partitions have no scopes.
    last_refresh : ndarray of datetime64[us], shape (row,)
        ``last_refresh_timestamp``, NaT where missing.
    source_file : ndarray of int64, shape (row,)
        Index into the delivery's ``files``.
    source_row : ndarray of int64, shape (row,)
        Row in that file, from 1.
    """

    usage_account_id: TextArray
    region_code: TextArray
    location: TextArray
    product_code: TextArray
    carbon_service: TextArray
    region: TextArray
    amount_ug: Int64Array
    is_reported: BoolArray
    last_refresh: NDArray[np.datetime64]
    source_file: Int64Array
    source_row: Int64Array

    def __post_init__(self) -> None:
        n_rows = len(self.usage_account_id)
        for name in ("region_code", "location", "product_code", "carbon_service", "region"):
            _check_length(name, getattr(self, name), n_rows)
        for name in ("last_refresh", "source_file", "source_row"):
            _check_length(name, getattr(self, name), n_rows)
        for name in ("amount_ug", "is_reported"):
            shape = getattr(self, name).shape
            if shape != (len(MEASURES), n_rows):
                raise ValueError(f"{name} has shape {shape}, not {(len(MEASURES), n_rows)}")

    @property
    def n_rows(self) -> int:
        """Number of AWS's rows."""
        return int(self.amount_ug.shape[ROW_AXIS])

    def totals_ug(self) -> list[int]:
        """Sum of each measure over all rows, as Python integers. [ug CO2e]."""
        return [int(total) for total in self.amount_ug.sum(axis=ROW_AXIS, dtype=object)]


@dataclass(frozen=True, slots=True)
class DeliveryLabel:
    """What tells deliveries apart, without their rows."""

    delivery_id: str
    usage_period: UsagePeriod
    model_version: ModelVersion
    delivered_at: datetime
    payer_account_id: str


@dataclass(frozen=True, slots=True, eq=False)
class CarbonDelivery:
    """One delivery of one usage period: AWS's rows, and where and when they came from.

    ``delivery_id`` is made of the bytes delivered, so that the same delivery twice is one.
    """

    delivery_id: str
    usage_period: UsagePeriod
    model_version: ModelVersion
    delivered_at: datetime
    payer_account_id: str
    files: tuple[SourceFile, ...]
    rows: ReportedCarbon

    @property
    def label(self) -> DeliveryLabel:
        """The delivery without its rows."""
        return DeliveryLabel(
            self.delivery_id,
            self.usage_period,
            self.model_version,
            self.delivered_at,
            self.payer_account_id,
        )


@dataclass(frozen=True, slots=True)
class IntakeNote:
    """Something that was met, kept or passed over while reading: told, never hidden.

    ``code`` is stable and kebab-case, such as ``unknown-column``.
    """

    code: str
    message: str
    count: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class CarbonIntake:
    """All deliveries found at a place, oldest first, with notes."""

    deliveries: tuple[CarbonDelivery, ...]
    notes: tuple[IntakeNote, ...] = ()


def _check_length(name: str, array: Sequence[Any] | NDArray[Any], n_rows: int) -> None:
    if len(array) != n_rows:
        raise ValueError(f"{name} has {len(array)} rows, not {n_rows}")
