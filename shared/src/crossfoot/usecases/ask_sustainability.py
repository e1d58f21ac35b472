"""Ask AWS's Sustainability API, keep what it says, and say what has to be asked of Athena."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crossfoot.domain.deliveries import DeliveryState, ExportKind
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.sustainability import COMPARED_MONTHS, FIRST_WATER_YEAR, months_of
from crossfoot.domain.versions import ModelVersion
from crossfoot.usecases.deployment_ports import DeliveryLedger, MonthLedger
from crossfoot.usecases.pipeline_ports import Query
from crossfoot.usecases.ports import Clock


@dataclass(frozen=True, slots=True)
class Asked:
    """One look at the API, as the next step finds it.

    Parameters
    ----------
    asked_at : datetime
        When it was asked, UTC; also dates the records of the look.
    n_pages : mapping of UsagePeriod to int
        Pages kept, of each year's water and each month's carbon.
    months : mapping of UsagePeriod to str
        Runs that spoke for the months of the years.
    deliveries : mapping of UsagePeriod to str
        Deliveries of the export to compare with; a month without one of its version is not there.
    """

    asked_at: datetime
    n_pages: Mapping[UsagePeriod, int]
    months: Mapping[UsagePeriod, str]
    deliveries: Mapping[UsagePeriod, str]


class Api(Protocol):
    """AWS's API."""

    def pages(self, period: UsagePeriod) -> Iterator[bytes]:
        """Yield what is said of a year's water or of a month's carbon."""
        ...


class AskedShelf(Protocol):
    """Keeps answers as they came, and the look that they belong to."""

    def keep_pages(
        self, attempt: str, period: UsagePeriod, pages: Iterable[bytes]
    ) -> tuple[int, ModelVersion | None]:
        """Keep the pages of a period; return how many, and the version that they are of."""
        ...

    def keep(self, attempt: str, asked: Asked) -> None:
        """Keep the look."""
        ...


class Questions(Protocol):
    """Words what has to be asked of the published tables."""

    def of(self, attempt: str, asked: Asked) -> Sequence[Query]:
        """Return the statements whose answers the next step reads."""
        ...


@dataclass(frozen=True, slots=True)
class LookReceipt:
    """What was asked: the attempt, the statements, and how many periods AWS knew something of."""

    attempt: str
    queries: tuple[Query, ...]
    n_years: int
    n_months: int


class AskSustainability:
    """Ask for every year's water and a year's months of carbon; AWS's own figures decide the rest.

    Parameters
    ----------
    api, shelf, questions
        See the protocols above.
    months, deliveries
        See ``deployment_ports``.
    clock : Clock
        Says which years and months there are.
    new_attempt : callable
        Names a look.
    """

    def __init__(  # noqa: PLR0913 - the parts of the work, by name
        self,
        api: Api,
        shelf: AskedShelf,
        questions: Questions,
        *,
        months: MonthLedger,
        deliveries: DeliveryLedger,
        clock: Clock,
        new_attempt: Callable[[], str],
    ) -> None:
        self._api = api
        self._shelf = shelf
        self._questions = questions
        self._months = months
        self._deliveries = deliveries
        self._clock = clock
        self._new_attempt = new_attempt

    def run(self) -> LookReceipt:
        """Ask and keep; nothing is decided here.

        Raises
        ------
        StorageError
            AWS does not answer now; the whole look is tried again.
        AccessDeniedError
            The role may not ask.
        """
        now, attempt = self._clock.now(), self._new_attempt()
        kept = {
            period: self._shelf.keep_pages(attempt, period, self._api.pages(period))
            for period in (*_years(now), *_months(now))
        }
        known = {period: version for period, (_, version) in kept.items() if version is not None}
        years = [period for period in known if not period.is_month]
        asked = Asked(
            asked_at=now,
            n_pages={period: kept[period][0] for period in known},
            months=self._runs(years),
            deliveries=self._comparable(known),
        )
        self._shelf.keep(attempt, asked)
        queries = tuple(self._questions.of(attempt, asked))
        return LookReceipt(attempt, queries, len(years), len(known) - len(years))

    def _runs(self, years: Sequence[UsagePeriod]) -> dict[UsagePeriod, str]:
        pointers = (self._months.pointer(month) for year in years for month in months_of(year))
        return {each.usage_period: each.run_id for each in pointers if each is not None}

    def _comparable(self, known: Mapping[UsagePeriod, ModelVersion]) -> dict[UsagePeriod, str]:
        found = {
            month: self._delivery(month, version)
            for month, version in known.items()
            if month.is_month
        }
        return {month: each for month, each in found.items() if each is not None}

    def _delivery(self, month: UsagePeriod, version: ModelVersion) -> str | None:
        """Return the delivery that speaks for the month, else the latest, of the API's version."""
        pointer = self._months.pointer(month)
        if pointer is not None and ModelVersion(pointer.model_version) == version:
            return pointer.delivery_id
        read = [
            (each.delivered_at, each.delivery_id)
            for each in self._deliveries.deliveries(month)
            if each.kind is ExportKind.CARBON
            and each.state is DeliveryState.READ
            and each.delivery_id is not None
            and ModelVersion(each.model_version or "") == version
        ]
        return max(read)[1] if read else None


def _years(now: datetime) -> list[UsagePeriod]:
    """Return the years that AWS may know, the running one last."""
    return [UsagePeriod(f"{year:04d}") for year in range(FIRST_WATER_YEAR, now.year + 1)]


def _months(now: datetime) -> list[UsagePeriod]:
    """Return the months before this one, oldest first."""
    this = now.year * 12 + now.month - 1
    return [
        UsagePeriod.of_month(number // 12, number % 12 + 1)
        for number in range(this - COMPARED_MONTHS, this)
    ]
