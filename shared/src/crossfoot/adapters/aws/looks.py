"""A look ahead as an object in the work bucket: written once it is taken, then only read."""

import re
from datetime import datetime
from typing import Any, Final

from crossfoot.adapters.aws.places import ATTEMPT, Place, WorkPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.domain.errors import ForeignDeliveryError, InvalidPeriodError, RunContentError
from crossfoot.domain.looks import Look, SilentMonth
from crossfoot.domain.period import UsagePeriod

_LOOK: Final = re.compile(rf"lookahead/(?P<attempt>{ATTEMPT})/look\.json")


class S3Looks:
    """Looks ahead, by their attempt."""

    def __init__(self, objects: S3Objects, places: WorkPlaces) -> None:
        self._objects = objects
        self._places = places

    def keep(self, look: Look) -> Place:
        """Write a look; return where."""
        place = self._places.look(look.attempt)
        self._objects.put(place, as_json(_document(look)))
        return place

    def read(self, look_uri: str) -> Look:
        """Return the look at a URI.

        Raises
        ------
        ForeignDeliveryError
            The URI is not that of a look of this deployment.
        RunContentError
            What lies there is no look.
        """
        place = Place.parse(look_uri)
        found = _LOOK.fullmatch(place.key)
        if place.bucket != self._places.bucket or found is None:
            raise ForeignDeliveryError(
                f"{look_uri[:200]!r} is not the place of a look of this deployment.",
                mend="Start look-ahead again; its own steps hand on the places.",
            )
        try:
            return _look(found["attempt"], self._objects.read_json(place))
        except (KeyError, TypeError, ValueError, InvalidPeriodError) as error:
            raise RunContentError(
                f"{place.uri} is damaged: it is not what a look found.",
                mend="Start look-ahead again.",
            ) from error


def _document(look: Look) -> dict[str, Any]:
    return {
        "at": look.at.isoformat(),
        "silent": [
            {
                "usage_period": each.usage_period.text,
                "usage_digest": each.usage_digest,
                "run_id": each.run_id,
            }
            for each in look.silent
        ],
        "published": {period.text: run_id for period, run_id in look.published.items()},
    }


def _look(attempt: str, document: dict[str, Any]) -> Look:
    silent = tuple(
        SilentMonth(UsagePeriod(each["usage_period"]), each["usage_digest"], each["run_id"])
        for each in document["silent"]
    )
    published = {UsagePeriod(text): run_id for text, run_id in document["published"].items()}
    return Look(attempt, datetime.fromisoformat(document["at"]), silent, published)
