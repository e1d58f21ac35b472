"""Normalised sizes, and instance types found in texts."""

import pytest

from crossfoot.engine.instance_types import (
    host_family_in,
    instance_type_in,
    size_of,
    size_of_host,
)
from crossfoot.factors.machine_types import machine_types
from crossfoot.factors.machines import DEFAULT_FAMILY, server_units
from crossfoot.factors.reading import rows_of


@pytest.mark.parametrize(
    ("text", "instance_type"),
    [
        ("InstanceUsage:db.r6g.xlarge", "r6g.xlarge"),
        ("NodeUsage:cache.t3.micro", "t3.micro"),
        ("ESInstance:m5.large.search", "m5.large"),
        ("Train:ml.p3.2xlarge-Hosting", "p3.2xlarge"),
        ("Kafka.m5.large", "m5.large"),
        ("BoxUsage:u-6tb1.metal", "u-6tb1.metal"),
        ("$0.085 per On Demand Linux C5.Large Instance Hour", "c5.large"),
        ("BoxUsage", "m1.small"),
        ("nothing here", ""),
    ],
)
def test_instance_types_are_found_in_any_clothes(text: str, instance_type: str) -> None:
    """Prefixes of services and words around fall away."""
    assert instance_type_in(text) == instance_type


@pytest.mark.parametrize(
    ("instance_type", "units"),
    [
        ("t3.nano", 0.25),
        ("t3.micro", 0.5),
        ("t2.small", 1),
        ("t4g.medium", 2),
        ("m5.large", 4),
        ("m5.xlarge", 8),
        ("m5.24xlarge", 192),
        ("m5.metal", 192),
        ("i3.metal", 128),
        ("m7i.metal-24xl", 192),
        ("ra3.xlplus", 8),
        ("m5.0xlarge", 8),
    ],
)
def test_sizes_are_those_of_aws(instance_type: str, units: float) -> None:
    """Each size doubles up to xlarge, and then counts by the xlarge; metal is the whole server."""
    assert size_of(instance_type).units == units
    assert size_of(instance_type).note == ""


def test_what_is_assumed_of_a_size_is_said() -> None:
    """A size that cannot be read is large, an unknown family has the default server."""
    assert (size_of("").units, size_of("").note) == (4, "no instance size found, large assumed")
    assert size_of("zz9.metal").units == size_of_host("").units == server_units()[DEFAULT_FAMILY]
    assert "zz9 not in the table" in size_of("zz9.metal").note
    assert size_of_host("").note == "family of the host not known, default server assumed"


def test_a_host_has_the_size_of_its_familys_server() -> None:
    """The family is read from the usage type or from prose."""
    assert host_family_in("HostUsage:r5") == "r5"
    assert host_family_in("$5.069 per m5 Dedicated Host Instance hour") == "m5"
    assert host_family_in("HostUsage:zz9") == ""
    assert (size_of_host("m5").units, size_of_host("i3").units) == (192, 128)


def test_every_family_of_the_machine_types_has_a_server_size() -> None:
    """So no listed type falls back to the default; every row names its source and licence."""
    families = {machine.family for machine in machine_types().values()}

    assert families - set(server_units()) == set()
    for row in rows_of("instance_families.csv"):
        assert all(row.values())
        assert float(row["server_units"]) > 0
