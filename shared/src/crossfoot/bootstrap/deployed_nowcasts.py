"""The functions that nowcast the silent months, put together from the real parts.

As in ``deployed``: every function takes settings, makes no call to AWS, and returns what the door
calls.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from crossfoot.adapters.aws.athena_history import AthenaHistory
from crossfoot.adapters.aws.athena_usage import AthenaUsage
from crossfoot.adapters.aws.kept_carbon import S3KeptCarbon
from crossfoot.adapters.aws.looks import S3Looks
from crossfoot.adapters.aws.nowcast_shelf import S3NowcastShelf
from crossfoot.adapters.aws.pins import S3Pins
from crossfoot.adapters.aws.places import WorkPlaces
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.aws.usage_copies import UsageCopies
from crossfoot.bootstrap.deployed import Answer
from crossfoot.bootstrap.deployed_month import CONTRACTS, UsageFormatSettings
from crossfoot.bootstrap.deployed_parts import Ledger, clients, workflow
from crossfoot.bootstrap.deployed_settings import LedgerSettings, WorkflowSettings, WorkSettings
from crossfoot.domain.period import UsagePeriod
from crossfoot.usecases.judge_nowcasts import JudgeNowcasts
from crossfoot.usecases.look_ahead import LookAhead
from crossfoot.usecases.make_nowcasts import MakeNowcasts, weighed_months
from crossfoot.usecases.pipeline_ports import Query
from crossfoot.usecases.weigh_silent_month import WeighSilentMonth

_ATTEMPT_BYTES: Final = 6
_QUARANTINED: Final[Answer] = {"outcome": "quarantined"}


class NowcastSettings(LedgerSettings, WorkSettings, UsageFormatSettings, WorkflowSettings):
    """Where usage, history and nowcasts are, and what places a nowcast."""


class _Parts:
    """What all steps share."""

    def __init__(self, settings: NowcastSettings) -> None:
        self.known = Ledger(settings)
        self.work = WorkPlaces(settings.work_bucket)
        self.looks = S3Looks(self.known.objects, self.work)
        self.shelf = S3NowcastShelf(self.known.objects, self.known.places)
        self.published = self.known.publications
        self.usage = AthenaUsage(
            self.known.objects,
            UsageCopies(clients().s3, self.work),
            S3Pins(self.known.objects, self.known.places),
            self.work,
            contract=CONTRACTS[settings.usage_format],
            # a nowcast is made of whole cells: tags matter where it is placed
            tags=(),
        )
        self.history = AthenaHistory(QueryResults(self.known.objects), self.work, self.usage)
        self.weigh = WeighSilentMonth(
            self.usage,
            self.known.deliveries,
            post=self.known.post,
            clock=self.known.clock,
            new_attempt=_new_attempt,
        )


def find_silent_months(settings: NowcastSettings) -> Callable[[datetime], Answer]:
    """Return what judges nowcasts of published months, and finds the months to nowcast."""
    parts = _Parts(settings)
    judge = JudgeNowcasts(
        parts.published,
        parts.known.runs,
        S3KeptCarbon(parts.known.objects, parts.known.places),
        shelf=parts.shelf,
        clock=parts.known.clock,
    )
    look_ahead = LookAhead(
        parts.published,
        parts.known.deliveries,
        clock=parts.known.clock,
        new_attempt=_new_attempt,
    )

    def find(started_at: datetime) -> Answer:
        judged = judge.run()
        seen = look_ahead.run(started_at)
        answer: Answer = {"outcome": seen.outcome.value, "judged": judged, "months": []}
        if seen.look is not None:
            answer["look_uri"] = parts.looks.keep(seen.look).uri
            answer["months"] = [each.usage_period.text for each in seen.look.silent]
        return answer

    return find


def survey_silent_month(settings: NowcastSettings) -> Callable[[str, str], Answer]:
    """Return what brings the usage of a month of a look, and says what to ask of it."""
    parts = _Parts(settings)

    def survey(look_uri: str, usage_period: str) -> Answer:
        asked = parts.weigh.survey(parts.looks.read(look_uri).of(UsagePeriod(usage_period)))
        if asked is None:
            return _QUARANTINED
        return {"outcome": "ask", "attempt": asked.attempt, "queries": _told(asked.queries)}

    return survey


def classify_silent_month(settings: NowcastSettings) -> Callable[[str, str, str], Answer]:
    """Return what classifies the surveyed usage of a month of a look, and words its sums."""
    parts = _Parts(settings)

    def classify(look_uri: str, usage_period: str, attempt: str) -> Answer:
        month = parts.looks.read(look_uri).of(UsagePeriod(usage_period))
        query = parts.weigh.classify(month, attempt)
        return _QUARANTINED if query is None else {"outcome": "ask", "sql": query.sql}

    return classify


def ask_history(settings: NowcastSettings) -> Callable[[str], Answer]:
    """Return what words the questions about what was ever published."""
    parts = _Parts(settings)

    def ask(look_uri: str) -> Answer:
        look, attempt = parts.looks.read(look_uri), _new_attempt()
        queries = parts.history.questions(sorted(look.published), attempt)
        return {"attempt": attempt, "queries": _told(queries)}

    return ask


def make_nowcasts(settings: NowcastSettings) -> Callable[..., Answer]:
    """Return what makes the nowcasts of a look, keeps them, and starts the closing of each."""
    parts = _Parts(settings)
    make = MakeNowcasts(
        parts.published,
        parts.known.deliveries,
        parts.known.nowcasts,
        history=parts.history,
        shelf=parts.shelf,
        workflow=workflow(settings),
        clock=parts.known.clock,
    )

    def made(look_uri: str, attempt: str, months: Sequence[Mapping[str, str | None]]) -> Answer:
        receipt = make.run(parts.looks.read(look_uri), attempt, weighed_months(months))
        n_failed = sum(each["outcome"] == "failed" for each in months)
        return {**asdict(receipt), "outcome": receipt.outcome.value, "n_failed": n_failed}

    return made


def _told(queries: Sequence[Query]) -> list[Answer]:
    return [{"name": query.name, "sql": query.sql} for query in queries]


def _new_attempt() -> str:
    return secrets.token_hex(_ATTEMPT_BYTES)
