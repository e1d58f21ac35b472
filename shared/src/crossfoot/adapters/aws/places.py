"""Where everything lies in S3: every key is built here, from checked ids, and nowhere else."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from crossfoot.domain.columns import CARBON_REPORTED, TABLES
from crossfoot.domain.deliveries import ExportKind
from crossfoot.domain.errors import ForeignDeliveryError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.publication_tables import PUBLICATIONS
from crossfoot.domain.records import RECORD_TABLES
from crossfoot.domain.work_columns import WORK_TABLES

RUN_ID: Final = r"r-[0-9a-f]{16}"
DELIVERY_ID: Final = r"d-[0-9a-f]{16}"
DIGEST: Final = r"[0-9a-f]{32}"
ATTEMPT: Final = r"[0-9a-f]{12}"
QUERY: Final = r"[a-z][a-z_]{0,39}"
ANSWER: Final = r"[a-z][a-z0-9_]{0,39}"
ACCOUNT_ID: Final = r"[0-9]{12}"
REGION_CODE: Final = r"[a-z0-9-]{1,32}"
MONTH: Final = r"20[0-9]{2}-(?:0[1-9]|1[0-2])"
COLLECTION: Final = r"[A-Za-z0-9_-]{1,80}"
RECORD_ID: Final = r"[a-z]{1,12}-[0-9A-Za-z][0-9A-Za-z_-]{0,99}"

LAST_SHARD: Final = 99_999

_TABLES: Final = frozenset(table.name for table in TABLES)
_RECORD_TABLES: Final = frozenset(table.name for table in (*RECORD_TABLES, PUBLICATIONS))
_RUN_TABLES: Final = frozenset(work.table.name for work in WORK_TABLES if work.keys == ("run",))
_URI: Final = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>[^\x00]*)")
_RUN_PARTITION: Final = re.compile(
    rf"tables/(?P<table>[a-z_]+)/usage_period=(?P<period>{MONTH})/run_id=(?P<run_id>{RUN_ID})/"
)
_ROLL_UP: Final = re.compile(
    rf"rollup/(?P<run_id>{RUN_ID})/(?P<attempt>{ATTEMPT})/shard=[0-9]{{1,5}}/"
)
_INVENTORY: Final = re.compile(
    rf"inventory/day=[0-9-]{{10}}/account=(?P<account>{ACCOUNT_ID})/region={REGION_CODE}\.parquet"
)
_PLAN: Final = re.compile(rf"plans/(?P<run_id>{RUN_ID})/plan\.json")


@dataclass(frozen=True, slots=True)
class Place:
    """An object, or a folder where ``key`` ends in a slash."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """The place as ``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}"

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Take a URI apart.

        Raises
        ------
        ForeignDeliveryError
            It is no S3 URI, or leads out of its folder.
        """
        found = _URI.fullmatch(uri)
        if found is None or {"..", "."} & set(found["key"].split("/")):
            raise ForeignDeliveryError(
                f"{uri[:200]!r} is not the place of an object.",
                mend="Start the month again; its own steps hand on the places.",
            )
        return cls(found["bucket"], found["key"])


@dataclass(frozen=True, slots=True)
class CuratedPlaces:
    """Keys of the bucket that is kept."""

    bucket: str

    def table_folder(self, table: str, period: UsagePeriod, run_id: str) -> Place:
        """Return the folder that a partition of a published table points to."""
        if table not in _TABLES or table == CARBON_REPORTED.name:
            raise ValueError(f"{table!r} is not a table of a run")
        partition = f"usage_period={_month(period)}/run_id={_checked(run_id, RUN_ID)}"
        return self._at(f"tables/{table}/{partition}/")

    def table_part(self, table: str, period: UsagePeriod, run_id: str, shard: int = 0) -> Place:
        """Return the one file that a shard writes of a table."""
        return self._at(f"{self.table_folder(table, period, run_id).key}{_part(shard)}")

    def run_manifest(self, period: UsagePeriod, run_id: str) -> Place:
        """Return what tells that a run is whole, and what it was made of."""
        return self._at(f"{self._run(period, run_id)}manifest.json")

    def cell_sums(self, period: UsagePeriod, run_id: str) -> Place:
        """Return the sums by cell that a run's proof read back."""
        return self._at(f"{self._run(period, run_id)}cell_sums.parquet")

    def delivery_folder(self, period: UsagePeriod, delivery_id: str) -> Place:
        """Return the folder of one kept delivery: a partition of ``carbon_reported``."""
        checked = _checked(delivery_id, DELIVERY_ID)
        return self._at(f"deliveries/usage_period={_month(period)}/delivery_id={checked}/")

    def delivery_part(self, period: UsagePeriod, delivery_id: str) -> Place:
        """Return the rows of one kept delivery."""
        return self._at(f"{self.delivery_folder(period, delivery_id).key}{_part(0)}")

    def delivery_description(self, delivery_id: str) -> Place:
        """Return what a kept delivery says of itself: versions, payer, files."""
        return self._at(f"deliveries-described/{_checked(delivery_id, DELIVERY_ID)}.json")

    def pin(self, period: UsagePeriod, kind: ExportKind, digest: str) -> Place:
        """Return the pinned file versions of one delivery."""
        return self._at(f"pins/{_month(period)}/{kind}-{_checked(digest, DIGEST)}.json")

    def quarantine(self, period: UsagePeriod | None, digest: str) -> Place:
        """Return the reason why a delivery was not trusted."""
        month = "unknown" if period is None else _month(period)
        return self._at(f"quarantine/{month}/{_checked(digest, DIGEST)}.json")

    def inventory_part(self, day: date, account_id: str, region_code: str) -> Place:
        """Return one account's resources in one Region on one day."""
        account, region = _checked(account_id, ACCOUNT_ID), _checked(region_code, REGION_CODE)
        return self._at(f"{self.inventory_day(day).key}account={account}/region={region}.parquet")

    def inventory_day(self, day: date) -> Place:
        """Return the folder of one day's inventory."""
        return self._at(f"inventory/day={day.isoformat()}/")

    def inventory_pins(self, period: UsagePeriod, digest: str) -> Place:
        """Return the pinned objects of the inventory that tells a month's loads."""
        return self._at(f"pins/{_month(period)}/inventory-{_checked(digest, DIGEST)}.json")

    def record_day(self, table: str, day: date) -> Place:
        """Return the folder of one day's records: a partition of a table of records."""
        if table not in _RECORD_TABLES:
            raise ValueError(f"{table!r} is not a table of records")
        return self._at(f"tables/{table}/day={day.isoformat()}/")

    def record_part(self, table: str, day: date, record_id: str) -> Place:
        """Return the rows of one record."""
        checked = _checked(record_id, RECORD_ID)
        return self._at(f"{self.record_day(table, day).key}{checked}.parquet")

    def record_description(self, table: str, record_id: str) -> Place:
        """Return what tells the day that a record was kept on."""
        if table not in _RECORD_TABLES:
            raise ValueError(f"{table!r} is not a table of records")
        return self._at(f"records/{table}/{_checked(record_id, RECORD_ID)}.json")

    def nowcasts_of(self, period: UsagePeriod, horizon: int | None = None) -> Place:
        """Return the folder that names the nowcasts of a month, or those of one horizon."""
        folder = f"nowcasts/usage_period={_month(period)}/told/"
        return self._at(folder if horizon is None else f"{folder}horizon={horizon:03d}/")

    def nowcast_errors_of(self, period: UsagePeriod) -> Place:
        """Return what tells that the errors of a month's nowcasts are kept."""
        return self._at(f"nowcasts/usage_period={_month(period)}/errors.json")

    def answered_page(self, attempt: str, period: UsagePeriod, number: int) -> Place:
        """Return one page of what AWS answered of a year's water or a month's carbon."""
        what = "carbon" if period.is_month else "water"
        folder = f"sustainability/{_checked(attempt, ATTEMPT)}/{what}-{period.text}"
        return self._at(f"{folder}/{_part(number).replace('.parquet', '.json')}")

    def accounts(self) -> Place:
        """Return the list of names and organizational units; its versions are kept."""
        return self._at("accounts/accounts.csv")

    def _run(self, period: UsagePeriod, run_id: str) -> str:
        return f"runs/usage_period={_month(period)}/run_id={_checked(run_id, RUN_ID)}/"

    def _at(self, key: str) -> Place:
        return Place(self.bucket, key)


@dataclass(frozen=True, slots=True)
class WorkPlaces:
    """Keys of the bucket whose objects expire."""

    bucket: str

    def plan(self, run_id: str) -> Place:
        """Return the plan of a run."""
        return self._at(f"plans/{_checked(run_id, RUN_ID)}/plan.json")

    def shards(self, run_id: str) -> Place:
        """Return the list of shards that the Distributed Map reads."""
        return self._at(f"plans/{_checked(run_id, RUN_ID)}/shards.json")

    def usage_folder(self, usage_digest: str) -> Place:
        """Return the copies of a pinned usage delivery, all versions fixed."""
        return self._at(f"usage_export/delivery={_checked(usage_digest, DIGEST)}/")

    def usage_file(self, usage_digest: str, number: int) -> Place:
        """Return the copy of one pinned file, by its position in the delivery."""
        if not 0 <= number <= LAST_SHARD:
            raise ValueError(f"{number} is not the position of a file")
        return self._at(f"{self.usage_folder(usage_digest).key}{number:05d}.parquet")

    def run_table(self, table: str, run_id: str, attempt: str) -> Place:
        """Return the file that a query of one attempt joins with, such as ``kinds``."""
        if table not in _RUN_TABLES:
            raise ValueError(f"{table!r} is not a table of the work database with the key run")
        return self._at(f"{table}/run={run_key(run_id, attempt)}/part-0.parquet")

    def survey(self, run_id: str, attempt: str, query: str) -> Place:
        """Return the folder of one answer about the raw lines."""
        return self._answer("survey", run_id, attempt, query)

    def roll_up(self, run_id: str, attempt: str) -> Place:
        """Return the folder that holds the roll-up, one folder per shard in it."""
        return self._at(f"rollup/{_checked(run_id, RUN_ID)}/{_checked(attempt, ATTEMPT)}/")

    def roll_up_shard(self, run_id: str, attempt: str, shard: int) -> Place:
        """Return the rolled-up usage of one shard; there is nothing where it has none."""
        return self._at(f"{self.roll_up(run_id, attempt).key}shard={_shard(shard)}/")

    def look(self, attempt: str) -> Place:
        """Return what one look ahead found to be done."""
        return self._at(f"lookahead/{_checked(attempt, ATTEMPT)}/look.json")

    def look_answer(self, attempt: str, query: str) -> Place:
        """Return the folder of one answer about the history."""
        return self._at(f"lookahead/{_checked(attempt, ATTEMPT)}/{_checked(query, QUERY)}/")

    def sustainability(self, attempt: str) -> Place:
        """Return what one look at the Sustainability API has asked and seen."""
        return self._at(f"sustainability/{_checked(attempt, ATTEMPT)}/asked.json")

    def sustainability_answer(self, attempt: str, query: str) -> Place:
        """Return the folder of one answer about published tables beside it."""
        name = _checked(query, ANSWER)
        return self._at(f"sustainability/{_checked(attempt, ATTEMPT)}/{name}/")

    def receipt(self, run_id: str, shard: int) -> Place:
        """Return what one shard says that it wrote."""
        return self._at(f"receipts/{_checked(run_id, RUN_ID)}/{_shard(shard):05d}.json")

    def impact_receipt(self, run_id: str, shard: int) -> Place:
        """Return what the estimate of one shard says that it wrote."""
        return self._at(f"receipts/{_checked(run_id, RUN_ID)}/impacts-{_shard(shard):05d}.json")

    def read_back(self, run_id: str, attempt: str, query: str) -> Place:
        """Return the folder of one sum over what was written."""
        return self._answer("readback", run_id, attempt, query)

    def series(self, attempt: str, query: str) -> Place:
        """Return the folder of one answer about published figures over time."""
        return self._at(f"series/{_checked(attempt, ATTEMPT)}/{_checked(query, QUERY)}/")

    def collection_items(self, collection: str) -> Place:
        """Return the accounts and Regions that one collection of the inventory goes through."""
        return self._at(f"{self._collection(collection)}items.json")

    def collection_receipts(self, collection: str) -> Place:
        """Return the folder of what became of every account and Region."""
        return self._at(f"{self._collection(collection)}receipts/")

    def collection_receipt(self, collection: str, account_id: str, region_code: str) -> Place:
        """Return what became of one account and Region."""
        account, region = _checked(account_id, ACCOUNT_ID), _checked(region_code, REGION_CODE)
        folder = self.collection_receipts(collection).key
        return self._at(f"{folder}account={account}/region={region}.json")

    def _answer(self, stage: str, run_id: str, attempt: str, query: str) -> Place:
        ids = f"{_checked(run_id, RUN_ID)}/{_checked(attempt, ATTEMPT)}"
        return self._at(f"{stage}/{ids}/{_checked(query, QUERY)}/")

    def _collection(self, collection: str) -> str:
        return f"collections/{_checked(collection, COLLECTION)}/"

    def _at(self, key: str) -> Place:
        return Place(self.bucket, key)


def account_of_inventory(key: str) -> str:
    """Return the account that an object of the inventory is of.

    Raises
    ------
    ForeignDeliveryError
        The key is not one that a collection writes.
    """
    found = _INVENTORY.fullmatch(key)
    if found is None:
        raise _foreign(key, "an account's inventory")
    return found["account"]


def run_key(run_id: str, attempt: str) -> str:
    """Return the value of the partition key ``run``: one attempt of one run."""
    return f"{_checked(run_id, RUN_ID)}-{_checked(attempt, ATTEMPT)}"


def run_id_of_plan(uri: str, work_bucket: str) -> str:
    """Return the run whose plan lies at a URI.

    Raises
    ------
    ForeignDeliveryError
        The URI is not that of a plan of this deployment.
    """
    place = Place.parse(uri)
    found = _PLAN.fullmatch(place.key)
    if place.bucket != work_bucket or found is None:
        raise _foreign(uri, "a plan")
    return found["run_id"]


def attempt_of_roll_up(uri: str, work_bucket: str, run_id: str) -> str:
    """Return the attempt that rolled a shard of this run up.

    Raises
    ------
    ForeignDeliveryError
        The URI is not that of a shard of this run.
    """
    place = Place.parse(uri)
    found = _ROLL_UP.fullmatch(place.key)
    if place.bucket != work_bucket or found is None or found["run_id"] != run_id:
        raise _foreign(uri, f"a shard of {run_id}")
    return found["attempt"]


def run_id_of_partition(location: str, curated_bucket: str) -> str:
    """Return the run that a catalogue's partition points to; with or without the last slash.

    Raises
    ------
    ForeignDeliveryError
        The location is not that of a run of this deployment.
    """
    place = Place.parse(location if location.endswith("/") else f"{location}/")
    found = _RUN_PARTITION.fullmatch(place.key)
    if place.bucket != curated_bucket or found is None:
        raise _foreign(location, "a run")
    return found["run_id"]


def _foreign(uri: str, what: str) -> ForeignDeliveryError:
    return ForeignDeliveryError(
        f"{uri[:200]!r} is not the place of {what} of this deployment.",
        mend="Start the month again; its own steps hand on the places.",
    )


def _checked(text: str, pattern: str) -> str:
    """Return an id that may be part of a key, a partition or a literal in SQL."""
    if re.fullmatch(pattern, text, re.ASCII) is None:
        raise ValueError(f"{text[:100]!r} is not an id of the form {pattern}")
    return text


def _month(period: UsagePeriod) -> str:
    if not period.is_month:
        raise ValueError(f"{period} is not a month")
    return period.text


def _shard(number: int) -> int:
    if not 0 <= number <= LAST_SHARD:
        raise ValueError(f"{number} is not the number of a shard")
    return number


def _part(shard: int) -> str:
    return f"part-{_shard(shard):05d}.parquet"
