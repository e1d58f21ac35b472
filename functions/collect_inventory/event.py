"""What the state machine hands in, and what it is handed back."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from crossfoot.domain.inventory import NAMED_ACCOUNTS, CollectionSummary, Receipt, WorkItem


class _OfCollection(BaseModel):
    """``run`` is the name of the execution; ``day`` is what ``list_accounts`` answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
    day: date


class CollectRequest(_OfCollection):
    """One account and Region."""

    step: Literal["collect"]
    account_id: Annotated[str, Field(pattern=r"^[0-9]{12}$")]
    region_code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
    statistics: Annotated[bool, Field(strict=True)] = False
    """Whether CloudWatch's figures are read too, which are paid for one by one."""

    @property
    def item(self) -> WorkItem:
        """What is to be collected."""
        return WorkItem(self.account_id, self.region_code)


class ConcludeRequest(_OfCollection):
    """All accounts and Regions have been tried."""

    step: Literal["conclude"]


type Request = Annotated[CollectRequest | ConcludeRequest, Field(discriminator="step")]

REQUEST: TypeAdapter[CollectRequest | ConcludeRequest] = TypeAdapter(Request)


def collected(receipt: Receipt) -> dict[str, Any]:
    """Return what became of one account and Region; gaps are named without resources."""
    return {
        "account_id": receipt.item.account_id,
        "region_code": receipt.item.region_code,
        "outcome": str(receipt.outcome),
        "n_resources": receipt.n_resources,
        "error": receipt.error,
        "gaps": [f"{gap.service} {gap.kind} {gap.reason}" for gap in receipt.gaps],
    }


def concluded(summary: CollectionSummary) -> dict[str, Any]:
    """Return how many accounts came how far, and the first of those that did not."""
    return {
        "n_collected": summary.n_collected,
        "n_partial": len(summary.partial),
        "n_failed": len(summary.failed),
        "n_resources": summary.n_resources,
        "partial": list(summary.partial[:NAMED_ACCOUNTS]),
        "failed": list(summary.failed[:NAMED_ACCOUNTS]),
    }
