"""The function that collects from the Sustainability API, put together from the real parts.

As in ``deployed``: making it calls nothing of AWS, and what it answers is small JSON.
"""

import secrets
from collections.abc import Callable
from typing import Annotated, Any, Final

import boto3
import botocore.session
from pydantic import Field

from crossfoot.adapters.aws.athena_sustainability import AnsweredSustainability, AthenaQuestions
from crossfoot.adapters.aws.member_account import PATIENT, MemberRole
from crossfoot.adapters.aws.places import WorkPlaces
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.aws.record_days import S3RecordDays
from crossfoot.adapters.aws.sustainability_api import SustainabilityApi, sustainability_client
from crossfoot.adapters.aws.sustainability_asked import S3AskedShelf
from crossfoot.adapters.aws.sustainability_shelf import RecordedSustainability
from crossfoot.bootstrap.deployed_parts import Ledger
from crossfoot.bootstrap.deployed_settings import LedgerSettings, WorkSettings
from crossfoot.usecases.ask_sustainability import AskSustainability
from crossfoot.usecases.collect_sustainability import CollectSustainability

type Answer = dict[str, Any]

_ATTEMPT_BYTES: Final = 6


class SustainabilitySettings(LedgerSettings, WorkSettings):
    """Where answers are kept, and how the API is asked: as ourselves, or by another role."""

    external_id: Annotated[str, Field(min_length=2)]
    sustainability_role_arn: str | None = None


def ask_sustainability(settings: SustainabilitySettings) -> Callable[[str], Answer]:
    """Return what asks AWS, keeps its answers, and says what has to be asked of Athena."""
    known, work = Ledger(settings), WorkPlaces(settings.work_bucket)
    role_arn = settings.sustainability_role_arn

    def ask(run: str) -> Answer:
        client = sustainability_client(_role(settings), run, role_arn)
        receipt = AskSustainability(
            SustainabilityApi(client),
            S3AskedShelf(known.objects, known.places, work),
            AthenaQuestions(work),
            months=known.months,
            deliveries=known.deliveries,
            clock=known.clock,
            new_attempt=_new_attempt,
        ).run()
        return {
            "attempt": receipt.attempt,
            "queries": [{"name": each.name, "sql": each.sql} for each in receipt.queries],
            "n_years": receipt.n_years,
            "n_months": receipt.n_months,
        }

    return ask


def settle_sustainability(settings: SustainabilitySettings) -> Callable[[str], Answer]:
    """Return what keeps a look's water, spreads it, compares its carbon, and tells."""
    known, work = Ledger(settings), WorkPlaces(settings.work_bucket)
    pages = S3AskedShelf(known.objects, known.places, work)

    def settle(attempt: str) -> Answer:
        memory = AnsweredSustainability(pages, QueryResults(known.objects), work, attempt)
        days = S3RecordDays(known.objects, known.places)
        shelf = RecordedSustainability(days, known.outbox)
        collect = CollectSustainability(memory, shelf)
        receipt = collect.run(memory.water(), memory.carbon(), memory.asked.asked_at)
        known.post.run()
        return {
            "n_years": len(receipt.years),
            "n_spread": sum(year.unspread is None for year in receipt.years),
            "n_new": sum(year.is_new for year in receipt.years),
            "n_compared": sum(month.delivery_id is not None for month in receipt.months),
            "n_differing": sum(len(month.differences) for month in receipt.months),
        }

    return settle


def _role(settings: SustainabilitySettings) -> MemberRole:
    core = botocore.session.get_session()
    # sessions of the global endpoint are not valid in Regions that one opts into
    core.set_config_variable("sts_regional_endpoints", "regional")
    session = boto3.Session(botocore_session=core)
    role_arn = settings.sustainability_role_arn or ""
    return MemberRole(
        session=session,
        sts=session.client("sts", config=PATIENT),
        role_name=role_arn.rpartition("/")[2],
        external_id=settings.external_id,
        home=session.region_name,
    )


def _new_attempt() -> str:
    return secrets.token_hex(_ATTEMPT_BYTES)
