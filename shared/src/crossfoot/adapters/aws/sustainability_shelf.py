"""Water and cross-checks of a deployment: records by day, and the outbox; keeps each once."""

import pyarrow as pa

from crossfoot.adapters.aws.dynamo_outbox import DynamoOutbox
from crossfoot.adapters.aws.record_days import S3RecordDays
from crossfoot.adapters.sustainability_records import SustainabilityRecords
from crossfoot.domain.columns import Table
from crossfoot.domain.deliveries import Notice
from crossfoot.usecases.sustainability_ports import RecordName


class RecordedSustainability(SustainabilityRecords):
    """Keeps records day by day; implements ``SustainabilityShelf``."""

    def __init__(self, days: S3RecordDays, outbox: DynamoOutbox) -> None:
        self._days = days
        self._outbox = outbox

    def holds(self, table: Table, record_id: str) -> bool:
        """Whether a record is kept, with its rows."""
        return self._days.holds(table, record_id)

    def tell(self, notice: Notice) -> None:
        """Put a notice into the outbox, once under its id."""
        self._outbox.put(notice)

    def _keep_shown(self, table: Table, name: RecordName, rows: pa.Table) -> None:
        self._days.keep(table, name.record_id, rows, name.at)
