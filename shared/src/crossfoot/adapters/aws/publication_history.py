"""What readers see, and what they saw: the catalogue that keeps every publication."""

from datetime import UTC

from crossfoot.adapters.aws.dynamo_months import DynamoMonthLedger
from crossfoot.adapters.aws.glue_catalog import GlueCatalog
from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.domain.deliveries import Pointer
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.publication_tables import PUBLICATIONS


class RememberingCatalog:
    """Shows a run, once all publications of its month are in the history; a ``Catalog``.

    The history is complete whatever crashed: every publication is written down in the ledger in
    the step that makes it, and what is not in the history yet comes with the next one.
    """

    def __init__(
        self,
        catalog: GlueCatalog,
        months: DynamoMonthLedger,
        objects: S3Objects,
        places: CuratedPlaces,
    ) -> None:
        self._catalog = catalog
        self._months = months
        self._objects = objects
        self._places = places

    def point(self, period: UsagePeriod, run_id: str) -> None:
        """Keep every publication of the month, and let every table of it show a run."""
        for told in self._months.publications(period):
            self._keep(told)
        self._catalog.point(period, run_id)

    def _keep(self, told: Pointer) -> None:
        record_id = f"p-{told.usage_period}-{told.version:06d}"
        day = told.published_at.astimezone(UTC).date()
        part = self._places.record_part(PUBLICATIONS.name, day, record_id)
        if self._objects.head(part) is not None:
            return
        # Arrow takes long to load, and most calls have nothing to write
        from crossfoot.adapters.aws.record_days import S3RecordDays  # noqa: PLC0415

        self._catalog.show_earlier(told.usage_period, told.run_id)
        row = {
            "usage_period": told.usage_period.text,
            "version": told.version,
            "run_id": told.run_id,
            "published_at": told.published_at,
            "cause": told.cause,
            "delivery_id": told.delivery_id,
            "model_version": told.model_version,
        }
        records = S3RecordDays(self._objects, self._places)
        records.keep(PUBLICATIONS, record_id, [row], told.published_at)
