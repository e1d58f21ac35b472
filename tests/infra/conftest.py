"""Every stack of a deployment, synthesised once for all tests, and what the rule packs say."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crossfoot_infra.bundled_node import use_bundled_node

use_bundled_node()

import aws_cdk as cdk
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks

from crossfoot.adapters.warehouse_views import VIEW_NAMES, view_query
from crossfoot_infra.constructs.layer_shelf import LAYERS
from crossfoot_infra.deployment import make_stacks
from crossfoot_infra.settings import (
    DeploymentSettings,
    RetentionSettings,
    UsageFormat,
    read_settings,
)

ROOT = Path(__file__).parents[2]
PAYER = "111122223333"
COLLECTOR = "444455556666"

QUICKSIGHT = f"arn:aws:quicksight:us-east-1:{PAYER}"
DASHBOARD = f"""
[quicksight]
principals = ["{QUICKSIGHT}:group/default/sustainability"]
[[quicksight.readers]]
principal = "{QUICKSIGHT}:user/default/ann"
accounts = ["222222222222", "333333333333"]
[[quicksight.readers]]
principal = "{QUICKSIGHT}:group/default/board"
"""

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Synthesised:
    """What was made, by the last word of each stack's name.

    ``stacks`` is what the CDK's command is told of each; ``findings`` are the rule packs'.
    """

    settings: DeploymentSettings
    templates: dict[str, Json]
    stacks: dict[str, Json]
    findings: tuple[Json, ...]

    def __getitem__(self, stack: str) -> Json:
        return self.templates[stack]

    def resources(self, stack: str, kind: str) -> dict[str, Json]:
        """Return the resources of one type, by their names in the template."""
        found: dict[str, Json] = self.templates[stack]["Resources"]
        return {name: each for name, each in found.items() if each["Type"] == kind}

    def properties(self, stack: str, kind: str) -> list[Json]:
        """Return the properties of the resources of one type."""
        return [each.get("Properties", {}) for each in self.resources(stack, kind).values()]

    def one(self, stack: str, kind: str) -> Json:
        """Return the properties of the only resource of one type."""
        (found,) = self.properties(stack, kind)
        return found

    def statements(self) -> Iterator[tuple[str, Json]]:
        """Return every statement of every policy in every template, with the stack's name."""
        for stack, template in self.templates.items():
            yield from ((stack, statement) for statement in _statements(template))


@pytest.fixture(scope="session")
def settings_of(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that reads settings made of the example and further lines of TOML."""

    def read(top: str = "", rest: str = "") -> DeploymentSettings:
        folder = tmp_path_factory.mktemp("settings")
        example = (ROOT / "cdk" / "settings.example.toml").read_text(encoding="utf-8")
        (folder / "crossfoot.toml").write_text('tags = ["team", "cost-center"]\n')
        file = folder / "settings.toml"
        file.write_text(f'configuration = "crossfoot.toml"\n{top}\n{example}\n{rest}\n')
        return read_settings(file)

    return read


@pytest.fixture(scope="session")
def deployment(settings_of: Any, tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Return everything in the management account."""
    settings = settings_of('notice_emails = ["carbon@example.com"]\nchat_topic = true')
    return synthesise(settings, tmp_path_factory.mktemp("single"), rules=True)


@pytest.fixture(scope="session")
def synthesised_again(settings_of: Any, tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Return ``deployment`` once more, made in another folder."""
    settings = settings_of('notice_emails = ["carbon@example.com"]\nchat_topic = true')
    return synthesise(settings, tmp_path_factory.mktemp("again"), rules=False)


@pytest.fixture(scope="session")
def with_dashboard(settings_of: Any, tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Return the same with the optional dashboard: a group that owns it, two who read."""
    settings = settings_of("", DASHBOARD)
    return synthesise(settings, tmp_path_factory.mktemp("dashboard"), rules=True)


@pytest.fixture(scope="session")
def two_accounts(settings_of: Any, tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Return the exports in the management account, and the rest in a collector, in Europe."""
    settings = settings_of(
        f'collector_account_id = "{COLLECTOR}"\nregion = "eu-central-1"\n'
        'permissions_boundary = "Boundary"\nreserve_concurrency = true\nchat_topic = true\n'
    )
    return synthesise(settings, tmp_path_factory.mktemp("two"), rules=False)


@pytest.fixture(scope="session")
def with_focus(settings_of: Any, tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Return FOCUS in CUR's place, Object Lock, AWS not asked, and silent months not told."""
    settings = settings_of().model_copy(
        update={
            "nowcasts": False,
            "sustainability": False,
            "exports": settings_of().exports.model_copy(update={"usage_format": UsageFormat.FOCUS}),
            "retention": RetentionSettings(lock_mode="governance", lock_days=30),
        }
    )
    return synthesise(settings, tmp_path_factory.mktemp("focus"), rules=False)


@pytest.fixture
def check_snapshot(tmp_path: Path) -> Callable[[str, Json], None]:
    """Return a function that compares a template with the one that was reviewed."""

    def check(name: str, template: Json) -> None:
        reviewed = ROOT / "tests" / "infra" / "snapshots" / f"{name}.json"
        found = tmp_path / reviewed.name
        found.write_text(json.dumps(template, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        assert reviewed.exists(), f"nobody reviewed it yet: cp {found} {reviewed}"
        assert template == json.loads(reviewed.read_text(encoding="utf-8")), (
            f"it is another template than the reviewed one; if that is meant: cp {found} {reviewed}"
        )

    return check


def synthesise(settings: DeploymentSettings, folder: Path, *, rules: bool) -> Synthesised:
    """Write all templates, as the app does, and read them back."""
    context = json.loads((ROOT / "cdk" / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = cdk.App(context=context, outdir=str(folder), analytics_reporting=False, auto_synth=False)
    queries = {name: view_query(name, settings.tag_columns, "athena") for name in VIEW_NAMES}
    make_stacks(app, settings=settings, view_queries=queries, layers_dir=_layers(folder))
    if rules:
        Validations.of(app).add_plugins(AwsSolutionsChecks(app), NIST80053R5Checks(app))
    try:
        app.synth()
    except RuntimeError as error:  # findings are looked at one by one, by name
        if "ValidationFailed" not in str(error) and "Validation failed" not in str(error):
            raise
    stacks = _stacks(folder, settings)
    return Synthesised(
        settings,
        {
            name: json.loads((folder / each["properties"]["templateFile"]).read_text())
            for name, each in stacks.items()
        },
        stacks,
        _findings(folder),
    )


def _layers(folder: Path) -> Path:
    """Return layers that stand in for the built ones: what is in them is tested elsewhere."""
    for architecture in ("arm64", "x86_64"):
        for layer in LAYERS:
            python = folder / "layers" / architecture / layer / "python"
            python.mkdir(parents=True)
            (python / "layer.txt").write_text(layer)
    return folder / "layers"


def _stacks(folder: Path, settings: DeploymentSettings) -> dict[str, Json]:
    """Return what the CDK's command is told of each stack, by the last word of its name."""
    begin = "".join(word.title() for word in settings.name.split("-"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {
        name.removeprefix(begin): artifact
        for name, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }


def _findings(folder: Path) -> tuple[Json, ...]:
    report = json.loads((folder / "validation-report.json").read_text(encoding="utf-8"))
    return tuple(
        {"pack": pack["pluginName"], **violation}
        for pack in report["pluginReports"]
        for violation in pack.get("violations", ())
    )


def _statements(part: Any) -> Iterator[Json]:
    """Find statements wherever they are, also in the template that a stack set brings."""
    if isinstance(part, dict):
        if "Effect" in part and "Action" in part:
            yield part
        if "TemplateBody" in part:
            yield from _statements(json.loads(part["TemplateBody"]))
        children: Sequence[Any] = list(part.values())
    else:
        children = part if isinstance(part, list) else []
    for child in children:
        yield from _statements(child)
