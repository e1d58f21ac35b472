"""The published tables beside the Sustainability API: asked of Athena, read where it unloaded."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from crossfoot.adapters.athena_sql import unload
from crossfoot.adapters.aws.places import Place, WorkPlaces
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.aws.sustainability_asked import S3AskedShelf
from crossfoot.adapters.exported_cells import EXPORTED_SCHEMA, exported_cells
from crossfoot.adapters.sustainability_answers import AnswerPart
from crossfoot.adapters.sustainability_reading import carbon_answers, water_answers
from crossfoot.adapters.sustainability_sql import (
    SHARD,
    exported_query,
    marks_query,
    year_usage_query,
)
from crossfoot.adapters.water_usage import USAGE_SCHEMA, CodedWaterYear, coded_water_year
from crossfoot.domain.columns import Table
from crossfoot.domain.errors import StorageError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.sustainability import CarbonAnswer, WaterAnswer, months_of
from crossfoot.usecases.ask_sustainability import Asked
from crossfoot.usecases.compare_carbon_sources import ExportedCarbon
from crossfoot.usecases.pipeline_ports import Query
from crossfoot.usecases.sustainability_ports import RecordMark

_MARKS: Final = "marks"
_EXPORTED: Final = "exported"
_MARKS_SCHEMA: Final = pa.schema(
    [(name, pa.string()) for name in ("table_name", "subject", "name", "content_digest")]
)


class AthenaQuestions:
    """Words the statements of a look."""

    def __init__(self, places: WorkPlaces) -> None:
        self._places = places

    def of(self, attempt: str, asked: Asked) -> Sequence[Query]:
        """Return the newest records, the export's figures, and usage of years that are published.

        The usage of a year is unloaded by the last digit of the account, so that a part of it fits
        into a function's memory.
        """
        deliveries = {name: month for month, name in asked.deliveries.items()}
        texts = {_MARKS: marks_query(), _EXPORTED: exported_query(deliveries)}
        queries = [
            Query(name, unload(sql, self._places.sustainability_answer(attempt, name).uri))
            for name, sql in texts.items()
        ]
        years = [period for period in asked.n_pages if not period.is_month]
        whole = (year for year in years if _is_whole(asked, year))
        return [*queries, *(self._usage(attempt, asked, year) for year in whole)]

    def _usage(self, attempt: str, asked: Asked, year: UsagePeriod) -> Query:
        months = {month: asked.months[month] for month in months_of(year)}
        sql = year_usage_query(months, with_shard=True)
        place = self._places.sustainability_answer(attempt, _usage_name(year))
        return Query(_usage_name(year), unload(sql, place.uri, partitioned_by=SHARD))


class AnsweredSustainability:
    """A look, and what Athena answered beside it; implements ``SustainabilityMemory``."""

    parts: Final = tuple("0123456789")

    def __init__(
        self, shelf: S3AskedShelf, results: QueryResults, places: WorkPlaces, attempt: str
    ) -> None:
        self._shelf = shelf
        self._results = results
        self._places = places
        self._attempt = attempt
        self.asked = shelf.asked(attempt)
        self._marks = {
            (row["table_name"], row["subject"]): RecordMark(row["name"], row["content_digest"])
            for row in self._answer(_MARKS, _MARKS_SCHEMA).to_pylist()
        }

    def water(self) -> list[WaterAnswer]:
        """Return what AWS said of each year."""
        years = [period for period in self.asked.n_pages if not period.is_month]
        return [answer for year in years for answer in water_answers(self._pages(year))]

    def carbon(self) -> Iterator[CarbonAnswer]:
        """Yield what AWS said of each month, one at a time."""
        for period in self.asked.n_pages:
            if period.is_month:
                yield from carbon_answers(self._pages(period))

    def latest(self, table: Table, subject: str) -> RecordMark | None:
        """Return the newest record of a year or month in one of the tables."""
        return self._marks.get((table.name, subject))

    def kept_water(self) -> Sequence[WaterAnswer]:
        """Return nothing: AWS is asked for every year each time."""
        return ()

    def published(self) -> Mapping[UsagePeriod, str]:
        """Return the run that spoke for each month when the look was taken."""
        return self.asked.months

    def coded(self, answer: WaterAnswer, digits: str) -> CodedWaterYear:
        """Return a part of a year's cells, beside what the same accounts used in it.

        Raises
        ------
        StorageError
            A month was published again meanwhile: the look has to be taken again.
        """
        folder = self._places.sustainability_answer(self._attempt, _usage_name(answer.year))
        part = Place(folder.bucket, f"{folder.key}{SHARD}={digits}/")
        usage = self._results.table(part, USAGE_SCHEMA)
        runs = {self.asked.months[month] for month in months_of(answer.year)}
        if set(pc.unique(usage["run_id"]).to_pylist()) - runs:
            raise StorageError(
                f"A month of {answer.year} was published again meanwhile.",
                mend="The look is taken again by itself.",
            )
        return coded_water_year(answer, usage, digits)

    def exported(self, answer: CarbonAnswer) -> ExportedCarbon | None:
        """Return the export's figures of the month, in the delivery that was chosen."""
        delivery_id = self.asked.deliveries.get(answer.usage_period)
        if delivery_id is None:
            return None
        is_chosen = pc.equal(self._exported["delivery_id"], delivery_id)
        chosen = self._exported.filter(is_chosen)
        return ExportedCarbon(delivery_id, exported_cells(chosen))

    @cached_property
    def _exported(self) -> pa.Table:
        return self._answer(_EXPORTED, EXPORTED_SCHEMA)

    def _pages(self, period: UsagePeriod) -> list[AnswerPart]:
        return list(self._shelf.parts(self._attempt, self.asked, period))

    def _answer(self, name: str, schema: pa.Schema) -> pa.Table:
        return self._results.table(self._places.sustainability_answer(self._attempt, name), schema)


def _usage_name(year: UsagePeriod) -> str:
    return f"usage_{year}"


def _is_whole(asked: Asked, year: UsagePeriod) -> bool:
    return set(months_of(year)) <= asked.months.keys() and asked.asked_at >= year.end
