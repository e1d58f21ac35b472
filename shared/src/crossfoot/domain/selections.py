"""What may be summed up over time: one figure, and the rows that count."""

from dataclasses import dataclass
from typing import Final

from crossfoot.domain.impacts import UNITS, Criterion
from crossfoot.domain.measures import Measure, column_of
from crossfoot.domain.units import DECIMAL_SCALE

MINERALS_SCALE: Final = 15
_MINERALS: Final = frozenset({Criterion.ADP_USE, Criterion.ADP_EMBODIED})


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows count: all words of one kind are alternatives, all kinds must hold.

    ``ous`` hold for everything below them too. ``tags`` are published columns and their values.
    Without a word every row counts.
    """

    accounts: tuple[str, ...] = ()
    ous: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    carbon_services: tuple[str, ...] = ()
    service_codes: tuple[str, ...] = ()
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def words(self) -> dict[str, list[str]]:
        """Return what is filtered by, under published columns, in an order of its own."""
        kinds = {
            "usage_account_id": self.accounts,
            "ou_path": self.ous,
            "region_code": self.regions,
            "carbon_service": self.carbon_services,
            "service_code": self.service_codes,
            **dict(self.tags),
        }
        return {column: sorted(set(words)) for column, words in sorted(kinds.items()) if words}

    @property
    def is_of_whole_cells(self) -> bool:
        """Whether it takes AWS's own cells whole, whose sums no allocation method moves."""
        return not self.service_codes and not self.tags

    @property
    def is_of_whole_accounts(self) -> bool:
        """Whether it takes accounts with all that is theirs, or the organisation."""
        return self.is_of_whole_cells and not self.regions and not self.carbon_services


ALL_ROWS: Final = RowFilter()


@dataclass(frozen=True, slots=True)
class Selection:
    """One figure of the rows that count, month by month.

    ``with_nowcasts`` takes months that AWS has not published as well, where they are nowcast.
    """

    figure: Measure | Criterion
    rows: RowFilter = ALL_ROWS
    with_nowcasts: bool = False

    @property
    def column(self) -> str:
        """Published column that is summed."""
        return column_of(self.figure) if isinstance(self.figure, Measure) else str(self.figure)

    @property
    def table(self) -> str:
        """Published table that has the column: AWS's figures, or the estimate."""
        return "emissions" if isinstance(self.figure, Measure) else "impacts"

    @property
    def unit(self) -> str:
        """Unit of the published column."""
        return "kg CO2e" if isinstance(self.figure, Measure) else UNITS[self.figure]

    @property
    def scale(self) -> int:
        """Decimal places of the published column."""
        return scale_of(self.figure)


def scale_of(figure: Measure | Criterion) -> int:
    """Return the decimal places of a figure's published column."""
    return MINERALS_SCALE if figure in _MINERALS else DECIMAL_SCALE
