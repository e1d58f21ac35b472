"""From pages of rows to deliveries: one usage period of one model version, delivered once."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crossfoot.adapters.carbon_columns import Distinct, first_row
from crossfoot.adapters.carbon_pages import CarbonPage, carbon_bucket
from crossfoot.adapters.data_exports import ExportPartition
from crossfoot.domain.errors import (
    DuplicateRowError,
    InputError,
    InvalidModelVersionError,
    InvalidPeriodError,
)
from crossfoot.domain.measures import MEASURES, ROW_AXIS
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery, ReportedCarbon, SourceFile, TextArray
from crossfoot.domain.units import Int64Array
from crossfoot.domain.versions import ModelVersion

_ID_DIGITS: Final = 16
_DELIVER_AGAIN: Final = "Let the export be delivered again."


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Some rows of a page. ``rows`` is of int64, counted from 0. [1]."""

    page: CarbonPage
    rows: Int64Array


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A delivery before it is known who pays. Several pages may make it up, or none."""

    usage_period: UsagePeriod
    model_version: ModelVersion
    partition: ExportPartition
    cuts: tuple[Cut, ...]

    @property
    def n_rows(self) -> int:
        """Number of AWS's rows."""
        return sum(len(cut.rows) for cut in self.cuts)


def draft_of_partition(
    partition: ExportPartition,
    usage_period: UsagePeriod,
    model_version: ModelVersion,
    pages: Sequence[CarbonPage],
) -> Draft:
    """Return the delivery of a partition, whose rows must be of its month and version.

    Raises
    ------
    InvalidPeriodError, InvalidModelVersionError
        A row contradicts the folder.
    """
    for page in pages:
        _check_agreement(
            page, page.usage_period, usage_period, InvalidPeriodError, "usage_period_start"
        )
        _check_agreement(
            page, page.model_version, model_version, InvalidModelVersionError, "model_version"
        )
    cuts = tuple(Cut(page, np.arange(page.n_rows, dtype=np.int64)) for page in pages)
    return Draft(usage_period, model_version, partition, cuts)


def drafts_by_row(partition: ExportPartition, pages: Iterable[CarbonPage]) -> list[Draft]:
    """Return the deliveries of files that only their rows tell apart.

    Raises
    ------
    InvalidPeriodError, InvalidModelVersionError
        A row without month or version.
    """
    cuts: dict[tuple[UsagePeriod, ModelVersion], list[Cut]] = {}
    for page in pages:
        versions = page.model_version
        pair = page.usage_period.codes * len(versions.values) + versions.codes
        for code in np.flatnonzero(np.bincount(pair, minlength=1)):
            period = page.usage_period.values[int(code) // len(versions.values)]
            version = versions.values[int(code) % len(versions.values)]
            rows = np.flatnonzero(pair == code)
            if period is None:
                _refuse(InvalidPeriodError, "has no usage period.", page, int(rows[0]))
            if version is None:
                _refuse(InvalidModelVersionError, "has no model version.", page, int(rows[0]))
            cuts.setdefault((period, version), []).append(Cut(page, rows))
    return [Draft(*key, partition, tuple(found)) for key, found in cuts.items()]


def delivery_of(draft: Draft, payer_account_id: str) -> CarbonDelivery:
    """Return the delivery with its rows.

    Raises
    ------
    DuplicateRowError
        One account, Region, location and product twice.
    """
    files = tuple(cut.page.source for cut in draft.cuts)
    rows = _rows_of(draft.cuts) if draft.cuts else _no_rows()
    _refuse_duplicates(rows, files)
    return CarbonDelivery(
        delivery_id=_delivery_id(files, draft),
        usage_period=draft.usage_period,
        model_version=draft.model_version,
        delivered_at=_delivered_at(draft, rows),
        payer_account_id=payer_account_id,
        files=files,
        rows=rows,
    )


def _check_agreement[T](
    page: CarbonPage, column: Distinct[T], expected: T, error: type[InputError], name: str
) -> None:
    for index in column.used():
        value = column.values[index]
        if value is not None and value != expected:
            raise error(
                f"the row is of {value}, its folder of {expected}.",
                mend=_DELIVER_AGAIN,
                file=page.source.path,
                column=name,
                row=column.row_of(index),
            )


def _refuse(error: type[InputError], problem: str, page: CarbonPage, row: int) -> Never:
    raise error(problem, mend=_DELIVER_AGAIN, file=page.source.path, row=row + 1)


def _rows_of(cuts: Sequence[Cut]) -> ReportedCarbon:
    products = [_taken(cut.page.product_code.map(carbon_bucket), cut) for cut in cuts]
    return ReportedCarbon(
        usage_account_id=_joined([_taken(cut.page.usage_account_id, cut) for cut in cuts]),
        region_code=_joined([_taken(cut.page.region_code, cut) for cut in cuts]),
        location=_joined([_taken(cut.page.location, cut) for cut in cuts]),
        product_code=_joined([_taken(cut.page.product_code, cut) for cut in cuts]),
        carbon_service=_joined(products),
        region=_joined([_taken(cut.page.region, cut) for cut in cuts]),
        amount_ug=np.concatenate([cut.page.amount_ug[:, cut.rows] for cut in cuts], axis=ROW_AXIS),
        is_reported=np.concatenate(
            [cut.page.is_reported[:, cut.rows] for cut in cuts], axis=ROW_AXIS
        ),
        last_refresh=np.concatenate([cut.page.last_refresh[cut.rows] for cut in cuts]),
        source_file=np.repeat(
            np.arange(len(cuts), dtype=np.int64), [len(cut.rows) for cut in cuts]
        ),
        source_row=np.concatenate([cut.rows + 1 for cut in cuts]),
    )


def _taken(column: Distinct[str], cut: Cut) -> TextArray:
    return column.expand()[cut.rows]


def _joined(arrays: Sequence[TextArray]) -> TextArray:
    return np.concatenate(arrays)


def _no_rows() -> ReportedCarbon:
    nothing = np.zeros(0, dtype=np.int64)
    text = nothing.astype(object)
    amounts = np.zeros((len(MEASURES), 0), dtype=np.int64)
    return ReportedCarbon(
        usage_account_id=text,
        region_code=text,
        location=text,
        product_code=text,
        carbon_service=text,
        region=text,
        amount_ug=amounts,
        is_reported=amounts.astype(np.bool_),
        last_refresh=nothing.astype("datetime64[us]"),
        source_file=nothing,
        source_row=nothing,
    )


def _refuse_duplicates(rows: ReportedCarbon, files: Sequence[SourceFile]) -> None:
    names = ("usage_account_id", "region", "location", "product_code")
    keys = np.stack([_codes(getattr(rows, name)) for name in names])
    order = np.lexsort(keys)
    is_twin = (keys[:, order[1:]] == keys[:, order[:-1]]).all(axis=0)
    if not is_twin.any():
        return
    # lexsort is stable, so the second of a pair is the later row
    at = int(order[first_row(is_twin)])
    cell = ", ".join(str(getattr(rows, name)[at]) for name in names)
    raise DuplicateRowError(
        f"a second row of {cell}.",
        mend="Which one is right cannot be known; let the export be delivered again.",
        file=files[int(rows.source_file[at])].path,
        row=int(rows.source_row[at]),
    )


def _codes(texts: TextArray) -> Int64Array:
    encoded = pc.dictionary_encode(pa.array(texts, pa.string()), null_encoding="encode")
    codes: Int64Array = encoded.indices.to_numpy().astype(np.int64)
    return codes


def _delivery_id(files: Sequence[SourceFile], draft: Draft) -> str:
    parts = [*(file.sha256 for file in files), str(draft.usage_period), str(draft.model_version)]
    return f"d-{hashlib.sha256('\n'.join(parts).encode()).hexdigest()[:_ID_DIGITS]}"


def _delivered_at(draft: Draft, rows: ReportedCarbon) -> datetime:
    """Return when AWS delivered: as the folder tells, else when it computed, else the disk."""
    if draft.partition.delivered_at is not None:
        return draft.partition.delivered_at
    refreshed = rows.last_refresh[~np.isnat(rows.last_refresh)]
    if len(refreshed):
        latest: datetime = refreshed.max().astype(datetime)
        return latest.replace(tzinfo=UTC)
    partition = draft.partition
    places = partition.files or ((partition.manifest or partition.folder),)
    return datetime.fromtimestamp(max(place.stat().st_mtime for place in places), UTC)
