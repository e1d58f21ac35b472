"""What the queue brings: the announcements of S3, by way of EventBridge."""

from typing import Any, Final

from aws_lambda_powertools.utilities.parser.models import (
    S3EventNotificationEventBridgeModel,
    SqsRecordModel,
)
from pydantic import Json

_LAST_CHANCE: Final = 5
"""Receipt at which files that are still not there are given up; the queue allows more."""


class ManifestAnnounced(SqsRecordModel):
    """One message: an object was created, and its key ends as a manifest's does."""

    body: Json[S3EventNotificationEventBridgeModel]

    def manifest(self) -> dict[str, Any]:
        """Return which version of which object was announced, and whether to wait for its files."""
        detail = self.body.detail
        return {
            "bucket": detail.bucket.name,
            "key": detail.object.key,
            "version_id": detail.object.version_id,
            "is_last_chance": int(self.attributes.ApproximateReceiveCount) >= _LAST_CHANCE,
        }
