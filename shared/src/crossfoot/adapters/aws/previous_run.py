"""The run that spoke for a month when another was planned; implements ``PublishedMonths``."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from crossfoot.adapters.aws.places import CuratedPlaces, Place
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.proof_tables import restatements_in
from crossfoot.adapters.sums_tables import cell_sums_in
from crossfoot.domain.columns import RESTATEMENTS
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.proof import CellSums, Restatement


class PreviousRun:
    """One finished run, or none."""

    def __init__(self, objects: S3Objects, places: CuratedPlaces, run_id: str | None) -> None:
        self._objects = objects
        self._places = places
        self._run_id = run_id

    def published(self, period: UsagePeriod) -> Mapping[str, Any] | None:
        """Return the manifest of the run; ``None`` where there was none."""
        if self._run_id is None:
            return None
        return self._objects.read_json(self._places.run_manifest(period, self._run_id))

    def published_sums(self, period: UsagePeriod) -> CellSums:
        """Return the run's sums by cell, as its own proof read them back."""
        return cell_sums_in(self._table(self._places.cell_sums(period, self._known())))

    def published_restatements(self, period: UsagePeriod) -> list[Restatement]:
        """Return the restatements that the run carries."""
        part = self._places.table_part(RESTATEMENTS.name, period, self._known())
        return list(restatements_in(self._table(part)))

    def _known(self) -> str:
        if self._run_id is None:
            raise ValueError("no run spoke for the month")
        return self._run_id

    def _table(self, place: Place) -> pa.Table:
        content = pa.BufferReader(self._objects.read(place))
        return pq.read_table(content, partitioning=None).combine_chunks()
