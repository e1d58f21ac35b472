"""A run whose shards are written, and what makes it whole; implements ``WrittenRun``."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from crossfoot.adapters import athena_sql
from crossfoot.adapters.aws.athena_usage import digest_of_usage, parquet_bytes
from crossfoot.adapters.aws.inventory_pins import S3InventoryPins
from crossfoot.adapters.aws.pins import S3Pins
from crossfoot.adapters.aws.places import (
    CuratedPlaces,
    Place,
    WorkPlaces,
    attempt_of_roll_up,
    run_key,
)
from crossfoot.adapters.aws.previous_run import PreviousRun
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.aws.run_parts import RunParts, in_order_of_paths
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.adapters.aws.shard_room import run_labels
from crossfoot.adapters.proof_tables import (
    line_count_rows,
    reconciliation_rows,
    redistribution_rows,
    restatement_rows,
)
from crossfoot.adapters.sums_tables import (
    CELL_SUMS,
    PARTY_SUMS,
    cell_sums_in,
    in_order_of_cells,
    in_order_of_parties,
    party_sums_in,
    pool_members,
)
from crossfoot.adapters.usage_answers import SURVEY, control_in, line_counts_in
from crossfoot.domain.columns import (
    EMISSIONS,
    RECONCILIATION,
    REDISTRIBUTIONS,
    RESTATEMENTS,
    USAGE_LINES,
)
from crossfoot.domain.configuration import Redistribution
from crossfoot.domain.deliveries import ExportKind
from crossfoot.domain.errors import DeploymentError
from crossfoot.domain.observations import ObservationKind
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.proof import CellSums, PartySums
from crossfoot.domain.statuses import Status
from crossfoot.domain.usage import LineCount
from crossfoot.usecases.describe_run import Policy
from crossfoot.usecases.pipeline_ports import ProvenRun, Query

_CELLS: Final = "cells"
_PARTIES: Final = "parties"


class S3WrittenRun:
    """One deployment's runs, between their last shard and their manifest."""

    def __init__(
        self,
        objects: S3Objects,
        pins: S3Pins,
        curated: CuratedPlaces,
        work: WorkPlaces,
        policy: Policy,
    ) -> None:
        self._objects = objects
        self._pins = pins
        self._curated = curated
        self._work = work
        self._policy = policy
        self._results = QueryResults(objects)
        self._inventory_pins = S3InventoryPins(objects, curated)

    def questions(
        self, plan: MonthPlan, attempt: str, redistribution: Redistribution
    ) -> list[Query]:
        """Return what has to be read back of the ledger."""
        asked = {_CELLS: athena_sql.cell_sums(plan.usage_period, plan.run_id)}
        if redistribution.pools:
            members = self._work.run_table("pool_members", plan.run_id, attempt)
            self._objects.put(members, parquet_bytes(pool_members(redistribution)))
            asked[_PARTIES] = athena_sql.party_sums(
                plan.usage_period,
                plan.run_id,
                redistribution.consumer_column,
                run_key(plan.run_id, attempt),
            )
        return [
            Query(name, athena_sql.unload(sql, self._answer(plan, attempt, name).uri))
            for name, sql in asked.items()
        ]

    def cell_sums(self, plan: MonthPlan, attempt: str) -> CellSums:
        """Return emissions by cell and the money, as Athena read them back."""
        return cell_sums_in(self._cells(plan, attempt))

    def party_sums(self, plan: MonthPlan, attempt: str) -> list[PartySums]:
        """Return emissions by pool and consumer, as Athena read them back."""
        answer = self._results.table(self._answer(plan, attempt, _PARTIES), PARTY_SUMS)
        return party_sums_in(in_order_of_parties(answer))

    def lines(self, plan: MonthPlan) -> tuple[list[LineCount], tuple[int, int]]:
        """Return every line of the usage counted, and lines and money past the roll-up."""
        first = self._shards(plan)[0]["rollup_uri"]
        attempt = attempt_of_roll_up(first, self._work.bucket, plan.run_id)
        lines, control = (
            self._results.table(self._work.survey(plan.run_id, attempt, name), SURVEY[name])
            for name in ("lines", "control")
        )
        return line_counts_in(lines), control_in(control)

    def counts(self, plan: MonthPlan) -> dict[str, int]:
        """Return what all shards counted."""
        counts: Counter[str] = Counter()
        for receipt in self._receipts(plan):
            counts.update(receipt["counts"])
        return dict(counts)

    def usage_origin(self, plan: MonthPlan) -> dict[str, Any]:
        """Return where the usage came from: every object version, by S3's own names."""
        if not plan.has_usage:
            return {"kind": "none", "files": []}
        digest = digest_of_usage(plan)
        delivery = self._pins.pinned(plan.usage_period, ExportKind.USAGE, digest)
        files = [
            {
                "path": Place(delivery.bucket, file.key).uri,
                "version_id": file.version_id,
                "etag": file.etag,
                "size": file.size,
            }
            for file in delivery.files
        ]
        observations = self._observations(plan)
        return {"kind": "files", "delivery": digest, "files": files, "observations": observations}

    def _observations(self, plan: MonthPlan) -> list[dict[str, Any]]:
        """Return where the pins of the inventory lie: its objects are too many to be listed."""
        if plan.inventory_digest is None:
            return []
        inventory = self._inventory_pins.pinned(plan.usage_period, plan.inventory_digest)
        pins = self._curated.inventory_pins(plan.usage_period, inventory.digest)
        return [
            {
                "kind": ObservationKind.INVENTORY.value,
                "day": inventory.day.isoformat(),
                "digest": inventory.digest,
                "path": pins.uri,
                "n_files": len(inventory.files),
            }
        ]

    def written_at(self, plan: MonthPlan) -> datetime:
        """Return when the run's first part was written: the same instant at every attempt."""
        place = self._curated.table_part(EMISSIONS.name, plan.usage_period, plan.run_id)
        found = self._objects.head(place)
        if found is None:
            raise DeploymentError(f"{place.uri} is not there.", mend="Replay the month.")
        return found.modified_at

    def previous(self, plan: MonthPlan) -> PreviousRun:
        """Return what spoke for the month when the run was planned: a nowcast restates nothing."""
        before = plan.previous_run_id if plan.status is Status.PUBLISHED else None
        return PreviousRun(self._objects, self._curated, before)

    def finish(self, plan: MonthPlan, attempt: str, proven: ProvenRun) -> str:
        """Write the small tables, the sums and the manifest, in this order; return its place."""
        written = (*self._receipts(plan), *self._impact_receipts(plan))
        files = [file for receipt in written for file in receipt["files"]]
        files += self._small_tables(plan, proven)
        sums = self._curated.cell_sums(plan.usage_period, plan.run_id)
        self._objects.put_new(sums, parquet_bytes(self._cells(plan, attempt)))
        manifest = self._curated.run_manifest(plan.usage_period, plan.run_id)
        described = {"bucket": self._curated.bucket, "files": in_order_of_paths(files)}
        self._objects.put_new(manifest, as_json({**proven.manifest, **described}))
        return manifest.uri

    def _small_tables(self, plan: MonthPlan, proven: ProvenRun) -> list[dict[str, Any]]:
        labels = run_labels(plan, self._policy)
        rows = {
            RECONCILIATION: reconciliation_rows(proven.proof, proven.checks, labels),
            RESTATEMENTS: restatement_rows(proven.restatements, labels),
            REDISTRIBUTIONS: redistribution_rows(proven.moves, labels),
            USAGE_LINES: line_count_rows(proven.lines or (), labels),
        }
        with RunParts(self._objects, self._curated, plan, shard=0, tag_columns=()) as parts:
            for table, batches in rows.items():
                writer = parts.writer(table)
                for batch in batches:
                    writer.write(batch)
            return parts.upload()

    def _cells(self, plan: MonthPlan, attempt: str) -> pa.Table:
        answer = self._results.table(self._answer(plan, attempt, _CELLS), CELL_SUMS)
        return in_order_of_cells(answer)

    def _receipts(self, plan: MonthPlan) -> list[dict[str, Any]]:
        return [
            self._objects.read_json(self._work.receipt(plan.run_id, item["shard"]))
            for item in self._shards(plan)
        ]

    def _impact_receipts(self, plan: MonthPlan) -> list[dict[str, Any]]:
        return [
            self._objects.read_json(self._work.impact_receipt(plan.run_id, item["shard"]))
            for item in self._shards(plan)
        ]

    def _shards(self, plan: MonthPlan) -> Sequence[Mapping[str, Any]]:
        shards: list[Mapping[str, Any]] = json.loads(
            self._objects.read(self._work.shards(plan.run_id))
        )
        return shards

    def _answer(self, plan: MonthPlan, attempt: str, name: str) -> Place:
        return self._work.read_back(plan.run_id, attempt, name)
