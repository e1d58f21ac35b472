"""Rows of a warehouse that may be of a job: by resource id and tags, over the months asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from crossfoot.adapters.warehouse_query import QuerySession
from crossfoot.domain.errors import InvalidArgumentError, UnknownFigureError
from crossfoot.usecases.sum_jobs import (
    BATCH_COLUMNS,
    COSTS,
    ESTIMATED,
    REPORTED,
    JobRow,
    UsedModel,
)

_KEY: Final = ("resource_id", "usage_account_id", "region_code")
_OF_A_JOB: Final = (
    "contains(resource_id, ':sagemaker:') OR contains(resource_id, ':task/AWSBatch-') "
    "OR contains(resource_id, '_Batch_')"
)


_PUBLISHED: Final = (
    "usage_period IN (SELECT usage_period FROM emissions WHERE status = 'published')"
)
"""A nowcast is no figure of AWS, and stands beside none."""


@dataclass(frozen=True, slots=True)
class JobTables:
    """The tables of a session, of one month or of all, as rows that may be of a job.

    Parameters
    ----------
    session : QuerySession
        An open session.
    period : str or None
        Month, or None for every one.
    tag : str or None
        Column of the tag that the user names jobs by.
    columns : tuple of str
        Those of the ledger.
    """

    session: QuerySession
    period: str | None
    tag: str | None
    columns: tuple[str, ...]

    @classmethod
    def of(cls, session: QuerySession, period: str | None, tag: str | None) -> Self:
        """Return the tables of a session; ``check`` tells whether they can be asked."""
        columns = session.arrow("SELECT * FROM emissions LIMIT 0").column_names
        return cls(session, period, tag, tuple(columns))

    def check(self) -> None:
        """Raise a named error where the month or the tag is not in the warehouse.

        Raises
        ------
        UnknownFigureError
            Nothing is published for the month.
        InvalidArgumentError
            The ledger has no such tag.
        """
        months = {month.text for month in self.session.catalog.months}
        if self.period is not None and self.period not in months:
            raise UnknownFigureError(
                f"nothing is published for {self.period}.",
                mend=f"Published periods: {', '.join(sorted(months)) or 'none'}.",
            )
        if self.tag is not None and self.tag not in self.columns:
            raise InvalidArgumentError(
                f"--tag: the ledger has no column {self.tag}.",
                mend='Configure the tag, such as tags = ["job-name"], and run again.',
            )

    def used(self) -> Iterator[UsedModel]:
        """Return how much of each model resources used."""
        amount = "model_name, model_unit, sum(model_amount) AS amount"
        for row in self._rows("usage", amount, "model_name IS NOT NULL"):
            job_row = self._job_row(row, ())
            yield UsedModel(job_row, row["model_name"], row["model_unit"], row["amount"])

    def impacts(self) -> Iterator[JobRow]:
        """Return the estimate's sums, and the models that they are of."""
        columns = (*ESTIMATED, *COSTS)
        for row in self._rows("impacts", f"estimate_models, {_sums(columns)}"):
            models = (row["estimate_models"] or "").split(", ")
            yield replace(self._job_row(row, columns), models=tuple(filter(None, models)))

    def emissions(self) -> Iterator[JobRow]:
        """Return the sums of AWS's figures, as allocated."""
        for row in self._rows("emissions", _sums(REPORTED)):
            yield self._job_row(row, REPORTED)

    def _rows(self, table: str, selected: str, condition: str = "true") -> list[dict[str, Any]]:
        return self.session.rows(
            f"SELECT {', '.join(self._key())}, {selected} FROM {table} "
            f"WHERE {self._of_a_job()} AND {_PUBLISHED} AND {condition} "
            "GROUP BY ALL ORDER BY ALL",
            {"period": self.period},
        )

    def _of_a_job(self) -> str:
        tagged = " OR ".join(f"coalesce({name}, '') <> ''" for name in self._job_tags())
        named = f"{_OF_A_JOB} OR {tagged}" if tagged else _OF_A_JOB
        return f"($period IS NULL OR usage_period = $period) AND ({named})"

    def _key(self) -> tuple[str, ...]:
        return (*_KEY, *self._job_tags())

    def _job_tags(self) -> tuple[str, ...]:
        wanted = (*BATCH_COLUMNS, *([] if self.tag is None else [self.tag]))
        return tuple(name for name in wanted if name in self.columns)

    def _job_row(self, row: dict[str, Any], columns: Sequence[str]) -> JobRow:
        return JobRow(
            resource_id=row["resource_id"],
            usage_account_id=row["usage_account_id"],
            region_code=row["region_code"],
            tags={name: row[name] for name in self._job_tags()},
            sums={name: row[name] for name in columns},
        )


def _sums(columns: Sequence[str]) -> str:
    return ", ".join(f"sum({column}) AS {column}" for column in columns)
