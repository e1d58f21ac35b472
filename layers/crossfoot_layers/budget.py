"""What the layers weigh, and the most that they may."""

from collections.abc import Mapping
from typing import Final

from crossfoot_layers.errors import PackingError
from crossfoot_layers.installing import Architecture

MEBIBYTE: Final = 1 << 20
BUDGET_BYTES: Final = 150 * MEBIBYTE
"""For a function and its layers, unzipped; Lambda's own limit is 250 MiB."""

type Sizes = Mapping[Architecture, Mapping[str, int]]
"""Bytes by architecture and layer; the function's own folder counts as a layer."""


def table(sizes: Sizes) -> str:
    """Return the sizes as a table, MiB, one row per layer and a total."""
    names = list(dict.fromkeys(name for layers in sizes.values() for name in layers))
    rows = [(name, [layers[name] for layers in sizes.values()]) for name in names]
    rows.append(("total", [sum(layers.values()) for layers in sizes.values()]))
    head = f"{'MiB, unzipped':<18}" + "".join(f"{each:>10}" for each in sizes)
    lines = (f"{name:<18}" + "".join(_mebibytes(value) for value in row) for name, row in rows)
    return "\n".join((head, *lines, f"{'budget':<18}" + _mebibytes(BUDGET_BYTES) * len(sizes)))


def check(sizes: Sizes, budget_bytes: int = BUDGET_BYTES) -> None:
    """See that no architecture is over the budget.

    Raises
    ------
    PackingError
        Names the architecture and by how much.
    """
    for architecture, layers in sizes.items():
        over = sum(layers.values()) - budget_bytes
        if over > 0:
            raise PackingError(
                f"{architecture} is {over / MEBIBYTE:.1f} MiB over the budget of "
                f"{budget_bytes / MEBIBYTE:.0f} MiB: leave out more in layers/*.toml."
            )


def _mebibytes(size: int) -> str:
    return f"{size / MEBIBYTE:>10.1f}"
