"""The plan of a run as an object in the work bucket: written once it is decided, then only read."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from crossfoot.adapters.aws.places import Place, WorkPlaces, run_id_of_plan
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.domain.errors import InvalidPeriodError, RunContentError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan


class S3Plans:
    """Plans, by run. The same run planned by another holder is another version of the object."""

    def __init__(self, objects: S3Objects, places: WorkPlaces) -> None:
        self._objects = objects
        self._places = places

    def keep(self, plan: MonthPlan) -> Place:
        """Write a plan; return where."""
        place = self._places.plan(plan.run_id)
        self._objects.put(place, as_json(plan_document(plan)))
        return place

    def read(self, plan_uri: str) -> MonthPlan:
        """Return the plan at a URI.

        Raises
        ------
        ForeignDeliveryError
            The URI is not that of a plan of this deployment.
        RunContentError
            What lies there is not the plan of that run.
        """
        run_id = run_id_of_plan(plan_uri, self._places.bucket)
        place = self._places.plan(run_id)
        document = self._objects.read_json(place)
        try:
            plan = month_plan(document)
        except (KeyError, TypeError, InvalidPeriodError) as error:
            raise _damaged(place) from error
        if plan.run_id != run_id:
            raise _damaged(place)
        return plan


def plan_document(plan: MonthPlan) -> dict[str, Any]:
    """Return a plan as JSON values."""
    return {**asdict(plan), "usage_period": plan.usage_period.text}


def month_plan(document: Mapping[str, Any]) -> MonthPlan:
    """Return the plan that ``plan_document`` wrote."""
    return MonthPlan(**{**document, "usage_period": UsagePeriod(document["usage_period"])})


def _damaged(place: Place) -> RunContentError:
    return RunContentError(
        f"{place.uri} is damaged: it is not the plan of its run.",
        mend="Replay the month.",
    )
