"""Reads our own tables, which lie beside this file: CSV, UTF-8, one header row."""

import csv
from collections.abc import Mapping
from importlib.resources import files


def rows_of(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of one of our tables, by column name; every cell is text.

    Parameters
    ----------
    name : str
        File name, such as ``usage_rules.csv``.
    """
    text = files("crossfoot.factors").joinpath(name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
