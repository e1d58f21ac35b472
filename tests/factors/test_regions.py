"""Region names and codes."""

import pytest

from crossfoot.factors.regions import normalised_region, region_code_of, regions


def test_every_region_of_awss_partitions_is_there() -> None:
    """Thirty-six commercial Regions and Global, GovCloud, China, the sovereign cloud."""
    by_partition: dict[str, int] = {}
    for region in regions().values():
        by_partition[region.partition] = by_partition.get(region.partition, 0) + 1

    assert by_partition == {"aws": 37, "aws-us-gov": 2, "aws-cn": 2, "aws-eusc": 1}


def test_names_and_aliases_are_of_one_region_each() -> None:
    """No name leads to two codes."""
    names = [
        name.casefold()
        for region in regions().values()
        for name in (region.code, region.name, *region.aliases)
    ]

    # Global is its own code
    assert sorted(names) == sorted([*set(names), "global"])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Europe (Frankfurt)", "eu-central-1"),
        ("EU (Frankfurt)", "eu-central-1"),
        ("us east  (n. virginia)", "us-east-1"),
        ("South America (São Paulo)", "sa-east-1"),
        ("AWS GovCloud (US)", "us-gov-west-1"),
        ("China (Ningxia)", "cn-northwest-1"),
        ("EUSC (Germany)", "eusc-de-east-1"),
        ("eu-north-1", "eu-north-1"),
        ("Global", "global"),
        ("Atlantis", None),
    ],
)
def test_a_long_name_has_a_code(name: str, code: str | None) -> None:
    """By name, by alias and by the code itself, in any case; unknown is none."""
    assert region_code_of(name) == code


@pytest.mark.parametrize("code", [None, "", " ", "global", "Global", "GLOBAL"])
def test_global_has_one_spelling(code: str | None) -> None:
    """AWS delivers null, empty and several spellings."""
    assert normalised_region(code) == "global"


def test_an_unknown_code_is_kept() -> None:
    """New Regions appear without notice."""
    assert normalised_region("xx-new-9") == "xx-new-9"


def test_countries_are_two_letters() -> None:
    """ISO 3166-1 alpha-2, and none for Global."""
    missing = {region.code for region in regions().values() if region.country is None}
    lengths = {len(region.country) for region in regions().values() if region.country}

    assert (missing, lengths) == ({"global"}, {2})
