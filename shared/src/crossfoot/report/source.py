"""What the report needs of a warehouse: answers to SQL over the published tables."""

from collections.abc import Sequence
from typing import Any, Protocol


class ReportSource(Protocol):
    """A warehouse in which every table of ``domain/columns.py`` can be asked by its name."""

    @property
    def title(self) -> str:
        """Name of the organisation or of the warehouse, for the head of the page."""
        ...

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Answer a query in DuckDB's dialect; decimals arrive as ``Decimal``, ``?`` binds."""
        ...
