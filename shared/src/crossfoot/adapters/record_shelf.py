"""Records of an embedded warehouse: kept and shown in one step; implements ``RecordShelf``."""

from datetime import datetime

from crossfoot.adapters.record_rows import Rows, record_rows
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.domain.columns import Table


class FolderRecordShelf:
    """Keeps records in one warehouse folder, whose lock the caller holds."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def keep(self, table: Table, record_id: str, rows: Rows, at: datetime) -> None:
        """Keep a record and show it from a new snapshot on; the same id again changes nothing.

        Parameters
        ----------
        table : Table
            One of ``RECORD_TABLES``.
        record_id : str
            A few lower-case letters, ``-``, and a digest or a time, such as ``n-1f``.
        rows : pyarrow.Table or sequence of mapping
            Its columns without ``record_id`` and ``recorded_at``, in any order.
        at : datetime
            Now, with a time zone.

        Raises
        ------
        ValueError
            The rows are not as the table declares them.
        WarehouseFullError
            The disk is full; nothing is shown.
        """
        self._warehouse.add_record(table, record_id, record_rows(table, record_id, rows, at))
        self._warehouse.publish({}, (), at, records={table.name: (record_id,)})
