"""The budget of the layers: printed, and kept."""

import pytest

from crossfoot_layers import budget
from crossfoot_layers.errors import PackingError
from crossfoot_layers.installing import Architecture

SIZES = {
    Architecture.ARM64: {"science": 100 << 20, "app": 20 << 20},
    Architecture.X86_64: {"science": 120 << 20, "app": 20 << 20},
}


def test_the_budget_is_150_mebibytes() -> None:
    """A function and all of its layers together, far below Lambda's 250."""
    assert budget.BUDGET_BYTES == 150 * 1024 * 1024


def test_what_is_at_the_budget_passes() -> None:
    """The budget itself is allowed."""
    budget.check(SIZES, 140 << 20)


def test_one_byte_over_the_budget_is_refused_by_name() -> None:
    """The architecture that is too heavy is named, with what to do."""
    with pytest.raises(PackingError, match=r"x86_64 is .* over the budget .* layers/\*\.toml"):
        budget.check(SIZES, (140 << 20) - 1)


def test_the_table_adds_up() -> None:
    """One row a layer, a total and the budget, in MiB."""
    rows = [line.split() for line in budget.table(SIZES).splitlines()]

    assert rows[1:] == [
        ["science", "100.0", "120.0"],
        ["app", "20.0", "20.0"],
        ["total", "120.0", "140.0"],
        ["budget", "150.0", "150.0"],
    ]
