"""Thresholds over a warehouse: evaluated under its lock, each breach told once."""

from pathlib import Path

from crossfoot.adapters.configuration_file import read_threshold_rules
from crossfoot.adapters.session_series import SessionSeries
from crossfoot.adapters.threshold_book import FolderThresholdBook
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_query import open_query_session
from crossfoot.bootstrap.clock import SystemClock
from crossfoot.usecases.evaluate_thresholds import EvaluateThresholds, Evaluation


def evaluate_thresholds(path: Path, configuration: Path) -> Evaluation:
    """Evaluate the configuration's thresholds over what is published now.

    Raises
    ------
    ConfigurationError
        The file cannot be used, or filters by a tag that the warehouse does not have.
    WarehouseError
        It cannot be opened, or another process is writing to it.
    """
    rules = read_threshold_rules(configuration)
    warehouse = Warehouse.open(path)
    with warehouse.lock(), open_query_session(warehouse) as session:
        book = FolderThresholdBook(warehouse.root)
        return EvaluateThresholds(SessionSeries(session), book, SystemClock()).run(rules)
