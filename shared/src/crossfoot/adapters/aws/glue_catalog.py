"""The Glue catalogue: for each published table, where a month lies."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from crossfoot.adapters.aws.aws_errors import aws_errors_named
from crossfoot.adapters.aws.places import CuratedPlaces, Place
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.domain.columns import CARBON_REPORTED, EMISSIONS, TABLES
from crossfoot.domain.errors import StorageError
from crossfoot.domain.nowcasts import NOWCAST_TABLES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.publication_tables import EMISSIONS_HISTORY
from crossfoot.domain.statuses import Status

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionInputTypeDef, StorageDescriptorTypeDef

_ATTEMPTS: Final = 3

MONTH_TABLES: Final = (
    *(table.name for table in TABLES if table not in (CARBON_REPORTED, EMISSIONS)),
    EMISSIONS.name,
)
"""Tables that a run writes; the ledger itself last, so that what explains it is there first."""

_SHOWN: Final = {
    Status.PUBLISHED: MONTH_TABLES,
    Status.NOWCAST: tuple(
        name for name in MONTH_TABLES if name in {table.name for table in NOWCAST_TABLES}
    ),
}


class GlueCatalog:
    """What readers see. Only partitions are touched; tables belong to the stacks.

    Parameters
    ----------
    client : GlueClient
        Access to Glue.
    objects, places
        Where the runs lie.
    database : str
        The published database.
    status : Status
        Whose figures the runs are of: a nowcast shows some of the tables.
    """

    def __init__(
        self,
        client: "GlueClient",
        objects: S3Objects,
        places: CuratedPlaces,
        database: str,
        *,
        status: Status = Status.PUBLISHED,
    ) -> None:
        self._client = client
        self._objects = objects
        self._places = places
        self._database = database
        self._tables = _SHOWN[status]

    def point(self, period: UsagePeriod, run_id: str) -> None:
        """Let every table that the month has show this run.

        A table that the run has no file of shows nothing of the month: where an earlier run had
        some, the partition is pointed at the run's empty folder. Safe to repeat and to resume.
        """
        for table in self._tables:
            folder = self._places.table_folder(table, period, run_id)
            self._point(table, [period.text], folder, may_create=self._objects.has_any(folder))

    def show_earlier(self, period: UsagePeriod, run_id: str) -> None:
        """Let ``emissions_history`` show a run for ever; the same again changes nothing."""
        folder = self._places.table_folder(EMISSIONS.name, period, run_id)
        has_rows = self._objects.has_any(folder)
        self._point(EMISSIONS_HISTORY.name, [period.text, run_id], folder, may_create=has_rows)

    def show_delivery(self, period: UsagePeriod, delivery_id: str) -> None:
        """Let ``carbon_reported`` show a kept delivery; the same again changes nothing."""
        folder = self._places.delivery_folder(period, delivery_id)
        self._point(CARBON_REPORTED.name, [period.text, delivery_id], folder, may_create=True)

    def _point(self, table: str, values: Sequence[str], folder: Place, *, may_create: bool) -> None:
        doing = f"pointing {'/'.join(values)} of {self._database}.{table}"
        with aws_errors_named(doing):
            found = self._client.get_table(DatabaseName=self._database, Name=table)
            # a partition reads its files as its table does; it differs in the place only
            storage = {**found["Table"].get("StorageDescriptor", {}), "Location": folder.uri}
            partition: PartitionInputTypeDef = {
                "Values": values,
                "StorageDescriptor": cast("StorageDescriptorTypeDef", storage),
            }
            for _ in range(_ATTEMPTS):
                if self._update(table, partition):
                    return
                if not may_create or self._create(table, partition):
                    return
        raise StorageError(f"Partitions came and went while {doing}.", mend="It is tried again.")

    def _update(self, table: str, partition: "PartitionInputTypeDef") -> bool:
        """Point a partition; return whether there is one."""
        try:
            self._client.update_partition(
                DatabaseName=self._database,
                TableName=table,
                PartitionValueList=partition.get("Values", []),
                PartitionInput=partition,
            )
        except self._client.exceptions.EntityNotFoundException:
            return False
        return True

    def _create(self, table: str, partition: "PartitionInputTypeDef") -> bool:
        """Make a partition; return whether nobody else made it first."""
        try:
            self._client.create_partition(
                DatabaseName=self._database, TableName=table, PartitionInput=partition
            )
        except self._client.exceptions.AlreadyExistsException:
            return False
        return True
