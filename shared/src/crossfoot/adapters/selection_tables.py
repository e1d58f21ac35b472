"""The keys that thresholds and targets share: one figure, and the rows that count."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crossfoot.domain.columns import tag_column
from crossfoot.domain.impacts import Criterion
from crossfoot.domain.measures import Measure
from crossfoot.domain.selections import RowFilter

type Name = Annotated[str, Field(min_length=1, max_length=128)]
type Text = Annotated[str, Field(min_length=1, max_length=512)]
type Percent = Annotated[Decimal, Field(strict=False, gt=-100, le=10_000, decimal_places=6)]
type _Texts = Annotated[list[Text], Field(min_length=1, max_length=10_000)]
type _Account = Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
type _Accounts = Annotated[list[_Account], Field(min_length=1, max_length=10_000)]


class SelectionTable(BaseModel):
    """A table of the configuration that selects a figure and rows."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Name
    measure: Annotated[Measure, Field(strict=False)] | None = None
    criterion: Annotated[Criterion, Field(strict=False)] | None = None
    accounts: _Accounts | None = None
    ous: _Texts | None = None
    regions: _Texts | None = None
    carbon_services: _Texts | None = None
    service_codes: _Texts | None = None
    tags: dict[Text, _Texts] = {}

    @model_validator(mode="after")
    def _is_of_one_figure(self) -> Self:
        if (self.measure is None) == (self.criterion is None):
            raise ValueError("needs a measure or a criterion, and not both")
        return self

    @model_validator(mode="after")
    def _tags_are_distinct(self) -> Self:
        if len({tag_column(key) for key in self.tags}) != len(self.tags):
            raise ValueError("two tags share a column")
        return self

    def figure(self) -> Measure | Criterion:
        """Return the figure that is summed."""
        if self.measure is not None:
            return self.measure
        if self.criterion is not None:
            return self.criterion
        raise ValueError("needs a measure or a criterion")

    def rows(self) -> RowFilter:
        """Return the rows that count."""
        words: dict[str, Any] = {
            name: tuple(getattr(self, name) or ())
            for name in ("accounts", "regions", "carbon_services", "service_codes")
        }
        return RowFilter(
            **words,
            ous=tuple(unit.rstrip("/") for unit in self.ous or ()),
            tags=tuple(sorted((tag_column(key), tuple(v)) for key, v in self.tags.items())),
        )
