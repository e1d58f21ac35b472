"""Records in S3: kept once, on the day of the first time."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crossfoot.adapters.aws.places import Place
from crossfoot.adapters.aws.record_days import S3RecordDays
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.domain.errors import RunContentError, StorageError
from crossfoot.domain.nowcasts import NOWCASTS
from crossfoot.domain.records import RECORD_TABLES

CURATED = "curated-bucket"
NOW = datetime(2026, 4, 20, 12, tzinfo=UTC)
RECORD = "n-0123456789abcdef"
DAY = "tables/nowcasts/day=2026-04-20/"


class Crashing(S3Objects):
    """Writes descriptions, and no rows."""

    def put_absent(self, place: Place, content: bytes) -> bool:
        """Fail where rows are to be written."""
        if place.key.startswith("tables/"):
            raise StorageError("no answer.")
        return super().put_absent(place, content)


def shelf(world: Any) -> S3RecordDays:
    """Return the shelf of a world."""
    return S3RecordDays(world.objects, world.places)


def row(kilograms: str = "1.5") -> dict[str, Any]:
    """Return one row of a nowcast."""
    return {
        "usage_period": "2026-03",
        "grain": "organisation",
        "payer_account_id": "000000000001",
        "learnt_from": "2025-12",
        "learnt_to": "2026-02",
        "horizon": 1,
        "is_running": False,
        "total_lbm_kgco2e": Decimal(kilograms),
    }


def kept(world: Any) -> list[str]:
    """Return the keys of all rows that are kept."""
    found = world.s3.list_objects_v2(Bucket=CURATED, Prefix="tables/")
    return [each["Key"] for each in found.get("Contents", [])]


def test_a_record_lies_in_the_folder_of_its_day(world: Any) -> None:
    """Rows come back as they were kept, under their id and instant."""
    shelf(world).keep(NOWCASTS, RECORD, [row()], NOW)

    (found,) = shelf(world).rows(NOWCASTS, RECORD).to_pylist()
    assert kept(world) == [f"{DAY}{RECORD}.parquet"]
    assert (found["record_id"], found["recorded_at"]) == (RECORD, NOW)
    assert found["total_lbm_kgco2e"] == Decimal("1.5")
    assert found["total_mbm_kgco2e"] is None


def test_the_same_record_another_day_changes_nothing(world: Any) -> None:
    """The first rows stay, in the first folder."""
    shelf(world).keep(NOWCASTS, RECORD, [row()], NOW)
    shelf(world).keep(NOWCASTS, RECORD, [row("2.5")], NOW + timedelta(days=1))

    assert kept(world) == [f"{DAY}{RECORD}.parquet"]
    assert shelf(world).rows(NOWCASTS, RECORD)["total_lbm_kgco2e"].to_pylist() == [Decimal("1.5")]


def test_what_a_crash_left_is_finished_under_the_first_day(world: Any) -> None:
    """A description without rows is no record yet, and keeps its day."""
    with pytest.raises(StorageError):
        S3RecordDays(Crashing(world.s3), world.places).keep(NOWCASTS, RECORD, [row()], NOW)
    assert not shelf(world).holds(NOWCASTS, RECORD)

    shelf(world).keep(NOWCASTS, RECORD, [row()], NOW + timedelta(days=1))
    assert kept(world) == [f"{DAY}{RECORD}.parquet"]
    assert shelf(world).holds(NOWCASTS, RECORD)


def test_a_record_that_was_never_kept_is_missing_and_not_empty(world: Any) -> None:
    """Nothing is there to be read, for any table of records."""
    for table in RECORD_TABLES:
        assert shelf(world).rows(table, RECORD) is None
        assert not shelf(world).holds(table, RECORD)


@pytest.mark.parametrize("record_id", ["", "n-", "N-1", "n-../x", "n-1/2", "1-n"])
def test_an_id_cannot_leave_its_folder(world: Any, record_id: str) -> None:
    """Ids become keys, so that only safe ones pass."""
    with pytest.raises(ValueError, match="is not an id"):
        shelf(world).keep(NOWCASTS, record_id, [row()], NOW)
    assert kept(world) == []


def test_a_description_that_tells_no_day_is_refused(world: Any) -> None:
    """Rows are looked for nowhere else."""
    world.put(f"records/nowcasts/{RECORD}.json", b'{"day": "soon"}', CURATED)

    with pytest.raises(RunContentError, match="does not tell the day"):
        shelf(world).rows(NOWCASTS, RECORD)
