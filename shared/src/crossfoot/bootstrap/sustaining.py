"""AWS's Sustainability API beside a warehouse, from answers in files."""

from collections.abc import Sequence
from pathlib import Path

from crossfoot.adapters.folder_sustainability import (
    FolderSustainabilityShelf,
    SessionSustainability,
)
from crossfoot.adapters.sustainability_answers import read_answer
from crossfoot.adapters.sustainability_reading import carbon_answers, water_answers
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_query import open_query_session
from crossfoot.bootstrap.clock import SystemClock
from crossfoot.usecases.collect_sustainability import (
    CollectSustainability,
    SustainabilityReceipt,
)
from crossfoot.usecases.ports import Clock


def take_in(
    path: Path, water: Sequence[Path], carbon: Sequence[Path], clock: Clock | None = None
) -> SustainabilityReceipt:
    """Keep answers of the API in a warehouse, spread its water, and check its carbon.

    Without any file, years that are kept are looked at again: a month may have been restated.

    Raises
    ------
    InputError
        An answer cannot be used; nothing is kept of any.
    WarehouseError
        It cannot be opened, or another process is writing to it.
    """
    years = water_answers([read_answer(each) for each in water])
    months = carbon_answers([read_answer(each) for each in carbon])
    warehouse = Warehouse.open(path)
    at = (clock or SystemClock()).now()
    with warehouse.lock(), open_query_session(warehouse) as session:
        catalog = session.catalog
        manifests = {
            month: warehouse.manifest(month, run_id) for month, run_id in catalog.months.items()
        }
        shelf = FolderSustainabilityShelf(warehouse)
        memory = SessionSustainability(session, manifests)
        receipt = CollectSustainability(memory, shelf).run(years, months, at)
        shelf.publish(at)
    return receipt
