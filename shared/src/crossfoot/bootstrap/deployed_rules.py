"""The function that judges thresholds, put together from the real parts.

As in ``deployed``: making it calls nothing of AWS, and what it answers is small JSON.
"""

import secrets
from dataclasses import asdict
from typing import Any, Final

from crossfoot import __version__
from crossfoot.adapters.aws.athena_series import AthenaSeries
from crossfoot.adapters.aws.dynamo_publications import DynamoPublications
from crossfoot.adapters.aws.dynamo_table import DynamoTable
from crossfoot.adapters.aws.dynamo_threshold_book import DynamoThresholdBook
from crossfoot.adapters.aws.places import WorkPlaces
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.bootstrap.deployed_parts import Ledger, clients
from crossfoot.bootstrap.deployed_policy import configuration, threshold_rules
from crossfoot.bootstrap.deployed_settings import LedgerSettings, WorkSettings
from crossfoot.domain.deliveries import event_id_of
from crossfoot.usecases.judge_rules import JudgeRules

_ATTEMPT_BYTES: Final = 6


class RulesSettings(LedgerSettings, WorkSettings):
    """Where the pointers and the book are, where answers lie, and where breaches are told."""


class DeployedRules:
    """Both steps of the judgement, as the door calls them."""

    def __init__(self, settings: RulesSettings) -> None:
        known = Ledger(settings)
        table = DynamoTable(clients().dynamodb, settings.ledger_table)
        digest = rules_digest()
        self._work = JudgeRules(
            DynamoPublications(table, known.clock.now),
            AthenaSeries(
                QueryResults(known.objects),
                WorkPlaces(settings.work_bucket),
                configuration().tag_columns,
            ),
            lambda snapshot: DynamoThresholdBook(
                table, known.outbox, snapshot=snapshot, digest=digest
            ),
            post=known.post,
            clock=known.clock,
            new_attempt=_new_attempt,
        )

    def ask(self, *, always: bool) -> dict[str, Any]:
        """Return what has to be asked of Athena."""
        asked = self._work.ask(threshold_rules(), always=always)
        return {**asdict(asked), "queries": [asdict(query) for query in asked.queries]}

    def judge(self, attempt: str, snapshot: int) -> dict[str, Any]:
        """Judge what Athena has answered."""
        return asdict(self._work.judge(threshold_rules(), attempt, snapshot))


def rules_digest() -> str:
    """Return a name of all that is judged: other rules or another engine judge anew."""
    return event_id_of("rules", __version__, repr(threshold_rules()))


def _new_attempt() -> str:
    return secrets.token_hex(_ATTEMPT_BYTES)
