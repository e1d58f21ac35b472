"""Paths for DuckDB, which takes every path for a pattern."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

_PATTERN_CHARACTERS: Final = "*?["


def literal_paths(paths: Iterable[Path]) -> list[str]:
    """Return patterns that match these files and no others, whatever their folders are called."""
    return [_literal(str(path)) for path in paths]


def _literal(path: str) -> str:
    return "".join(f"[{char}]" if char in _PATTERN_CHARACTERS else char for char in path)
