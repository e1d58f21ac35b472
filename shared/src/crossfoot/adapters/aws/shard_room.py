"""Where one shard of a month is allocated; implements ``ShardRoom``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from crossfoot.adapters.athena_sql import roll_up_order
from crossfoot.adapters.aws.places import CuratedPlaces, Place, WorkPlaces, attempt_of_roll_up
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.aws.run_parts import RunParts
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.adapters.ledger_files import LedgerFiles
from crossfoot.adapters.ledger_tables import RunLabels
from crossfoot.adapters.usage_answers import roll_up_schema
from crossfoot.adapters.usage_kinds import work_schema
from crossfoot.adapters.usage_shards import UsageShard, cut_shards
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.work_columns import ACCOUNT_SHARDS
from crossfoot.engine.shapes import Ledger
from crossfoot.usecases.describe_run import Policy
from crossfoot.usecases.ports import Shard

_BATCH_ROWS = 32_768


class S3ShardRoom:
    """Reads a shard's roll-up from the work bucket and writes its parts into the curated one."""

    def __init__(
        self, objects: S3Objects, curated: CuratedPlaces, work: WorkPlaces, policy: Policy
    ) -> None:
        self._objects = objects
        self._curated = curated
        self._work = work
        self._results = QueryResults(objects)
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
        batches: Iterator[pa.RecordBatch] = iter(())
        if rollup_uri is not None:
            attempt_of_roll_up(rollup_uri, self._work.bucket, plan.run_id)
            batches = self._batches(Place.parse(rollup_uri))
        return cut_shards(batches, cells, tag_columns=tag_columns)

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

    def _batches(self, folder: Place) -> Iterator[pa.RecordBatch]:
        """Yield the roll-up in the order that the embedded engine gives it: total, nulls last."""
        tags = self._policy.configuration.tags
        table = self._results.table(folder, roll_up_schema([tag.column for tag in tags]))
        order = [(name, "ascending") for name in roll_up_order(tags)]
        table = table.sort_by(order).combine_chunks()
        yield from table.to_batches(_BATCH_ROWS)


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
        document: dict[str, Any] = {"counts": dict(counts), "files": self._parts.upload()}
        self._objects.put(self._receipt, as_json(document))


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
    )
