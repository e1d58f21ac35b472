"""Thresholds over a warehouse: evaluated under its lock, each breach told once."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from crossfoot.adapters.configuration_file import read_threshold_rules
from crossfoot.adapters.session_series import SessionSeries
from crossfoot.adapters.threshold_book import FolderThresholdBook
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_query import open_query_session
from crossfoot.bootstrap.clock import SystemClock
from crossfoot.bootstrap.reading import open_session
from crossfoot.domain.errors import WarehouseBusyError
from crossfoot.usecases.evaluate_thresholds import EvaluateThresholds, Evaluation, judge_thresholds

PATIENCE_S: Final = 60.0
"""How long an evaluation waits for whoever is writing."""

_PAUSE_S: Final = 0.1


def evaluate_thresholds(path: Path, configuration: Path) -> Evaluation:
    """Evaluate the configuration's thresholds over what is published now.

    Raises
    ------
    ConfigurationError
        The file cannot be used, or filters by a tag that the warehouse does not have.
    WarehouseError
        It cannot be opened, or another process has been writing to it for a minute.
    """
    rules = read_threshold_rules(configuration)
    warehouse = Warehouse.open(path)
    with patiently(warehouse.lock), open_query_session(warehouse) as session:
        book = FolderThresholdBook(warehouse.root)
        return EvaluateThresholds(SessionSeries(session), book, SystemClock()).run(rules)


def thresholds_as_known_at(path: Path, configuration: Path, as_known_at: str) -> Evaluation:
    """Say how the configuration's thresholds stood at an instant; nothing is told or kept.

    Raises
    ------
    ConfigurationError
        As for ``evaluate_thresholds``.
    InvalidArgumentError, UnknownFigureError
        It is no instant, or nothing had been published by then.
    """
    rules = read_threshold_rules(configuration)
    with open_session(path, as_known_at) as session:
        return judge_thresholds(SessionSeries(session), rules)


@contextlib.contextmanager
def patiently(lock: Callable[[], contextlib.AbstractContextManager[None]]) -> Iterator[None]:
    """Hold a lock; wait for whoever holds it, so that runs and evaluations follow each other.

    Raises
    ------
    WarehouseBusyError
        Somebody has been holding it for ``PATIENCE_S``.
    """
    given_up_at = time.monotonic() + PATIENCE_S
    with contextlib.ExitStack() as stack:
        while not _has_entered(stack, lock, given_up_at):
            time.sleep(_PAUSE_S)
        yield


def _has_entered(
    stack: contextlib.ExitStack,
    lock: Callable[[], contextlib.AbstractContextManager[None]],
    given_up_at: float,
) -> bool:
    try:
        stack.enter_context(lock())
    except WarehouseBusyError:
        if time.monotonic() >= given_up_at:
            raise
        return False
    return True
