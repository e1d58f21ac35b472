"""The warehouse beside AWS's Sustainability API: what it remembers, and where answers are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa

from crossfoot.adapters.arrow_decimals import int64_from_decimal
from crossfoot.adapters.exported_cells import exported_cells
from crossfoot.adapters.sustainability_records import SustainabilityRecords
from crossfoot.adapters.sustainability_sql import exported_query, marks_query, year_usage_query
from crossfoot.adapters.threshold_book import FolderThresholdBook
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_query import QuerySession
from crossfoot.adapters.water_usage import USAGE_SCHEMA, CodedWaterYear, coded_water_year
from crossfoot.domain.cells import texts
from crossfoot.domain.columns import Table
from crossfoot.domain.deliveries import Notice
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.sustainability import (
    WATER_REPORTED,
    CarbonAnswer,
    WaterAnswer,
    months_of,
)
from crossfoot.domain.tables import SourceFile
from crossfoot.domain.versions import ModelVersion
from crossfoot.usecases.compare_carbon_sources import ExportedCarbon
from crossfoot.usecases.sustainability_ports import RecordMark, RecordName

_ALL_ACCOUNTS: Final = "0123456789"


class SessionSustainability:
    """What one snapshot knows; implements ``SustainabilityMemory``.

    Parameters
    ----------
    session : QuerySession
        An open session.
    manifests : mapping of UsagePeriod to mapping
        Manifests of the runs that speak for months.
    """

    parts: Final = (_ALL_ACCOUNTS,)

    def __init__(
        self, session: QuerySession, manifests: Mapping[UsagePeriod, Mapping[str, Any]]
    ) -> None:
        self._session = session
        self._manifests = manifests
        self._marks = {
            (row["table_name"], row["subject"]): RecordMark(row["name"], row["content_digest"])
            for row in session.rows(marks_query())
        }

    def latest(self, table: Table, subject: str) -> RecordMark | None:
        """Return the newest record of a year or month in one of the tables."""
        return self._marks.get((table.name, subject))

    def kept_water(self) -> Sequence[WaterAnswer]:
        """Return the newest vintage of every year that one is kept of."""
        names = [
            mark.name for (table, _), mark in self._marks.items() if table == WATER_REPORTED.name
        ]
        return [self._vintage(name) for name in sorted(names)]

    def published(self) -> Mapping[UsagePeriod, str]:
        """Return the run that speaks for each month."""
        return self._session.catalog.months

    def coded(self, answer: WaterAnswer, digits: str) -> CodedWaterYear:
        """Return a year's cells, beside what their accounts used in it."""
        months = self._session.catalog.months
        asked = {month: months[month] for month in months_of(answer.year)}
        usage = self._session.arrow(year_usage_query(asked, with_shard=False))
        return coded_water_year(answer, usage.cast(USAGE_SCHEMA), digits)

    def exported(self, answer: CarbonAnswer) -> ExportedCarbon | None:
        """Return the figures of the delivery that speaks, or of the latest of the same version."""
        delivery_id = self._delivery_of(answer)
        if delivery_id is None:
            return None
        query = exported_query({delivery_id: answer.usage_period})
        return ExportedCarbon(delivery_id, exported_cells(self._session.arrow(query)))

    def _delivery_of(self, answer: CarbonAnswer) -> str | None:
        manifest = self._manifests.get(answer.usage_period)
        carbon = {} if manifest is None else manifest["carbon"]
        if carbon and ModelVersion(carbon["model_version"]) == answer.model_version:
            return str(carbon["delivery_id"])
        found = self._session.rows(
            "SELECT delivery_id, model_version FROM carbon_reported WHERE usage_period = $1 "
            "GROUP BY ALL ORDER BY max(delivered_at) DESC, delivery_id",
            [answer.usage_period.text],
        )
        same = (row for row in found if ModelVersion(row["model_version"]) == answer.model_version)
        return next((str(row["delivery_id"]) for row in same), None)

    def _vintage(self, record_id: str) -> WaterAnswer:
        rows = self._session.arrow(
            "SELECT * FROM water_reported WHERE record_id = $1 "
            "ORDER BY usage_account_id, region_code, carbon_service NULLS LAST",
            [record_id],
        )
        first = rows.slice(0, 1).to_pylist()[0]
        files = list(zip(*(rows[name].to_pylist() for name in _SOURCE), strict=True))
        known = sorted(set(files))
        return WaterAnswer(
            year=UsagePeriod(first["water_year"]),
            model_version=ModelVersion(first["model_version"]),
            asked_at=first["asked_at"],
            covered_until=first["covered_until"],
            account=texts(rows["usage_account_id"].to_pylist()),
            region=texts(rows["region_code"].to_pylist()),
            service=texts(rows["carbon_service"].to_pylist()),
            product_code=texts(rows["product_code"].to_pylist()),
            amount_ul=int64_from_decimal(rows["water_withdrawal_m3"]),
            source=np.array([known.index(each) for each in files], np.int64),
            sources=tuple(SourceFile(path, 0, sha256) for path, sha256 in known),
        )


_SOURCE: Final = ("source_path", "source_sha256")


class FolderSustainabilityShelf(SustainabilityRecords):
    """Keeps records in a warehouse whose lock the caller holds; ``publish`` shows them at once.

    Implements ``SustainabilityShelf``.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._kept: dict[str, list[str]] = {}
        self._notices: list[Notice] = []

    @property
    def n_kept(self) -> int:
        """How many records are new."""
        return sum(map(len, self._kept.values()))

    def holds(self, table: Table, record_id: str) -> bool:
        """Whether a record is shown."""
        return record_id in self._warehouse.current().records.get(table.name, ())

    def tell(self, notice: Notice) -> None:
        """Put a notice into the outbox when everything is published."""
        self._notices.append(notice)

    def publish(self, at: datetime) -> None:
        """Show every record in one snapshot, after the outbox has the notices."""
        if self._notices:
            book = FolderThresholdBook(self._warehouse.root)
            book.commit(book.load(), {"carbon sources": self._notices})
        if self._kept:
            self._warehouse.publish({}, (), at, records=self._kept)

    def _keep_shown(self, table: Table, name: RecordName, rows: pa.Table) -> None:
        self._warehouse.add_record(table, name.record_id, rows)
        self._kept.setdefault(table.name, []).append(name.record_id)
