"""Manifests of finished runs, immutable."""

from collections.abc import Mapping
from typing import Any

from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.domain.period import UsagePeriod


class S3RunShelf:
    """The runs that were proven; a manifest is written last, so that a run with one is whole."""

    def __init__(self, objects: S3Objects, places: CuratedPlaces) -> None:
        self._objects = objects
        self._places = places

    def manifest(self, period: UsagePeriod, run_id: str) -> Mapping[str, Any]:
        """Return the manifest of a run.

        Raises
        ------
        DeploymentError
            It is not there, or by the name of its kind: it cannot be read now, or is damaged.
        """
        return self._objects.read_json(self._places.run_manifest(period, run_id))
