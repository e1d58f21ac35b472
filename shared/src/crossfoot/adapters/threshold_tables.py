"""The ``[[threshold]]`` tables of the configuration file."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from crossfoot.adapters.selection_tables import Percent, SelectionTable
from crossfoot.domain.budgets import Budget
from crossfoot.domain.fiscal import FiscalYear
from crossfoot.domain.selections import scale_of
from crossfoot.domain.threshold_rules import (
    MILLIONTHS,
    MILLIONTHS_PER_PERCENT,
    Against,
    Level,
    On,
    Severity,
    ThresholdRule,
    Window,
)
from crossfoot.domain.units import DECIMAL_SCALE

type _Amount = Annotated[Decimal, Field(strict=False, ge=0, lt=10**DECIMAL_SCALE)]
type _Multiple = Annotated[Decimal, Field(strict=False, gt=0, le=10, decimal_places=6)]
type _Margin = Annotated[Decimal, Field(strict=False, ge=0, lt=100, decimal_places=6)]
type _Period = Annotated[str, Field(min_length=1, max_length=16)]

_AMOUNTS: Final = ("warning", "critical")
_PERCENTS: Final = ("warning_percent", "critical_percent")
_MULTIPLES: Final = ("warning_multiple", "critical_multiple")
_LIMITS: Final = {
    Against.AMOUNT: _AMOUNTS,
    Against.LAST_YEAR: _PERCENTS,
    Against.BUDGET: _PERCENTS,
    Against.NOISE: _MULTIPLES,
}


class ThresholdTable(SelectionTable):
    """One ``[[threshold]]``: a figure, its rows, its months and its limits."""

    on: Annotated[On, Field(strict=False)] = On.PUBLISHED
    window: Annotated[Window, Field(strict=False)] | None = None
    against: Annotated[Against, Field(strict=False)] = Against.AMOUNT
    warning: _Amount | None = None
    critical: _Amount | None = None
    warning_percent: Percent | None = None
    critical_percent: Percent | None = None
    warning_multiple: _Multiple | None = None
    critical_multiple: _Multiple | None = None
    budget: dict[_Period, _Amount] = Field(default_factory=dict, max_length=1_000)
    recovery_margin_percent: _Margin = Decimal(0)

    @model_validator(mode="after")
    def _has_the_limits_of_its_comparison(self) -> Self:
        wanted = _LIMITS[self.against]
        given = [getattr(self, name) for name in wanted]
        if all(limit is None for limit in given):
            raise ValueError(f"a threshold against {self.against} needs {' or '.join(wanted)}")
        for name in {*_AMOUNTS, *_PERCENTS, *_MULTIPLES}.difference(wanted):
            if getattr(self, name) is not None:
                raise ValueError(f"{name} is no limit against {self.against}")
        if None not in given and given[0] >= given[1]:
            raise ValueError(f"{wanted[0]} must be below {wanted[1]}")
        return self

    @model_validator(mode="after")
    def _limits_can_be_met(self) -> Self:
        scale = scale_of(self.figure())
        amounts = {"warning": self.warning, "critical": self.critical}
        amounts |= {f"budget of {key}": amount for key, amount in self.budget.items()}
        for name, limit in amounts.items():
            if limit is not None and limit * 10**scale % 1:
                raise ValueError(f"{name} has more than the {scale} decimal places of the figure")
        return self

    @model_validator(mode="after")
    def _budget_is_compared_with(self) -> Self:
        if bool(self.budget) != (self.against is Against.BUDGET):
            raise ValueError('`budget` and against = "budget" belong together')
        percents = (self.warning_percent, self.critical_percent)
        if self.budget and any(each is not None and each <= 0 for each in percents):
            raise ValueError("a percentage of a budget is above zero")
        return self

    @model_validator(mode="after")
    def _window_can_be_judged(self) -> Self:
        if (self._window() is Window.YEAR) != (self.on is On.FORECAST):
            raise ValueError('on = "forecast" and window = "year" belong together')
        if self.against is Against.NOISE and self._window() is not Window.MONTH:
            raise ValueError('against = "noise" looks at months')
        return self

    def rule(self, fiscal_year: FiscalYear) -> ThresholdRule:
        """Return the rule that the table declares.

        Raises
        ------
        ConfigurationError
            The budget's periods are none, or a month has two amounts.
        """
        unit = 10 ** scale_of(self.figure())
        amounts = {key: int(amount * unit) for key, amount in self.budget.items()}
        return ThresholdRule(
            name=self.name,
            figure=self.figure(),
            window=self._window(),
            against=self.against,
            levels=tuple(self._levels()),
            recovery_margin=int(self.recovery_margin_percent * MILLIONTHS_PER_PERCENT),
            rows=self.rows(),
            on=self.on,
            budget=Budget.of(amounts, fiscal_year),
            fiscal_year=fiscal_year,
        )

    def _window(self) -> Window:
        if self.window is not None:
            return self.window
        return Window.YEAR if self.on is On.FORECAST else Window.MONTH

    def _levels(self) -> Iterator[Level]:
        names = _LIMITS[self.against]
        units = {
            _AMOUNTS: 10 ** scale_of(self.figure()),
            _PERCENTS: MILLIONTHS_PER_PERCENT,
            _MULTIPLES: MILLIONTHS,
        }
        for severity, name in zip(Severity, names, strict=True):
            limit: Decimal | None = getattr(self, name)
            if limit is not None:
                yield Level(severity, int(limit * units[names]))
