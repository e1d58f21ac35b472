"""What nowcasts in a deployment ask of the world, beside ``deployment_ports``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from crossfoot.domain.looks import Look
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.publications import Publications
from crossfoot.domain.tables import CarbonDelivery, DeliveryLabel
from crossfoot.domain.told_months import ToldMonth
from crossfoot.usecases.carbon_history import CarbonHistory
from crossfoot.usecases.pipeline_ports import PinnedUsage, Query, SurveyedAccount


class PublishedNow(Protocol):
    """Knows what is published."""

    def current(self) -> Publications:
        """Return what is published now, strongly consistent."""
        ...


class SilentUsage(Protocol):
    """The pinned usage of a silent month, which only Athena reads whole."""

    def bring(self, plan: PinnedUsage) -> None:
        """Check the pinned files, and copy them to where they are read."""
        ...

    def questions(self, plan: PinnedUsage, attempt: str) -> Sequence[Query]:
        """Return what has to be asked of the lines before they are weighed."""
        ...

    def accounts(self, plan: PinnedUsage, attempt: str) -> Sequence[SurveyedAccount]:
        """Return the accounts, once all lines are known to be of the month."""
        ...

    def classify(self, plan: PinnedUsage, attempt: str) -> None:
        """Classify every distinct kind of line."""
        ...

    def weigh(self, plan: PinnedUsage, attempt: str) -> Query:
        """Return the question of key and value by cell."""
        ...


class AskedHistory(Protocol):
    """What was ever published, asked in one step and read in the next."""

    def questions(self, months: Sequence[UsagePeriod], attempt: str) -> Sequence[Query]:
        """Return what has to be asked of the published months."""
        ...

    def opened(
        self, look: Look, attempt: str, labels: Sequence[DeliveryLabel], weighed: Mapping[str, str]
    ) -> CarbonHistory:
        """Return the answers of an attempt.

        ``labels`` are of every delivery that was read; ``weighed`` is, by silent month, the
        attempt that weighed it.
        """
        ...


class NowcastShelf(Protocol):
    """Every nowcast that was ever made, and how far those of published months were off."""

    def keep(self, nowcast_id: str, told: ToldMonth, at: datetime) -> None:
        """Keep a nowcast for ever; the same id again changes nothing."""
        ...

    def holds(self, nowcast_id: str) -> bool:
        """Whether a nowcast was ever kept."""
        ...

    def has_errors(self, period: UsagePeriod) -> bool:
        """Whether the errors of a month are kept."""
        ...

    def keep_errors(self, first: CarbonDelivery, at: datetime) -> None:
        """Keep how far the nowcasts of a month were off what AWS published first; once."""
        ...
