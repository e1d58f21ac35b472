"""The ``[[threshold]]`` tables of the configuration file."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crossfoot.domain.columns import tag_column
from crossfoot.domain.impacts import Criterion
from crossfoot.domain.measures import Measure
from crossfoot.domain.selections import RowFilter, scale_of
from crossfoot.domain.threshold_rules import (
    MILLIONTHS_PER_PERCENT,
    Against,
    Level,
    Severity,
    ThresholdRule,
    Window,
)
from crossfoot.domain.units import DECIMAL_SCALE

type _Text = Annotated[str, Field(min_length=1, max_length=512)]
type _Texts = Annotated[list[_Text], Field(min_length=1, max_length=10_000)]
type _Account = Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
type _Accounts = Annotated[list[_Account], Field(min_length=1, max_length=10_000)]
type _Amount = Annotated[Decimal, Field(strict=False, ge=0, lt=10**DECIMAL_SCALE)]
type _Percent = Annotated[Decimal, Field(strict=False, gt=-100, le=10_000, decimal_places=6)]
type _Margin = Annotated[Decimal, Field(strict=False, ge=0, lt=100, decimal_places=6)]

_AMOUNTS: Final = ("warning", "critical")
_PERCENTS: Final = ("warning_percent", "critical_percent")


class ThresholdTable(BaseModel):
    """One ``[[threshold]]``: a figure, its rows, its months and its limits."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(min_length=1, max_length=128)]
    measure: Annotated[Measure, Field(strict=False)] | None = None
    criterion: Annotated[Criterion, Field(strict=False)] | None = None
    window: Annotated[Window, Field(strict=False)] = Window.MONTH
    against: Annotated[Against, Field(strict=False)] = Against.AMOUNT
    warning: _Amount | None = None
    critical: _Amount | None = None
    warning_percent: _Percent | None = None
    critical_percent: _Percent | None = None
    recovery_margin_percent: _Margin = Decimal(0)
    accounts: _Accounts | None = None
    ous: _Texts | None = None
    regions: _Texts | None = None
    carbon_services: _Texts | None = None
    service_codes: _Texts | None = None
    tags: dict[_Text, _Texts] = {}

    @model_validator(mode="after")
    def _is_of_one_figure(self) -> Self:
        if (self.measure is None) == (self.criterion is None):
            raise ValueError("a threshold needs a measure or a criterion, and not both")
        return self

    @model_validator(mode="after")
    def _has_the_limits_of_its_comparison(self) -> Self:
        wanted, others = (
            (_AMOUNTS, _PERCENTS) if self.against is Against.AMOUNT else (_PERCENTS, _AMOUNTS)
        )
        given = [getattr(self, name) for name in wanted]
        if all(limit is None for limit in given):
            raise ValueError(f"a threshold against {self.against} needs {' or '.join(wanted)}")
        for name in others:
            if getattr(self, name) is not None:
                raise ValueError(f"{name} is no limit against {self.against}")
        if None not in given and given[0] >= given[1]:
            raise ValueError(f"{wanted[0]} must be below {wanted[1]}")
        return self

    @model_validator(mode="after")
    def _limits_can_be_met(self) -> Self:
        scale = scale_of(self._figure())
        for name in _AMOUNTS:
            limit = getattr(self, name)
            if limit is not None and limit * 10**scale % 1:
                raise ValueError(f"{name} has more than the {scale} decimal places of the figure")
        return self

    @model_validator(mode="after")
    def _tags_are_distinct(self) -> Self:
        if len({tag_column(key) for key in self.tags}) != len(self.tags):
            raise ValueError("two tags share a column")
        return self

    def rule(self) -> ThresholdRule:
        """Return the rule that the table declares."""
        return ThresholdRule(
            name=self.name,
            figure=self._figure(),
            window=self.window,
            against=self.against,
            levels=tuple(self._levels()),
            recovery_margin=int(self.recovery_margin_percent * MILLIONTHS_PER_PERCENT),
            rows=self._rows(),
        )

    def _figure(self) -> Measure | Criterion:
        if self.measure is not None:
            return self.measure
        if self.criterion is not None:
            return self.criterion
        raise ValueError("a threshold needs a measure or a criterion")

    def _levels(self) -> Iterator[Level]:
        unit = 10 ** scale_of(self._figure())
        is_amount = self.against is Against.AMOUNT
        for severity, name in zip(Severity, _AMOUNTS if is_amount else _PERCENTS, strict=True):
            limit: Decimal | None = getattr(self, name)
            if limit is not None:
                yield Level(severity, int(limit * (unit if is_amount else MILLIONTHS_PER_PERCENT)))

    def _rows(self) -> RowFilter:
        words: dict[str, Any] = {
            name: tuple(getattr(self, name) or ())
            for name in ("accounts", "regions", "carbon_services", "service_codes")
        }
        return RowFilter(
            **words,
            ous=tuple(unit.rstrip("/") for unit in self.ous or ()),
            tags=tuple(sorted((tag_column(key), tuple(v)) for key, v in self.tags.items())),
        )
