"""A look at the Sustainability API in S3: its pages as they were answered, and what was seen."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from crossfoot.adapters.aws.places import CuratedPlaces, WorkPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.adapters.sustainability_answers import AnswerPart, answer_part, rows_of
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.versions import ModelVersion
from crossfoot.usecases.ask_sustainability import Asked


class S3AskedShelf:
    """Pages lie in the bucket that is kept, by attempt; the look in the one that expires."""

    def __init__(self, objects: S3Objects, curated: CuratedPlaces, work: WorkPlaces) -> None:
        self._objects = objects
        self._curated = curated
        self._work = work

    def keep_pages(
        self, attempt: str, period: UsagePeriod, pages: Iterable[bytes]
    ) -> tuple[int, ModelVersion | None]:
        """Keep the pages of a period; return how many, and the version that they are of.

        Raises
        ------
        InputError
            AWS answered something else than its model says, by name.
        """
        n_pages, version = 0, None
        for content in pages:
            place = self._curated.answered_page(attempt, period, n_pages)
            self._objects.put_new(place, content)
            n_pages += 1
            if version is None:
                part = answer_part(content, place.uri, period.end)
                version = next((row.model_version for row, _ in rows_of([part])), None)
        return n_pages, version

    def keep(self, attempt: str, asked: Asked) -> None:
        """Keep the look."""
        document = {
            "asked_at": asked.asked_at.isoformat(),
            "n_pages": _texts(asked.n_pages),
            "months": _texts(asked.months),
            "deliveries": _texts(asked.deliveries),
        }
        self._objects.put_new(self._work.sustainability(attempt), as_json(document))

    def asked(self, attempt: str) -> Asked:
        """Return the look."""
        document = self._objects.read_json(self._work.sustainability(attempt))
        return Asked(
            datetime.fromisoformat(document["asked_at"]),
            {UsagePeriod(key): int(value) for key, value in document["n_pages"].items()},
            {UsagePeriod(key): str(value) for key, value in document["months"].items()},
            {UsagePeriod(key): str(value) for key, value in document["deliveries"].items()},
        )

    def parts(self, attempt: str, asked: Asked, period: UsagePeriod) -> Iterator[AnswerPart]:
        """Yield the pages of a period."""
        for number in range(asked.n_pages[period]):
            place = self._curated.answered_page(attempt, period, number)
            yield answer_part(self._objects.read(place), place.uri, asked.asked_at)


def _texts(by_period: Mapping[UsagePeriod, Any]) -> dict[str, Any]:
    return {period.text: value for period, value in by_period.items()}
