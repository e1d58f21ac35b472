"""The pinned usage of a month as Athena sees it; implements ``SurveyedUsage``."""

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from crossfoot.adapters import athena_sql
from crossfoot.adapters.athena_sql import UsageQuestion
from crossfoot.adapters.aws.pins import S3Pins
from crossfoot.adapters.aws.places import Place, WorkPlaces, run_key
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.aws.shard_lists import S3ShardLists
from crossfoot.adapters.aws.usage_copies import UsageCopies
from crossfoot.adapters.usage_answers import SURVEY, WEIGHTS, accounts_in, months_in, payers_in
from crossfoot.adapters.usage_kinds import classified, require_month, work_schema
from crossfoot.domain.configuration import TagKey
from crossfoot.domain.deliveries import ExportKind, PinnedDelivery
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.usage_contract import UsageContract
from crossfoot.domain.work_columns import ACCOUNT_SHARDS
from crossfoot.usecases.pipeline_ports import (
    AccountShard,
    PinnedUsage,
    Query,
    SurveyedAccount,
)

_WEIGHTS: Final = "weights"


class AthenaUsage:
    """Asks Athena, through the state machine, and reads the answers from the work bucket."""

    def __init__(
        self,
        objects: S3Objects,
        copies: UsageCopies,
        pins: S3Pins,
        places: WorkPlaces,
        *,
        contract: UsageContract,
        tags: tuple[TagKey, ...],
    ) -> None:
        self._objects = objects
        self._copies = copies
        self._pins = pins
        self._places = places
        self._results = QueryResults(objects)
        self._contract = contract
        self._tags = tags

    def bring(self, plan: PinnedUsage) -> None:
        """Check the pinned files, and copy them to where they are read."""
        self._copies.bring(self._pinned(plan), self._contract)

    def questions(self, plan: PinnedUsage, attempt: str) -> list[Query]:
        """Return what has to be asked of the lines before they are rolled up."""
        asked = athena_sql.survey(self._question(plan))
        return [
            Query(name, athena_sql.unload(sql, self._answer(plan, attempt, name).uri))
            for name, sql in asked.items()
        ]

    def accounts(self, plan: PinnedUsage, attempt: str) -> list[SurveyedAccount]:
        """Return the accounts, once all lines are known to be of the month.

        Raises
        ------
        UsagePeriodMismatchError
            There are lines of another month, or of none.
        """
        delivery = self._pinned(plan)
        require_month(
            months_in(self._read(plan, attempt, "lines")),
            plan.usage_period,
            file=f"s3://{delivery.bucket}/{delivery.manifest.key}",
            column=self._contract.period_column,
        )
        return accounts_in(self._read(plan, attempt, "accounts"))

    def other_payers(self, plan: MonthPlan, attempt: str) -> list[str]:
        """Return management accounts of the usage that AWS's figures are not of."""
        payers = payers_in(self._read(plan, attempt, "lines"))
        return [payer for payer in payers if payer != plan.payer_account_id]

    def classify(self, plan: PinnedUsage, attempt: str) -> None:
        """Classify every distinct kind of line, for the roll-up to join with."""
        found = self._read(plan, attempt, "kinds")
        rows = zip(*(column.to_pylist() for column in found.columns), strict=True)
        kinds, places = classified(rows)
        self._keep(plan, attempt, "kinds", kinds)
        self._keep(plan, attempt, "places", places)

    def keep_shards(self, plan: MonthPlan, attempt: str, accounts: Sequence[AccountShard]) -> str:
        """Write down which shard allocates which account; return where the list of shards lies."""
        schema = work_schema(ACCOUNT_SHARDS)
        columns = (
            [each.account for each in accounts],
            [each.name for each in accounts],
            [each.shard for each in accounts],
        )
        arrays = [pa.array(c, field.type) for c, field in zip(columns, schema, strict=True)]
        self._keep(plan, attempt, "account_shards", pa.Table.from_arrays(arrays, schema=schema))
        n_shards = 1 + max((each.shard for each in accounts), default=0)
        lists = S3ShardLists(self._objects, self._places)
        return lists.keep(plan.run_id, attempt, n_shards).uri

    def roll_up(self, plan: MonthPlan, attempt: str) -> Query:
        """Return the roll-up, one folder per shard."""
        select = athena_sql.roll_up(self._question(plan), run_key(plan.run_id, attempt))
        folder = self._places.roll_up(plan.run_id, attempt)
        sql = athena_sql.unload(select, folder.uri, partitioned_by=athena_sql.SHARD)
        return Query("roll_up", sql)

    def weigh(self, plan: PinnedUsage, attempt: str) -> Query:
        """Return the question of key and value by cell, once the lines are classified."""
        select = athena_sql.cell_weights(self._question(plan), run_key(plan.run_id, attempt))
        return Query(_WEIGHTS, athena_sql.unload(select, self._answer(plan, attempt, _WEIGHTS).uri))

    def weights(self, plan: PinnedUsage, attempt: str) -> pa.Table:
        """Return key and value by cell, as Athena weighed them; in any order."""
        return self._results.table(self._answer(plan, attempt, _WEIGHTS), WEIGHTS)

    def _pinned(self, plan: PinnedUsage) -> PinnedDelivery:
        return self._pins.pinned(plan.usage_period, ExportKind.USAGE, digest_of_usage(plan))

    def _question(self, plan: PinnedUsage) -> UsageQuestion:
        return UsageQuestion(self._contract, plan.usage_period, digest_of_usage(plan), self._tags)

    def _answer(self, plan: PinnedUsage, attempt: str, name: str) -> Place:
        return self._places.survey(plan.run_id, attempt, name)

    def _read(self, plan: PinnedUsage, attempt: str, name: str) -> pa.Table:
        return self._results.table(self._answer(plan, attempt, name), SURVEY[name])

    def _keep(self, plan: PinnedUsage, attempt: str, table: str, rows: pa.Table) -> None:
        place = self._places.run_table(table, plan.run_id, attempt)
        self._objects.put(place, parquet_bytes(rows))


def digest_of_usage(plan: PinnedUsage) -> str:
    """Return the plan's usage; a plan without any has nothing to roll up."""
    if plan.usage_digest is None:
        raise ValueError(f"{plan.run_id} closes without usage")
    return plan.usage_digest


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a small table as one Parquet file: equal bytes for equal tables."""
    sink = pa.BufferOutputStream()
    pq.write_table(table.combine_chunks(), sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content
