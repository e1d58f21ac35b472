"""The settings file: what may be chosen, and how a mistake is told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crossfoot.adapters.configuration_file import read_configuration
from crossfoot.domain.errors import ConfigurationError
from crossfoot_infra.settings import DeploymentSettings, read_settings

EXAMPLE = Path(__file__).parents[2] / "cdk" / "settings.example.toml"
LEAST = """
payer_account_id = "111122223333"
[exports]
usage_since = "2026-01"
[organization]
id = "o-exampleorgid"
targets = ["r-abcd"]
external_id = "crossfoot-inventory"
"""
QUOTED = """[quicksight]
principals = ["arn:aws:quicksight:us-east-1:111122223333:user/default/o'x"]
"""

type Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a settings file."""

    def to_file(text: str) -> Path:
        path = tmp_path / "settings.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def test_the_example_is_the_least_that_one_has_to_say(write: Write) -> None:
    """Everything commented out in the example is a default, so the example equals the least."""
    assert read_settings(EXAMPLE) == read_settings(write(LEAST))


def test_every_commented_default_is_the_real_one(write: Write) -> None:
    """Taking the comment signs of the example's defaults away changes nothing."""
    given = ("collector", "configuration", "notice_emails", "permissions", "accounts", "principal")
    lines = [
        line.removeprefix("# ")
        if " = " in line and not line.startswith(tuple(f"# {name}" for name in given))
        else line
        for line in EXAMPLE.read_text(encoding="utf-8").splitlines()
    ]

    assert any(line.startswith("work_days = ") for line in lines)
    assert read_settings(write("\n".join(lines))) == read_settings(EXAMPLE)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"111122223333"', '"11112222333"', "payer_account_id"),
        ('"111122223333"', "111122223333", "payer_account_id"),
        ('usage_since = "2026-01"', "", "exports.usage_since"),
        ('"2026-01"', '"2026-13"', "exports.usage_since"),
        ("[organization]", 'usage_format = "cur1"\n[organization]', "exports.usage_format"),
        ("[organization]", 'usage_prefix = "carbon/x"\n[organization]', "lie in each other"),
        ("[organization]", 'carbon_prefix = "/x"\n[organization]', "exports.carbon_prefix"),
        ('"o-exampleorgid"', '"exampleorgid"', "organization.id"),
        ('["r-abcd"]', "[]", "organization.targets"),
        ('["r-abcd"]', '["111122223333"]', "organization.targets"),
        ('"crossfoot-inventory"', '"short"', "organization.external_id"),
        ("[exports]", 'colour = "green"\n[exports]', "colour"),
        ("[exports]", 'name = "Cross_Foot"\n[exports]', "name"),
        ("[exports]", 'architecture = "arm"\n[exports]', "architecture"),
        ("[exports]", "scan_limit_gib = 0\n[exports]", "scan_limit_gib"),
        ("[exports]", 'notice_emails = ["nobody"]\n[exports]', "notice_emails"),
        ("[exports]", 'policy = "x"\n[exports]', "policy"),
        ("[exports]", 'configuration_path = "x"\n[exports]', "configuration_path"),
        ("[exports]", '[retention]\nlock_mode = "hard"\n[exports]', "retention.lock_mode"),
        ("[exports]", "[retention]\nwork_days = 0\n[exports]", "retention.work_days"),
        ("[exports]", f"{QUOTED}[exports]", "quicksight.principals"),
        ("[exports]", "[exports", "is not TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_mend(
    write: Write, old: str, new: str, named: str
) -> None:
    """A setting that cannot be is refused by its dotted name, with the file and where to look."""
    assert old in LEAST
    path = write(LEAST.replace(old, new, 1))

    with pytest.raises(ConfigurationError) as refused:
        read_settings(path)

    assert named in refused.value.message
    assert str(path) in refused.value.message
    assert "settings.example.toml" in str(refused.value.mend)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is told as such, with the path."""
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml: cannot be opened"):
        read_settings(tmp_path / "nowhere.toml")


def test_tag_columns_are_those_of_the_ledger(write: Write, tmp_path: Path) -> None:
    """The tables have the tag columns, in the order that the functions write them."""
    configuration = tmp_path / "crossfoot.toml"
    configuration.write_text(
        'method = "cost"\ntags = ["Team", "cost-center"]\ncost_categories = ["Unit"]\n'
    )

    settings = read_settings(write(f'configuration = "crossfoot.toml"\n{LEAST}'))

    assert settings.tag_columns == ("tag_team", "tag_cost_center", "tag_unit")
    assert settings.tag_columns == read_configuration(configuration).tag_columns
    assert settings.configuration_path == configuration.resolve()


def test_a_configuration_that_is_not_there_is_named(write: Write) -> None:
    """The configuration is looked for beside the settings, and missed by its own name."""
    with pytest.raises(ConfigurationError, match=r"policy\.toml: cannot be opened"):
        read_settings(write(f'configuration = "policy.toml"\n{LEAST}'))


def test_one_account_is_the_default(write: Write) -> None:
    """Without a collector everything is in the management account, and needs no role there."""
    settings = read_settings(write(LEAST))

    assert settings.is_single_account
    assert settings.account == "111122223333"
    assert settings.organization_role_arn is None


def test_a_collector_takes_the_rest(write: Write) -> None:
    """With a collector its account names the buckets, and a role leads to the organization."""
    settings = read_settings(write(f'collector_account_id = "444455556666"\n{LEAST}'))

    assert settings.landing_bucket_name == "crossfoot-landing-444455556666-us-east-1"
    assert settings.organization_role_arn == "arn:aws:iam::111122223333:role/crossfoot-organization"


@pytest.mark.parametrize("purpose", ["landing", "curated", "work", "access-logs"])
def test_bucket_names_fit(write: Write, purpose: str) -> None:
    """The longest name of a deployment in the longest Region still gives a name S3 takes."""
    longest = f'name = "{"x" * 20}"\nregion = "ap-southeast-2"\n{LEAST}'

    assert len(read_settings(write(longest)).bucket_name(purpose)) <= 63


def test_settings_cannot_be_changed(write: Write) -> None:
    """What was read stays as it is."""
    settings: DeploymentSettings = read_settings(write(LEAST))

    with pytest.raises(ValueError, match="frozen"):
        settings.name = "other"  # type: ignore[misc]
