"""Earlier states of a warehouse: what was published at an instant, and by which runs since."""

from datetime import datetime

from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.domain.errors import UnknownFigureError


def state_at(warehouse: Warehouse, instant: datetime | None) -> Catalog:
    """Return what was published at an instant; now, where none is given.

    Raises
    ------
    UnknownFigureError
        Nothing had been published by then.
    """
    if instant is None:
        return warehouse.current()
    catalog = warehouse.as_known_at(instant)
    if catalog.snapshot == 0:
        raise UnknownFigureError(
            f"nothing was published at {instant.isoformat()}.", mend=_first_told(warehouse)
        )
    return catalog


def _first_told(warehouse: Warehouse) -> str:
    if warehouse.current().snapshot == 0:
        return "Nothing is published yet; run `crossfoot run` first."
    first = warehouse.catalog(1).published_at
    return f"The first publication was at {'' if first is None else first.isoformat()}."
