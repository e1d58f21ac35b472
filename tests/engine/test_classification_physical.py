"""The first physical model against worked figures of other tools."""

import pytest

from crossfoot.engine.classification import UsageKind, classify
from crossfoot.engine.instance_types import host_of, instance_type_in, machine_of
from crossfoot.engine.physical import machine_footprint, server_embodied_kilograms
from crossfoot.factors.machines import instance_families
from crossfoot.factors.physical_factors import factor_value, physical_factors, physical_models
from crossfoot.factors.reading import rows_of
from crossfoot.factors.usage_rules import usage_rules

TABLES = ["instance_families.csv", "instance_sizes.csv", "physical_factors.csv"]


def watts_of(instance_type: str) -> float:
    """Return the power of an instance at half load."""
    return machine_footprint(machine_of(instance_type), 0.5).watt_hours


def physical_of(product: str, usage_type: str, unit: str) -> tuple[float, float]:
    """Return energy and embodied carbon of one unit; fail where there is no model."""
    kind = classify([UsageKind(product, usage_type, None, unit, None)])[0]
    assert kind.watt_hours_per_unit is not None
    assert kind.embodied_grams_per_unit is not None
    return kind.watt_hours_per_unit, kind.embodied_grams_per_unit


@pytest.mark.parametrize(
    ("instance_type", "watts"),
    [
        # Teads, measured on metal and interpolated to half load, as Cloud Carbon Footprint ships it
        ("a1.2xlarge", 25.4),
        ("c5.2xlarge", 53.1),
        ("m5.xlarge", 28.2),
        ("p4d.24xlarge", 3781.8),
        ("p3.16xlarge", 2234.8),
        ("g4dn.xlarge", 76.3),
        # another model's figures for the same load, where it has no accelerator to leave out
        ("m6g.xlarge", 12.0),
        ("r5.xlarge", 25.3),
        ("t3.micro", 10.1),
        ("c7g.xlarge", 14.6),
        ("i3.2xlarge", 50.3),
    ],
)
def test_power_is_right_within_a_factor_of_two(instance_type: str, watts: float) -> None:
    """Accelerators included."""
    assert watts / 2 <= watts_of(instance_type) <= watts * 2


@pytest.mark.parametrize(
    ("family", "kilograms"),
    [
        ("a1", 1022.21),
        ("m6g", 1333.12),
        ("c5", 1344.29),
        ("m5", 1610.79),
        ("i3", 2588.46),
        ("p4d", 4676.79),
    ],
)
def test_servers_carry_what_cloud_carbon_footprint_publishes(family: str, kilograms: float) -> None:
    """The archetype formula gives its published totals, accelerators included, to 10 g."""
    server = instance_families()[family]
    total = server_embodied_kilograms(server) + server.server_accelerators * factor_value(
        "server", "embodied-accelerator"
    )

    assert total == pytest.approx(kilograms, abs=0.01)


def test_a_whole_server_carries_the_whole_server() -> None:
    """m5.24xlarge takes all of its server: 1,610.79 kg over 52,560 h is 30.647 g/h."""
    grams = machine_footprint(machine_of("m5.24xlarge"), 0.5).embodied_grams

    assert grams == pytest.approx(30.6467, rel=1e-4)
    assert grams == machine_footprint(host_of("m5"), 0.5).embodied_grams


def test_power_by_hand_for_one_instance() -> None:
    """m5.xlarge: 4 (0.61299 + 0.5 (4.10417 - 0.61299) + 1.0) + 16 x 0.392 = 19.706 W."""
    assert watts_of("m5.xlarge") == pytest.approx(19.7063, rel=1e-4)


def test_power_grows_with_size_and_load() -> None:
    """An idle machine draws less than a busy one, a small one less than a large one."""
    sizes = [watts_of(f"m5.{size}") for size in ("large", "xlarge", "4xlarge", "24xlarge")]
    loads = [machine_footprint(machine_of("m5.large"), load).watt_hours for load in (0, 0.5, 1)]

    assert sizes == sorted(sizes)
    assert loads == sorted(loads)


def test_storage_by_hand() -> None:
    """One S3 gigabyte-month: 0.65 Wh/TBh x 730 h / 1000 x 6 copies = 2.847 Wh."""
    assert physical_of("AmazonS3", "TimedStorage-ByteHrs", "GB-Mo")[0] == pytest.approx(2.847)
    assert physical_of("AmazonEC2", "EBS:VolumeUsage.gp3", "GB-Mo")[0] == pytest.approx(1.752)


def test_functions_and_containers_by_hand() -> None:
    """A gigabyte-second has 1024/1792 vCPU; a Fargate vCPU is one vCPU of a server."""
    vcpu = 0.612989 + 0.5 * (4.10417 - 0.612989) + 1.0
    function, _ = physical_of("AWSLambda", "Lambda-GB-Second", "Lambda-GB-Second")
    container, _ = physical_of("AmazonECS", "Fargate-vCPU-Hours:perCPU", "hours")
    memory, _ = physical_of("AmazonECS", "Fargate-GB-Hours", "hours")

    assert function == pytest.approx((vcpu * 1024 / 1792 + 0.392) / 3600, rel=1e-4)
    assert container == pytest.approx(vcpu, rel=1e-4)
    assert memory == pytest.approx(0.392)


def test_a_standby_doubles_and_an_empty_reservation_idles() -> None:
    """Multi-AZ is two instances; reserved and empty draws idle power with full embodied share."""
    single = physical_of("AmazonRDS", "InstanceUsage:db.m5.large", "Hrs")
    double = physical_of("AmazonRDS", "Multi-AZUsage:db.m5.large", "Hrs")
    running = physical_of("AmazonEC2", "BoxUsage:m5.large", "Hrs")
    unused = physical_of("AmazonEC2", "UnusedBox:m5.large", "Hrs")

    assert double == pytest.approx((2 * single[0], 2 * single[1]))
    assert unused[0] < running[0]
    assert unused[1] == running[1]


def test_what_has_no_model_has_no_figure() -> None:
    """Missing is never zero: cost weighs such usage."""
    kind = classify([UsageKind("AmazonVPC", "NatGateway-Hours", None, "Hrs", None)])[0]

    assert (kind.watt_hours_per_unit, kind.embodied_grams_per_unit) == (None, None)


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


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_every_factor_table_is_complete(table: str) -> None:
    """Each row names its source and licence; nothing but an accelerator may be left out."""
    optional = {"accelerator", "accelerators"}

    for row in rows_of(table):
        assert [name for name, cell in row.items() if not cell and name not in optional] == []


def test_every_factor_lies_within_its_range() -> None:
    """``low`` and ``high`` bracket the value, and each key stands once."""
    assert len(physical_factors()) == len(rows_of("physical_factors.csv"))
    for factor in physical_factors().values():
        assert 0 <= factor.low <= factor.value <= factor.high


def test_every_name_in_the_tables_leads_somewhere() -> None:
    """Platforms, accelerators, models and copies all have their factors."""
    for family in instance_families().values():
        for quantity in ("vcpu-idle", "vcpu-max", "vcpu-rest"):
            assert (family.platform, quantity) in physical_factors()
        if family.accelerator:
            assert (family.accelerator, "accelerator-max") in physical_factors()
    used = {rule.physical_model for rule in usage_rules()} - {"none"}
    assert used == set(physical_models())
    for model in physical_models().values():
        if model.kind == "storage":
            assert (model.copies, "replication") in physical_factors()
            assert (model.part, "storage") in physical_factors()


def test_every_family_in_use_is_in_the_table() -> None:
    """The families that AWS sells have a row; another one falls back to the default."""
    sold = (
        "m4 m5 m5a m5d m5n m5zn m6a m6g m6gd m6i m6id m6in m7a m7g m7i m7i-flex m8a m8g m8i "
        "c4 c5 c5a c5d c5n c6a c6g c6gn c6i c6in c7a c7g c7gn c7i c8a c8g c8i "
        "r4 r5 r5a r5b r5n r6a r6g r6i r7a r7g r7i r7iz r8a r8g r8i t2 t3 t3a t4g a1 "
        "g4dn g4ad g5 g5g g6 g6e p3 p3dn p4d p4de p5 p5e p5en inf1 inf2 trn1 trn2 "
        "i3 i3en i4i i4g im4gn is4gen i7i i8g x1 x1e x2gd x2idn x2iedn x2iezn x8g z1d "
        "hpc6a hpc6id hpc7a hpc7g mac1 mac2 u-6tb1 u-12tb1 u7i-12tb f1 f2 d2 d3 d3en h1 vt1 dl1 "
        "ra3 dc2"
    )

    assert [family for family in sold.split() if family not in instance_families()] == []
