"""The configuration file: TOML in, plain values out, every mistake named."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from crossfoot.adapters.target_tables import TargetTable
from crossfoot.adapters.threshold_tables import ThresholdTable
from crossfoot.domain.base_year import BaseYear
from crossfoot.domain.columns import TABLES
from crossfoot.domain.configuration import (
    AllocationMethod,
    Configuration,
    Driver,
    Redistribution,
    RedistributionHow,
    SharedPool,
    TagKey,
)
from crossfoot.domain.errors import ConfigurationError, InvalidArgumentError
from crossfoot.domain.fiscal import MONTHS_OF_A_YEAR, FiscalYear
from crossfoot.domain.instants import instant_from_text
from crossfoot.domain.measures import Measure
from crossfoot.domain.targets import Target
from crossfoot.domain.threshold_rules import ThresholdRule
from crossfoot.domain.thresholds import Threshold
from crossfoot.domain.units import DECIMAL_SCALE, MICROGRAMS_PER_KILOGRAM

_LARGEST_FILE: Final = 1 << 20
_SEE_DOCS: Final = "See docs/configuration.md."

type _Key = Annotated[str, Field(min_length=1, max_length=128)]
type _Account = Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Pool(_Strict):
    name: _Key
    accounts: list[_Account] = []
    resources: list[_Key] = []
    driver: Annotated[Driver, Field(strict=False)] = Driver.ON_DEMAND_COST
    weights: dict[_Key, Annotated[int, Field(ge=0, le=10**9)]] = {}

    @model_validator(mode="after")
    def _holds_something(self) -> "_Pool":
        if not self.accounts and not self.resources:
            raise ValueError("a pool needs accounts or resources")
        return self


class _Redistribution(_Strict):
    how: Annotated[RedistributionHow, Field(strict=False)] = RedistributionHow.DIRECT
    consumers: _Key = "account"
    pools: list[_Pool] = []

    @model_validator(mode="after")
    def _pools_are_distinct(self) -> "_Redistribution":
        names = [pool.name for pool in self.pools]
        if len(set(names)) != len(names):
            raise ValueError("two pools have the same name")
        members = [member for pool in self.pools for member in (*pool.accounts, *pool.resources)]
        if len(set(members)) != len(members):
            raise ValueError("an account or resource is in two pools")
        return self


class _Threshold(_Strict):
    name: _Key
    measure: Annotated[Measure, Field(strict=False)]
    limit_kgco2e: Annotated[
        Decimal, Field(strict=False, ge=0, lt=10**DECIMAL_SCALE, decimal_places=DECIMAL_SCALE)
    ]

    def threshold(self) -> Threshold:
        return Threshold(self.name, self.measure, int(self.limit_kgco2e * MICROGRAMS_PER_KILOGRAM))


class _BaseYear(_Strict):
    year: Annotated[int, Field(ge=2000, le=2099)]
    threshold_percent: Annotated[Decimal, Field(strict=False, gt=0, le=100, decimal_places=6)]
    measure: Annotated[Measure, Field(strict=False)] = Measure.TOTAL_LBM
    recalculated_at: str | None = None

    @field_validator("recalculated_at")
    @classmethod
    def _is_an_instant(cls, text: str | None) -> str | None:
        try:
            if text is not None:
                instant_from_text(text)
        except InvalidArgumentError as error:
            raise ValueError(error.message) from error
        return text

    def rule(self, fiscal_year: FiscalYear) -> BaseYear:
        months = fiscal_year.months_ending_in(self.year)
        since = self.recalculated_at
        return BaseYear(
            fiscal_year.year_of(months[0]),
            months,
            self.measure,
            self.threshold_percent,
            None if since is None else instant_from_text(since),
        )


class _File(_Strict):
    method: Annotated[AllocationMethod, Field(strict=False)] = AllocationMethod.PROVIDER_MIRROR
    tags: list[_Key] = []
    cost_categories: list[_Key] = []
    redistribution: _Redistribution = _Redistribution()
    fiscal_year_start_month: Annotated[int, Field(ge=1, le=MONTHS_OF_A_YEAR)] = 1
    thresholds: list[_Threshold] = []
    threshold: list[ThresholdTable] = []
    target: list[TargetTable] = []
    base_year: _BaseYear | None = None

    @model_validator(mode="after")
    def _thresholds_are_distinct(self) -> "_File":
        for tables in (self.thresholds, self.threshold):
            names = [each.name for each in tables]
            if len(set(names)) != len(names):
                raise ValueError("two thresholds have the same name")
        return self

    @model_validator(mode="after")
    def _targets_are_distinct(self) -> "_File":
        names = [each.name for each in self.target]
        if len(set(names)) != len(names):
            raise ValueError("two targets have the same name")
        return self

    @model_validator(mode="after")
    def _columns_are_distinct(self) -> "_File":
        columns = [tag.column for tag in self.tag_keys()]
        taken = {column.name for table in TABLES for column in table.columns}
        twice = [c for c in columns if columns.count(c) > 1 or c in taken or c == "tag_"]
        if twice:
            raise ValueError(f"two keys share the column {twice[0]!r}")
        consumers = self.redistribution.consumers
        if consumers != "account" and consumers not in {tag.key for tag in self.tag_keys()}:
            raise ValueError(f"consumers {consumers!r} is neither 'account' nor a configured tag")
        return self

    def tag_keys(self) -> tuple[TagKey, ...]:
        return (
            *(TagKey(key) for key in self.tags),
            *(TagKey(key, is_cost_category=True) for key in self.cost_categories),
        )


def read_configuration(path: Path | None) -> Configuration:
    """Read what decides figures; without a file, the defaults.

    Raises
    ------
    ConfigurationError
        No such file, not TOML, an unknown key, or values that contradict each other.
    """
    return Configuration() if path is None else _configuration(_read(path))


def read_thresholds(path: Path | None) -> tuple[Threshold, ...]:
    """Read what people want to be told of; it changes no figure.

    Raises
    ------
    ConfigurationError
        As for ``read_configuration``.
    """
    return () if path is None else tuple(each.threshold() for each in _read(path).thresholds)


def read_fiscal_year(path: Path | None) -> FiscalYear:
    """Read in which month the organisation's years begin; it changes no figure of a month.

    Raises
    ------
    ConfigurationError
        As for ``read_configuration``.
    """
    return FiscalYear() if path is None else FiscalYear(_read(path).fiscal_year_start_month)


def read_base_year(path: Path | None) -> BaseYear | None:
    """Read the rule of the base year; none where there is none. It changes no figure.

    Raises
    ------
    ConfigurationError
        As for ``read_configuration``.
    """
    file = None if path is None else _read(path)
    if file is None or file.base_year is None:
        return None
    return file.base_year.rule(FiscalYear(file.fiscal_year_start_month))


def read_threshold_rules(path: Path) -> tuple[ThresholdRule, ...]:
    """Read the ``[[threshold]]`` tables, in the order of the file; they change no figure.

    Raises
    ------
    ConfigurationError
        As for ``read_configuration``.
    """
    file = _read(path)
    fiscal_year = FiscalYear(file.fiscal_year_start_month)
    return tuple(each.rule(fiscal_year) for each in file.threshold)


def read_targets(path: Path) -> tuple[Target, ...]:
    """Read the ``[[target]]`` tables, in the order of the file; they change no figure.

    Raises
    ------
    ConfigurationError
        As for ``read_configuration``.
    """
    return tuple(each.target() for each in _read(path).target)


def _read(path: Path) -> _File:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ConfigurationError("is over 1 MiB.", mend=_SEE_DOCS, file=str(path))
        # a limit is compared with exact masses, so it must not pass through a float
        document = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except OSError as error:
        raise ConfigurationError(
            f"cannot be opened ({error.strerror}).", mend="Check the path.", file=str(path)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(
            f"is not TOML ({error}).", mend=_SEE_DOCS, file=str(path)
        ) from error
    try:
        return _File.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(
            _first_problem(error.errors()), mend=_SEE_DOCS, file=str(path)
        ) from error


def _configuration(file: _File) -> Configuration:
    pools = tuple(
        SharedPool(
            name=pool.name,
            accounts=tuple(pool.accounts),
            resources=tuple(pool.resources),
            driver=pool.driver,
            weights=tuple(sorted(pool.weights.items())),
        )
        for pool in file.redistribution.pools
    )
    redistribution = Redistribution(
        how=file.redistribution.how, consumers=file.redistribution.consumers, pools=pools
    )
    return Configuration(method=file.method, tags=file.tag_keys(), redistribution=redistribution)


def _first_problem(problems: list[Any]) -> str:
    first = problems[0]
    where = ".".join(str(part) for part in first["loc"])
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {message}." if where else f"{message}."
