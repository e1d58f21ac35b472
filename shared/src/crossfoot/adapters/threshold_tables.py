"""The ``[[threshold]]`` tables of the configuration file."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from crossfoot.adapters.selection_tables import Percent, SelectionTable
from crossfoot.domain.selections import scale_of
from crossfoot.domain.threshold_rules import (
    MILLIONTHS_PER_PERCENT,
    Against,
    Level,
    Severity,
    ThresholdRule,
    Window,
)
from crossfoot.domain.units import DECIMAL_SCALE

type _Amount = Annotated[Decimal, Field(strict=False, ge=0, lt=10**DECIMAL_SCALE)]
type _Margin = Annotated[Decimal, Field(strict=False, ge=0, lt=100, decimal_places=6)]

_AMOUNTS: Final = ("warning", "critical")
_PERCENTS: Final = ("warning_percent", "critical_percent")


class ThresholdTable(SelectionTable):
    """One ``[[threshold]]``: a figure, its rows, its months and its limits."""

    window: Annotated[Window, Field(strict=False)] = Window.MONTH
    against: Annotated[Against, Field(strict=False)] = Against.AMOUNT
    warning: _Amount | None = None
    critical: _Amount | None = None
    warning_percent: Percent | None = None
    critical_percent: Percent | None = None
    recovery_margin_percent: _Margin = Decimal(0)

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
        scale = scale_of(self.figure())
        for name in _AMOUNTS:
            limit = getattr(self, name)
            if limit is not None and limit * 10**scale % 1:
                raise ValueError(f"{name} has more than the {scale} decimal places of the figure")
        return self

    def rule(self) -> ThresholdRule:
        """Return the rule that the table declares."""
        return ThresholdRule(
            name=self.name,
            figure=self.figure(),
            window=self.window,
            against=self.against,
            levels=tuple(self._levels()),
            recovery_margin=int(self.recovery_margin_percent * MILLIONTHS_PER_PERCENT),
            rows=self.rows(),
        )

    def _levels(self) -> Iterator[Level]:
        unit = 10 ** scale_of(self.figure())
        is_amount = self.against is Against.AMOUNT
        for severity, name in zip(Severity, _AMOUNTS if is_amount else _PERCENTS, strict=True):
            limit: Decimal | None = getattr(self, name)
            if limit is not None:
                yield Level(severity, int(limit * (unit if is_amount else MILLIONTHS_PER_PERCENT)))
