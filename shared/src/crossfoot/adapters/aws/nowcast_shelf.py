"""Nowcasts in S3: records like any other, found by their month; implements ``NowcastShelf``."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from crossfoot.adapters.aws.places import CuratedPlaces, Place
from crossfoot.adapters.aws.record_days import S3RecordDays
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.adapters.error_rows import error_rows
from crossfoot.adapters.told_rows import told_month_in, told_rows
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.errors import DeploymentError
from crossfoot.domain.nowcasts import NOWCAST_ERRORS, NOWCASTS
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.domain.told_months import ToldMonth
from crossfoot.usecases.describe_run import digest_of
from crossfoot.usecases.nowcast_errors import compare_nowcast

_DIGITS = 16


@dataclass(frozen=True, slots=True, eq=False)
class ShelvedNowcast:
    """A nowcast that is kept, and when it was told."""

    nowcast_id: str
    told: ToldMonth
    told_at: datetime


class S3NowcastShelf:
    """Every nowcast that was ever made, and how far those of published months were off."""

    def __init__(self, objects: S3Objects, places: CuratedPlaces) -> None:
        self._objects = objects
        self._places = places
        self._records = S3RecordDays(objects, places)

    def keep(self, nowcast_id: str, told: ToldMonth, at: datetime) -> None:
        """Keep a nowcast for ever, and let it be found by its month and horizon."""
        self._records.keep(NOWCASTS, nowcast_id, told_rows(told), at)
        told_at = self.nowcast(nowcast_id).told_at
        folder = self._places.nowcasts_of(told.usage_period, told.horizon)
        name = f"{told_at.astimezone(UTC):%Y%m%dT%H%M%S%f}_{nowcast_id}.json"
        content = as_json({"nowcast_id": nowcast_id, "told_at": told_at.isoformat()})
        self._objects.put_absent(Place(folder.bucket, f"{folder.key}{name}"), content)

    def holds(self, nowcast_id: str) -> bool:
        """Whether a nowcast was ever kept."""
        return self._records.holds(NOWCASTS, nowcast_id)

    def nowcast(self, nowcast_id: str) -> ShelvedNowcast:
        """Return a kept nowcast.

        Raises
        ------
        DeploymentError
            There is none of that name.
        """
        rows = self._records.rows(NOWCASTS, nowcast_id)
        if rows is None:
            raise DeploymentError(
                f"the nowcast {nowcast_id} is not kept.", mend="Start look-ahead again."
            )
        return ShelvedNowcast(nowcast_id, told_month_in(rows), rows["recorded_at"][0].as_py())

    def has_errors(self, period: UsagePeriod) -> bool:
        """Whether the errors of a month are kept."""
        return self._objects.head(self._places.nowcast_errors_of(period)) is not None

    def keep_errors(self, first: CarbonDelivery, at: datetime) -> None:
        """Keep how far the nowcasts of a month were off what AWS published first; once.

        Of each horizon the last one counts, as it stood when AWS published.
        """
        kept = self._last_by_horizon(first.usage_period)
        published = ReportedCells.from_rows(first.rows)
        rows = [
            error_rows(each.nowcast_id, each.told_at, each.told, first, grain, compared)
            for each in kept
            for grain, compared in compare_nowcast(each.told, published).items()
        ]
        said = {"nowcasts": [each.nowcast_id for each in kept], "delivery": first.delivery_id}
        record_id = f"e-{digest_of(said)[:_DIGITS]}"
        if rows:
            self._records.keep(NOWCAST_ERRORS, record_id, pa.concat_tables(rows), at)
        done = self._places.nowcast_errors_of(first.usage_period)
        self._objects.put_absent(done, as_json({**said, "record_id": record_id}))

    def _last_by_horizon(self, period: UsagePeriod) -> list[ShelvedNowcast]:
        last: dict[str, str] = {}
        for key in self._objects.keys(self._places.nowcasts_of(period)):
            # sorted by horizon, and within it by the instant
            horizon, name = key.split("/")[-2:]
            last[horizon] = name.removesuffix(".json").partition("_")[2]
        return [self.nowcast(last[horizon]) for horizon in sorted(last)]
