"""Every publication is kept, whatever crashes, and so can be asked for again."""

import io
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.aws.deployed_year_figures import DeployedYearFigures
from crossfoot.adapters.aws.places import run_id_of_partition
from crossfoot.adapters.aws.publication_history import RememberingCatalog
from crossfoot.adapters.aws.run_shelf import S3RunShelf
from crossfoot.adapters.aws.s3_objects import as_json
from crossfoot.domain.deliveries import Notice, Pointer
from crossfoot.domain.errors import StorageError
from crossfoot.domain.period import UsagePeriod

MARCH: Final = UsagePeriod("2026-03")
RUNS: Final = [f"r-{number:016x}" for number in range(1, 4)]
FOLDER: Final = "tables/publications/"


def at(day: int) -> datetime:
    """Return noon of a day of May."""
    return datetime(2026, 5, day, 12, tzinfo=UTC)


def publish(world: Any, version: int, cause: str | None = None) -> Pointer:
    """Write a run and move the pointer to it, as a crash leaves it: nothing is shown yet."""
    run_id = RUNS[version - 1]
    world.put(world.places.table_part("emissions", MARCH, run_id).key, b"PAR1", "curated-bucket")
    manifest = {"run_id": run_id, "reported_ug": {"total_lbm": version * 100}}
    place = world.places.run_manifest(MARCH, run_id)
    world.put(place.key, as_json(manifest), place.bucket)
    claim = world.months.claim(MARCH, f"close-{version}", at(version), 60)
    pointer = Pointer(
        MARCH, version, run_id, f"i-{version}", "d-1", "v3.0.1", at(version), version - 1, cause
    )
    assert world.months.publish(claim, pointer, [Notice(f"e-{version}", "x", {})])
    assert not world.months.publish(claim, pointer, [Notice(f"e-{version}", "x", {})])
    world.months.release(claim)
    return pointer


@pytest.fixture
def catalog(world: Any) -> RememberingCatalog:
    """Return what publications are followed by."""
    return RememberingCatalog(world.catalog, world.months, world.objects, world.places)


def kept(world: Any) -> list[tuple[int, str, str | None]]:
    """Return version, run and cause of every row of publications."""
    found = world.s3.list_objects_v2(Bucket="curated-bucket", Prefix=FOLDER).get("Contents", [])
    rows = []
    for each in found:
        body = world.s3.get_object(Bucket="curated-bucket", Key=each["Key"])["Body"].read()
        rows += pq.read_table(io.BytesIO(body)).to_pylist()
    return sorted((row["version"], row["run_id"], row["cause"]) for row in rows)


def history(world: Any) -> set[str]:
    """Return the runs that ``emissions_history`` shows, each under its own name."""
    found = world.glue.get_partitions(DatabaseName="crossfoot", TableName="emissions_history")
    for each in found["Partitions"]:
        location = each["StorageDescriptor"]["Location"]
        assert each["Values"] == ["2026-03", run_id_of_partition(location, "curated-bucket")]
    return {each["Values"][1] for each in found["Partitions"]}


def test_a_publication_that_was_never_shown_is_kept_with_the_next(
    world: Any, catalog: RememberingCatalog
) -> None:
    """Two pointers moved before anything followed: both are in the history, once."""
    publish(world, 1)
    publish(world, 2, "correction")
    for _ in range(2):
        catalog.point(MARCH, RUNS[1])

    assert kept(world) == [(1, RUNS[0], None), (2, RUNS[1], "correction")]
    assert history(world) == {RUNS[0], RUNS[1]}


def test_a_crash_between_the_steps_is_resumed(world: Any, catalog: RememberingCatalog) -> None:
    """The runs are there before the rows that name them, and both before the month shows them."""
    publish(world, 1)
    error = {"Error": {"Code": "SlowDown", "Message": "slow"}}
    for service, operation in (("glue", "CreatePartition"), ("s3", "PutObject")):
        world.fault(service, operation, error)
        with pytest.raises(StorageError):
            catalog.point(MARCH, RUNS[0])
        world.mend(service, operation)
        assert kept(world) == []

    catalog.point(MARCH, RUNS[0])
    assert (len(kept(world)), history(world)) == (1, {RUNS[0]})


def test_the_base_year_is_read_from_publications(world: Any) -> None:
    """What spoke for a month at an instant, else what was published first; and what speaks now."""
    publish(world, 1)
    publish(world, 2, "correction")
    publish(world, 3, "model-version")
    figures = DeployedYearFigures(world.months, S3RunShelf(world.objects, world.places))

    told = [
        figures.first(MARCH, since) for since in (None, at(2), datetime(2020, 1, 1, tzinfo=UTC))
    ]

    assert told == [{"total_lbm": 100}, {"total_lbm": 200}, {"total_lbm": 100}]
    assert figures.last(MARCH) == {"total_lbm": 300}
    assert figures.first(UsagePeriod("2026-04"), None) is None
    assert figures.last(UsagePeriod("2026-04")) is None
