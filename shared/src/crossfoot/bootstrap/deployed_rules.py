"""The function that judges thresholds and targets, put together from the real parts.

As in ``deployed``: making it calls nothing of AWS, and what it answers is small JSON.
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from crossfoot import __version__
from crossfoot.adapters.aws.athena_series import AthenaSeries
from crossfoot.adapters.aws.dynamo_publications import DynamoPublications
from crossfoot.adapters.aws.dynamo_table import DynamoTable
from crossfoot.adapters.aws.dynamo_threshold_book import DynamoThresholdBook
from crossfoot.adapters.aws.dynamo_turn import DynamoTurn
from crossfoot.adapters.aws.metric_units import MetricUnits
from crossfoot.adapters.aws.outlook_shelf import AthenaOutlookShelf
from crossfoot.adapters.aws.places import WorkPlaces
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.aws.record_days import S3RecordDays
from crossfoot.bootstrap.deployed_parts import Ledger, clients
from crossfoot.bootstrap.deployed_policy import (
    configuration,
    fiscal_year,
    targets,
    threshold_rules,
)
from crossfoot.bootstrap.deployed_settings import LedgerSettings, WorkSettings
from crossfoot.domain.deliveries import event_id_of
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.targets import FunctionalUnit
from crossfoot.usecases.judge_rules import Bench, JudgeRules
from crossfoot.usecases.keep_outlooks import KeepOutlooks
from crossfoot.usecases.ports import Clock

_ATTEMPT_BYTES: Final = 6


class RulesSettings(LedgerSettings, WorkSettings):
    """Where the pointers and the book are, where answers lie, and where breaches are told."""


class DeployedRules:
    """Both steps of the judgement, as the door calls them."""

    def __init__(self, settings: RulesSettings) -> None:
        known = Ledger(settings)
        table = DynamoTable(clients().dynamodb, settings.ledger_table)
        results, places = QueryResults(known.objects), WorkPlaces(settings.work_bucket)
        shelf = S3RecordDays(known.objects, known.places)
        self._work = JudgeRules(
            _bench(known, table),
            AthenaSeries(results, places, configuration().tag_columns),
            outlooks=KeepOutlooks(
                AthenaOutlookShelf(results, places, shelf, known.clock.now),
                DeployedUnits(known.clock),
                fiscal=fiscal_year(),
                targets=targets(),
            ),
            post=known.post,
            clock=known.clock,
        )

    def ask(self, holder: str, *, always: bool) -> dict[str, Any]:
        """Return what has to be asked of Athena."""
        attempt = secrets.token_hex(_ATTEMPT_BYTES)
        asked = self._work.ask(threshold_rules(), attempt, holder, always=always)
        return {**asdict(asked), "queries": [asdict(query) for query in asked.queries]}

    def judge(self, attempt: str, snapshot: int, holder: str) -> dict[str, Any]:
        """Judge what Athena has answered."""
        return asdict(self._work.judge(threshold_rules(), attempt, snapshot, holder))


class DeployedUnits:
    """Functional units of CloudWatch, whose client is made for targets that have some."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def amounts(self, functional_unit: FunctionalUnit) -> Mapping[UsagePeriod, int]:
        """Return the sums of a unit's metric by month. [10^-6 unit]."""
        return MetricUnits(clients().cloudwatch, self._clock).amounts(functional_unit)


def _bench(known: Ledger, table: DynamoTable) -> Bench:
    def book(snapshot: int) -> DynamoThresholdBook:
        digest = rules_digest(known.clock.now())
        return DynamoThresholdBook(table, known.outbox, snapshot=snapshot, digest=digest)

    now = known.clock.now
    return Bench(DynamoPublications(table, now), DynamoTurn(table, now), book)


def rules_digest(now: datetime) -> str:
    """Return a name of all that is judged: other rules or another engine judge anew.

    Functional units are counted month by month without anything being published.
    """
    counted = [each for each in targets() if each.functional_unit is not None]
    month = UsagePeriod.containing(now).text if counted else ""
    parts = (threshold_rules(), targets(), fiscal_year())
    return event_id_of("rules", __version__, month, *map(repr, parts))
