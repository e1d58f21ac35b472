"""The ``[[target]]`` tables of the configuration file."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crossfoot.adapters.selection_tables import Name, SelectionTable, Text
from crossfoot.domain.selections import Selection
from crossfoot.domain.targets import (
    SBTI_YEARLY,
    FunctionalUnit,
    Target,
    TargetPath,
    UnitMetric,
)

_PERCENT: Final = 100

type _Year = Annotated[int, Field(ge=2001, le=2099)]
type _Reduction = Annotated[Decimal, Field(strict=False, gt=0, le=_PERCENT, decimal_places=6)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Metric(_Strict):
    namespace: Text
    name: Text
    dimensions: dict[Text, Text] = {}

    def metric(self) -> UnitMetric:
        """Return the metric that the table names."""
        dimensions = tuple(sorted(self.dimensions.items()))
        return UnitMetric(self.namespace, self.name, dimensions)


class _Intensity(_Strict):
    unit: Name
    source: Annotated[str, Field(min_length=5, max_length=1024, pattern=r"\.csv$")] | None = None
    metric: _Metric | None = None

    @model_validator(mode="after")
    def _is_counted_once(self) -> Self:
        if (self.source is None) == (self.metric is None):
            raise ValueError("an intensity needs a source or a metric, and not both")
        return self

    def functional_unit(self) -> FunctionalUnit:
        """Return what the intensity is per."""
        return FunctionalUnit(
            self.unit, self.source, None if self.metric is None else self.metric.metric()
        )


class TargetTable(SelectionTable):
    """One ``[[target]]``: a figure, its rows, two years and the way from one to the other."""

    base_year: _Year
    target_year: _Year
    reduction_percent: _Reduction | None = None
    path: Annotated[TargetPath, Field(strict=False)] = TargetPath.LINEAR
    intensity: _Intensity | None = None

    @model_validator(mode="after")
    def _years_follow_one_another(self) -> Self:
        if self.base_year >= self.target_year:
            raise ValueError("target_year must be after base_year")
        return self

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.path is TargetPath.LINEAR and self.reduction_percent is None:
            raise ValueError("a linear target needs reduction_percent")
        if self.path is TargetPath.SBTI:
            self._check_sbti()
        return self

    def _check_sbti(self) -> None:
        if self.intensity is not None:
            raise ValueError("path sbti is of absolute targets; take linear for an intensity")
        least = min(self._n_years * SBTI_YEARLY, Fraction(1))
        if self.reduction_percent is not None and self._reduction < least:
            raise ValueError(
                f"path sbti asks for a reduction of {float(least):.1%} at least; take linear"
            )

    def target(self) -> Target:
        """Return the target that the table declares."""
        yearly = SBTI_YEARLY if self.reduction_percent is None else self._reduction / self._n_years
        return Target(
            name=self.name,
            selection=Selection(self.figure(), self.rows()),
            base_year=self.base_year,
            target_year=self.target_year,
            path=self.path,
            yearly=yearly,
            functional_unit=None if self.intensity is None else self.intensity.functional_unit(),
        )

    @property
    def _n_years(self) -> int:
        return self.target_year - self.base_year

    @property
    def _reduction(self) -> Fraction:
        return Fraction(self.reduction_percent or 0) / _PERCENT
