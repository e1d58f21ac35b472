"""The first columns of every table of records: rows that no run owns."""

from typing import Final

from crossfoot.domain.columns import Column

RECORD_COLUMNS: Final = (
    Column("record_id", "string", "record that the row belongs to", is_nullable=False),
    Column("recorded_at", "timestamp", "when the record was kept, UTC", is_nullable=False),
)
"""A record is written once, whole, and never changed; a later one says more or otherwise."""
