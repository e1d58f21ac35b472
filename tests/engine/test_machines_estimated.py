"""Which machine a name stands for, and how that is told."""

import numpy as np
import pytest

from crossfoot.engine.machines_estimated import Basis, figures_of, machine_of
from crossfoot.factors.machine_types import machine_types


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("m5.xlarge", "m5.xlarge"),
        ("db.m7g.large", "m7g.large"),
        ("db.r6i.xlarge.tpc2.mem2x", "r6i.xlarge"),
        ("cache.t4g.micro", "t4g.micro"),
        ("r6g.large.search", "r6g.large"),
        ("c5.2xlarge.elasticsearch", "c5.2xlarge"),
        ("ml.p4d.24xlarge", "p4d.24xlarge"),
        ("ra3.xlplus", "ra3.xlplus"),
        ("u-24tb1.metal", "u-24tb1.metal"),
        ("mac-m4.metal", "mac-m4.metal"),
        ("r7i.metal-24xl", "r7i.metal-24xl"),
    ],
)
def test_a_service_rents_machines_of_ec2(name: str, listed: str) -> None:
    """Prefix and suffix fall away."""
    found = machine_of(name)

    assert (found.machine, found.basis, found.note) == (machine_types()[listed], Basis.LISTED, "")


@pytest.mark.parametrize(
    ("name", "like", "vcpus"),
    [
        ("m5.6xlarge", "m5", 24),
        ("m9g.4xlarge", "m8g", 16),
        ("p7.48xlarge", "p5", 192),
        ("m8g.96xlarge", "m8g", 192),
        ("t4g.8xlarge", "t4g", 32),
        ("m9i.metal", "m8i", 384),
        ("mac2.xlarge", "mac2", 8),
        ("or1.large.search", "r6g", 2),
        ("db.x2g.large", "x2gd", 2),
    ],
)
def test_an_unlisted_type_is_scaled_from_its_family(name: str, like: str, vcpus: float) -> None:
    """By size within the family, else within the newest of its kind, at most the whole server."""
    found = machine_of(name)

    assert found.basis is Basis.FAMILY
    assert found.basis == "estimated-from-family"
    assert like in found.note
    assert (found.machine.family, found.machine.vcpus) == (like, vcpus)


@pytest.mark.parametrize("family", ["qq7z", "rg"])
def test_an_unknown_family_is_estimated_from_the_size(family: str) -> None:
    """Marked, named and never zero."""
    found = machine_of(f"{family}.4xlarge")

    assert found.basis == "estimated-from-size"
    assert family in found.note
    assert found.machine.vcpus == 16


@pytest.mark.parametrize("name", ["", "nonsense", "db.serverless"])
def test_what_is_no_type_says_so(name: str) -> None:
    """A large machine, marked apart from those with a size."""
    found = machine_of(name)

    assert found.basis == "estimated-without-type"
    assert repr(name) in found.note


def test_estimates_are_never_nothing() -> None:
    """Power and every criterion, with bounds that widen from listed over family to size."""
    figures = figures_of(["m6i.4xlarge", "m6i.5xlarge", "qq7z.4xlarge"])
    spread = figures.curve_watts[2, :, 2] / figures.curve_watts[1, :, 2]

    assert (figures.curve_watts > 0).all()
    assert (figures.embodied_per_hour > 0).all()
    assert spread[0] < spread[1] < spread[2]


def test_figures_come_in_the_order_asked_for() -> None:
    """One name, one place."""
    names = ["t3.micro", "p4d.24xlarge", "db.r5.large"]
    figures = figures_of(names)

    assert [found.machine.name for found in figures.machines] == [*names[:2], "r5.large"]
    for position, name in enumerate(names):
        alone = figures_of([name])
        np.testing.assert_allclose(figures.curve_watts[:, position], alone.curve_watts[:, 0])
