"""What was ever published, asked of Athena; implements ``AskedHistory``."""

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from crossfoot.adapters import athena_sql, history_sql
from crossfoot.adapters.aws.athena_usage import AthenaUsage
from crossfoot.adapters.aws.places import WorkPlaces
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.history_tables import history_of
from crossfoot.domain.looks import Look
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.usecases.carbon_history import CarbonHistory
from crossfoot.usecases.pipeline_ports import Query

_TEXTS: Final = [(name, pa.string()) for name in history_sql.KEYS]
_FIGURES: Final = pa.schema(
    [("delivery_id", pa.string()), *_TEXTS, *((str(each), pa.int64()) for each in MEASURES)]
)
_USAGE: Final = pa.schema(
    [
        ("usage_period", pa.string()),
        *_TEXTS,
        *((name, pa.int64()) for name in history_sql.WEIGHTS),
    ]
)


class AthenaHistory:
    """Asks Athena, through the state machine, and reads the answers from the work bucket.

    Parameters
    ----------
    results, places
        Access to answers, and where they lie.
    usage : AthenaUsage
        Reads what the silent months weigh.
    """

    def __init__(self, results: QueryResults, places: WorkPlaces, usage: AthenaUsage) -> None:
        self._results = results
        self._places = places
        self._usage = usage

    def questions(self, months: Sequence[UsagePeriod], attempt: str) -> list[Query]:
        """Return what has to be asked of the published months."""
        asked = {
            "figures": history_sql.FIGURES,
            "used": history_sql.usage_of_months(months),
        }
        return [
            Query(name, athena_sql.unload(sql, self._places.look_answer(attempt, name).uri))
            for name, sql in asked.items()
        ]

    def opened(
        self, look: Look, attempt: str, labels: Sequence[DeliveryLabel], weighed: Mapping[str, str]
    ) -> CarbonHistory:
        """Return the answers of an attempt, for the deliveries that have rows."""
        figures = self._answer(attempt, "figures", _FIGURES)
        used = self._answer(attempt, "used", _USAGE)
        silent = {
            month.usage_period: self._usage.weights(month, weighed[month.usage_period.text])
            for month in look.silent
            if month.usage_period.text in weighed
        }
        told = frozenset(figures["delivery_id"].to_pylist())
        known = [label for label in labels if label.delivery_id in told]
        return history_of(known, figures, used, silent)

    def _answer(self, attempt: str, name: str, schema: pa.Schema) -> pa.Table:
        """Return an answer in the order in which its rows belong together."""
        table = self._results.table(self._places.look_answer(attempt, name), schema)
        return table.sort_by(schema.names[0]).combine_chunks()
