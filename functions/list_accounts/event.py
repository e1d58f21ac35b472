"""What the state machine hands in, and what it is handed back."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from crossfoot.usecases.list_accounts import CollectionPlan


class ListRequest(BaseModel):
    """``run`` is the name of the execution, which names the collection everywhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")]


def answered(plan: CollectionPlan) -> dict[str, Any]:
    """Return where the Distributed Map finds its items, and the day that they all belong to."""
    return {
        "run": plan.collection,
        "day": plan.day.isoformat(),
        "items_uri": plan.items_uri,
        "n": plan.n_items,
        "n_accounts": plan.n_accounts,
    }
