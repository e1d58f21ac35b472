"""Where one shard of a month is allocated, and estimated: ``ShardRoom`` and ``EstimateRoom``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import pyarrow as pa

from crossfoot.adapters.athena_sql import roll_up_order
from crossfoot.adapters.aws.kept_inventory import S3KeptInventory
from crossfoot.adapters.aws.places import CuratedPlaces, Place, WorkPlaces, attempt_of_roll_up
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.aws.run_parts import RunParts
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.adapters.impact_tables import ImpactFiles
from crossfoot.adapters.ledger_files import LedgerFiles
from crossfoot.adapters.ledger_tables import RunLabels
from crossfoot.adapters.usage_answers import roll_up_schema
from crossfoot.adapters.usage_kinds import work_schema
from crossfoot.adapters.usage_shards import UsageShard, cut_shards
from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.work_columns import ACCOUNT_SHARDS
from crossfoot.engine.shapes import Ledger
from crossfoot.usecases.describe_run import Policy
from crossfoot.usecases.ports import Shard

_BATCH_ROWS: Final = 32_768
_NO_CELLS: Final = ReportedCells(
    texts([]),
    texts([]),
    texts([]),
    np.zeros((len(MEASURES), 0), np.int64),
    np.zeros((len(MEASURES), 0), np.bool_),
)


class S3ShardRoom:
    """Reads a shard's roll-up from the work bucket and writes its parts into the curated one.

    Parameters
    ----------
    objects, curated, work
        Access to S3, and where things lie in it.
    inventory : S3KeptInventory
        Tells the loads of the shard's machines.
    policy : Policy
        What the run was planned under.
    """

    def __init__(
        self,
        objects: S3Objects,
        curated: CuratedPlaces,
        work: WorkPlaces,
        *,
        inventory: S3KeptInventory,
        policy: Policy,
    ) -> None:
        self._objects = objects
        self._curated = curated
        self._work = work
        self._results = QueryResults(objects)
        self._inventory = inventory
        self._policy = policy

    def accounts(self, plan: MonthPlan, shard: int, rollup_uri: str) -> frozenset[str]:
        """Return the accounts of a shard."""
        attempt = attempt_of_roll_up(rollup_uri, self._work.bucket, plan.run_id)
        file = self._work.run_table("account_shards", plan.run_id, attempt)
        folder = Place(file.bucket, file.key.rpartition("/")[0] + "/")
        table = self._results.table(folder, work_schema(ACCOUNT_SHARDS))
        pairs = zip(table["usage_account_id"].to_pylist(), table["shard"].to_pylist(), strict=True)
        return frozenset(account for account, number in pairs if number == shard)

    def shards(
        self, plan: MonthPlan, rollup_uri: str | None, cells: ReportedCells
    ) -> Iterator[UsageShard]:
        """Yield whole accounts in sorted order; every cell in exactly one of them."""
        tag_columns = self._policy.configuration.tag_columns
        year = plan.usage_period.year
        if rollup_uri is None:
            return cut_shards((), cells, year=year, tag_columns=tag_columns)
        attempt_of_roll_up(rollup_uri, self._work.bucket, plan.run_id)
        table = self._rolled_up(Place.parse(rollup_uri))
        accounts = frozenset(table["usage_account_id"].unique().to_pylist())
        return cut_shards(
            table.to_batches(_BATCH_ROWS),
            cells,
            year=year,
            tag_columns=tag_columns,
            observations=self._inventory.observations(plan, accounts),
        )

    def usage(self, plan: MonthPlan, rollup_uri: str | None) -> Iterator[UsageShard]:
        """Yield the usage of whole accounts in sorted order, without AWS's cells."""
        return self.shards(plan, rollup_uri, _NO_CELLS)

    @contextmanager
    def write(self, plan: MonthPlan, shard: int) -> Iterator["UploadedShard"]:
        """Begin the parts of a shard; what is not finished is forgotten."""
        labels = run_labels(plan, self._policy)
        with RunParts(
            self._objects, self._curated, plan, shard=shard, tag_columns=labels.tag_columns
        ) as parts:
            files = LedgerFiles(parts.writer, labels, self._policy.accounts)
            receipt = self._work.receipt(plan.run_id, shard)
            yield UploadedShard(files, parts, self._objects, receipt)

    @contextmanager
    def write_impacts(self, plan: MonthPlan, shard: int) -> Iterator["UploadedImpacts"]:
        """Begin the part of a shard; what is not finished is forgotten."""
        labels = run_labels(plan, self._policy)
        with RunParts(
            self._objects, self._curated, plan, shard=shard, tag_columns=labels.tag_columns
        ) as parts:
            files = ImpactFiles(parts.writer, labels, self._policy.accounts)
            receipt = self._work.impact_receipt(plan.run_id, shard)
            yield UploadedImpacts(files, parts, self._objects, receipt)

    def _rolled_up(self, folder: Place) -> pa.Table:
        """Return the roll-up in the order that the embedded engine gives it: total, nulls last."""
        tags = self._policy.configuration.tags
        table = self._results.table(folder, roll_up_schema([tag.column for tag in tags]))
        order = [(name, "ascending") for name in roll_up_order(tags)]
        return table.sort_by(order).combine_chunks()


class UploadedShard:
    """The parts of one shard in the making; implements ``ShardRun``."""

    def __init__(
        self, files: LedgerFiles, parts: RunParts, objects: S3Objects, receipt: Place
    ) -> None:
        self._files = files
        self._parts = parts
        self._objects = objects
        self._receipt = receipt

    def write_shard(self, shard: Shard, ledger: Ledger) -> None:
        """Append whole accounts."""
        self._files.write_shard(shard, ledger)

    def finish(self, counts: Mapping[str, int]) -> None:
        """Upload the parts, and write down what they are."""
        _finish(self._objects, self._receipt, counts, self._parts)


class UploadedImpacts:
    """The estimate of one shard in the making; implements ``ImpactRun``."""

    def __init__(
        self, files: ImpactFiles, parts: RunParts, objects: S3Objects, receipt: Place
    ) -> None:
        self._files = files
        self._parts = parts
        self._objects = objects
        self._receipt = receipt

    def write_shard(self, shard: Shard) -> None:
        """Append what the usage of whole accounts took."""
        self._files.write_shard(shard)

    def finish(self, counts: Mapping[str, int]) -> None:
        """Upload the part, and write down what it is."""
        _finish(self._objects, self._receipt, counts, self._parts)


def _finish(objects: S3Objects, receipt: Place, counts: Mapping[str, int], parts: RunParts) -> None:
    document: dict[str, Any] = {"counts": dict(counts), "files": parts.upload()}
    objects.put(receipt, as_json(document))


def run_labels(plan: MonthPlan, policy: Policy) -> RunLabels:
    """Return what every row of a run repeats."""
    return RunLabels(
        usage_period=plan.usage_period.text,
        run_id=plan.run_id,
        model_version=plan.model_version,
        payer_account_id=plan.payer_account_id,
        method=policy.configuration.method,
        tag_columns=policy.configuration.tag_columns,
        has_usage=plan.has_usage,
        factor_set=policy.factor_set,
        status=plan.status,
    )
