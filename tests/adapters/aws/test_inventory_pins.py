"""Which day of the inventory tells a month's loads, and reading it for some accounts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from crossfoot.adapters.aws.inventory_files import S3InventoryFiles
from crossfoot.adapters.aws.inventory_pins import S3InventoryPins
from crossfoot.adapters.aws.kept_inventory import S3KeptInventory
from crossfoot.adapters.aws.places import Place, account_of_inventory
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.domain.errors import (
    DeploymentError,
    ForeignDeliveryError,
    RunContentError,
)
from crossfoot.domain.inventory import Resource, ResourceKind, Utilization, WorkItem
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan

MARCH = UsagePeriod("2026-03")
FIRST_OF_APRIL = date(2026, 4, 1)
ANN, BOB = "111111111111", "222222222222"


def machine(load: float | None, name: str = "i-1") -> Resource:
    """Return a machine; without a load nobody asked for figures."""
    asked = Utilization() if load is None else Utilization(measured_days=30, cpu_mean_percent=load)
    return Resource(
        service_code="AmazonEC2",
        kind=ResourceKind.EC2_INSTANCE,
        resource_id=name,
        utilization=asked,
    )


def disk(name: str) -> Resource:
    """Return a disk, which has no load on any day."""
    return Resource(
        service_code="AmazonEC2", kind=ResourceKind.EBS_VOLUME, resource_id=name, state="in-use"
    )


def collect(world: Any, day: date, resources: list[Resource], account: str = ANN) -> None:
    """Write one account's inventory of a day, as a collection does."""
    at = datetime(day.year, day.month, day.day, 4, 30, tzinfo=UTC)
    item = WorkItem(account, "eu-west-1")
    files = S3InventoryFiles(world.objects, world.places)
    files.write("nightly", day, item, at, resources)


def plan(digest: str | None) -> MonthPlan:
    """Return a plan of March with an inventory."""
    return MonthPlan(
        usage_period=MARCH,
        run_id="r-" + "0" * 16,
        identity="i",
        delivery_id="d-" + "0" * 16,
        model_version="v3.0.1",
        payer_account_id=ANN,
        usage_digest="0" * 32,
        previous_run_id=None,
        policy_digest="p",
        accounts_version=None,
        holder="h",
        fence=1,
        inventory_digest=digest,
    )


@pytest.fixture
def pins(world: Any) -> S3InventoryPins:
    """Return what finds days."""
    return S3InventoryPins(world.objects, world.places)


@pytest.fixture
def kept(world: Any, pins: S3InventoryPins) -> S3KeptInventory:
    """Return what reads pinned days."""
    return S3KeptInventory(world.objects, pins)


def loads(kept: S3KeptInventory, digest: str | None, *accounts: str) -> dict[str, float]:
    """Return the loads of accounts. [percent]."""
    found = kept.observations(plan(digest), accounts).loads
    ids, nano = (found[name].to_pylist() for name in found.column_names)
    return {name: load / 1e9 for name, load in zip(ids, nano, strict=True)}


def test_the_newest_day_with_figures_is_pinned(world: Any, pins: S3InventoryPins) -> None:
    """Days without figures come between, before and after; the first of April has them."""
    for day, load in ((20, 5.0), (31, None)):
        collect(world, date(2026, 3, day), [machine(load)])
    collect(world, FIRST_OF_APRIL, [machine(12.5)])
    for day in (2, 3, 4, 5):
        collect(world, date(2026, 4, day), [machine(None)])
    found = pins.pin(MARCH)
    assert found is not None
    assert (found.day, found.usage_period) == (FIRST_OF_APRIL, MARCH)
    assert [file.key.split("/")[1] for file in found.files] == ["day=2026-04-01"]
    assert pins.pinned(MARCH, found.digest) == found == pins.pin(MARCH)


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 4, 6), date(2026, 5, 1)])
def test_a_day_that_tells_of_another_month_is_not_taken(
    world: Any, pins: S3InventoryPins, day: date
) -> None:
    """The first of March looks back on February, and the sixth of April is too late."""
    collect(world, day, [machine(50.0)])
    assert pins.pin(MARCH) is None


def test_a_month_without_any_inventory_has_none(pins: S3InventoryPins) -> None:
    """There is nothing to read, and nothing is told of it."""
    assert pins.pin(MARCH) is None


def test_an_account_of_many_disks_does_not_hide_the_machines(
    world: Any, pins: S3InventoryPins
) -> None:
    """The largest object has no load; the next one has."""
    collect(world, FIRST_OF_APRIL, [disk(f"vol-{n:017x}") for n in range(2000)], BOB)
    collect(world, FIRST_OF_APRIL, [machine(3.0)])
    found = pins.pin(MARCH)
    assert found is not None
    assert len(found.files) == 2


def test_a_day_that_is_collected_again_is_another_inventory(
    world: Any, pins: S3InventoryPins, kept: S3KeptInventory
) -> None:
    """The plan before it reads what it has pinned: the version, not the name."""
    collect(world, FIRST_OF_APRIL, [machine(12.5)])
    first = pins.pin(MARCH)
    collect(world, FIRST_OF_APRIL, [machine(40.0)])
    second = pins.pin(MARCH)
    assert first is not None
    assert second is not None
    assert first.digest != second.digest
    assert loads(kept, first.digest, ANN) == {"i-1": 12.5}
    assert loads(kept, second.digest, ANN) == {"i-1": 40.0}


def test_only_the_accounts_of_the_shard_are_read(
    world: Any, pins: S3InventoryPins, kept: S3KeptInventory
) -> None:
    """What another shard reads is not even fetched."""
    collect(world, FIRST_OF_APRIL, [machine(12.5)])
    collect(world, FIRST_OF_APRIL, [machine(80.0, "i-2"), machine(None, "i-3")], BOB)
    found = pins.pin(MARCH)
    assert found is not None
    theirs = Place(found.bucket, found.files[1].key)
    world.s3.delete_object(
        Bucket=theirs.bucket, Key=theirs.key, VersionId=found.files[1].version_id
    )
    assert loads(kept, found.digest, ANN) == {"i-1": 12.5}
    with pytest.raises(DeploymentError, match="is gone"):
        loads(kept, found.digest, ANN, BOB)


def test_a_plan_without_inventory_knows_no_loads(kept: S3KeptInventory) -> None:
    """They are unknown, and not zero."""
    assert loads(kept, None, ANN) == {}


def test_an_object_that_is_no_inventory_is_ours_to_mend(
    world: Any, pins: S3InventoryPins, kept: S3KeptInventory
) -> None:
    """It is told by its version, and as no delivery's fault: none is quarantined for it."""
    collect(world, FIRST_OF_APRIL, [machine(12.5)])
    place = world.places.inventory_part(FIRST_OF_APRIL, BOB, "us-east-1")
    world.objects.put(place, b"x")
    found = pins.pin(MARCH)
    assert found is not None
    told = rf"{place.uri}, version .*, cannot be read as inventory: is not Parquet"
    with pytest.raises(DeploymentError, match=told):
        loads(kept, found.digest, BOB)


def test_pins_that_were_changed_are_refused(world: Any, pins: S3InventoryPins) -> None:
    """A digest is the name of its content."""
    collect(world, FIRST_OF_APRIL, [machine(12.5)])
    found = pins.pin(MARCH)
    assert found is not None
    place = world.places.inventory_pins(MARCH, found.digest)
    other = replace(found, files=()).digest
    body = S3Objects(world.s3).read(place)
    world.objects.put(world.places.inventory_pins(MARCH, other), body)
    for wrong in (b"{}", body.replace(b"2026-04-01", b"2026-04-02", 1)):
        world.objects.put(place, wrong)
        with pytest.raises(RunContentError, match="damaged"):
            pins.pinned(MARCH, found.digest)
    with pytest.raises(RunContentError, match="damaged"):
        pins.pinned(MARCH, other)


def test_a_key_of_another_place_is_foreign() -> None:
    """Only a collection's own keys have an account."""
    key = "inventory/day=2026-04-01/account=111111111111/region=eu-west-1.parquet"
    assert account_of_inventory(key) == ANN
    with pytest.raises(ForeignDeliveryError):
        account_of_inventory("inventory/day=2026-04-01/machines.parquet")
