"""Each function as it is deployed: it imports, its settings are all there, and no more."""

import importlib
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from crossfoot.bootstrap.deployed_settings import EnvironmentSettings
from crossfoot.domain.errors import ConfigurationError
from crossfoot_infra.constructs.layer_shelf import LayerShelf
from crossfoot_infra.constructs.python_function import code_of
from crossfoot_infra.workflows.resilience import definition, walk

ROOT = Path(__file__).parents[2]
VERBS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
COMMON = {
    "ENGINE_VERSION",
    "POWERTOOLS_LOG_LEVEL",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_SERVICE_NAME",
}
SPARE_CONCURRENCY = 100
ACCOUNT_CONCURRENCY = 1000
LEASE_SECONDS = 30 * 60


def functions(stacks: Any) -> dict[str, dict[str, Any]]:
    """Return the properties of every function, by its verb."""
    return {
        each["Handler"].partition(".")[0]: each
        for each in stacks.properties("Pipeline", "AWS::Lambda::Function")
    }


def settings_model(verb: str) -> type[EnvironmentSettings]:
    """Return the model that a function reads its environment with."""
    model: type[EnvironmentSettings] = importlib.import_module(f"{verb}.settings").Settings
    return model


@pytest.fixture(scope="session")
def deployed(deployment: Any) -> dict[str, dict[str, Any]]:
    """Functions of a deployment in one account."""
    return functions(deployment)


@pytest.fixture(scope="session")
def reserved(two_accounts: Any) -> dict[str, int]:
    """Reserved concurrency by verb, of a deployment whose settings ask for it."""
    return {
        verb: each["ReservedConcurrentExecutions"] for verb, each in functions(two_accounts).items()
    }


def test_every_folder_is_deployed(deployed: dict[str, Any]) -> None:
    """A folder of functions/ is a function, and there are no others."""
    assert sorted(deployed) == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_a_handler_imports_by_the_name_that_lambda_uses(
    verb: str, deployed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handler's dotted name is the same here and in Lambda, and importing asks nothing."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    module, _, attribute = deployed[verb]["Handler"].rpartition(".")

    assert callable(getattr(importlib.import_module(module), attribute))


@pytest.mark.parametrize("account", ["deployment", "two_accounts"])
@pytest.mark.parametrize("verb", VERBS)
def test_the_environment_makes_the_settings(
    verb: str, account: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is set is what is read: nothing is missing, and nothing is there in vain."""
    variables = functions(request.getfixturevalue(account))[verb]["Environment"]["Variables"]
    own = {name: value for name, value in variables.items() if name not in COMMON}
    for name, value in own.items():
        # a reference is known when it is deployed; any text stands in for it
        monkeypatch.setenv(name, value if isinstance(value, str) else "reference")
    model = settings_model(verb)
    required = {name.upper() for name, field in model.model_fields.items() if field.is_required()}

    assert required <= set(own) <= {name.upper() for name in model.model_fields}
    assert model.from_environment()


@pytest.mark.parametrize("verb", VERBS)
def test_a_function_is_known_by_its_verb(verb: str, deployed: dict[str, Any]) -> None:
    """Name, service and log group say which verb it is; the engine's version is told."""
    properties = deployed[verb]
    variables = properties["Environment"]["Variables"]

    assert properties["FunctionName"] == f"crossfoot-{verb.replace('_', '-')}"
    assert variables["POWERTOOLS_SERVICE_NAME"] == verb
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "Crossfoot"
    assert re.fullmatch(r"\d+\.\d+.*", variables["ENGINE_VERSION"])


@pytest.mark.parametrize("verb", VERBS)
def test_every_function_has_the_same_frame(verb: str, deployed: dict[str, Any]) -> None:
    """Runtime, architecture, layers, tracing, JSON logs and a queue for lost calls."""
    properties = deployed[verb]

    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == ["arm64"]
    assert len(properties["Layers"]) == 3
    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert properties["LoggingConfig"]["LogFormat"] == "JSON"
    assert "DeadLetterConfig" in properties


def test_functions_share_no_role_and_no_log_group(deployed: dict[str, Any]) -> None:
    """One role and one log group each, so that a right given to one is given to no other."""
    roles = {str(each["Role"]) for each in deployed.values()}
    logs = {str(each["LoggingConfig"]["LogGroup"]) for each in deployed.values()}

    assert len(roles) == len(logs) == len(VERBS)


def test_no_function_outlives_the_lease(deployed: dict[str, Any]) -> None:
    """A claim lasts half an hour, twice the longest call: two writers never overlap."""
    assert max(each["Timeout"] for each in deployed.values()) * 2 <= LEASE_SECONDS


def test_nothing_is_reserved_unless_the_settings_say_so(deployed: dict[str, Any]) -> None:
    """An account with a low limit can deploy: AWS refuses to leave it less than 100."""
    assert not [verb for verb, each in deployed.items() if "ReservedConcurrentExecutions" in each]


def test_reserved_concurrency_leaves_the_account_its_share(reserved: dict[str, int]) -> None:
    """AWS refuses to deploy what leaves an account of 1,000 with less than 100."""
    assert reserved.keys() == set(VERBS)
    assert min(reserved.values()) >= 1
    assert sum(reserved.values()) <= (ACCOUNT_CONCURRENCY - SPARE_CONCURRENCY) / 3


def test_the_map_never_waits_for_its_functions(reserved: dict[str, int]) -> None:
    """As many calls may run at once as the Distributed Maps start."""
    assert reserved["allocate_emissions"] >= 50
    assert reserved["estimate_impacts"] >= 50
    assert reserved["collect_inventory"] >= 40


def test_a_look_ends_before_its_express_execution(deployed: dict[str, Any]) -> None:
    """Children of the inventory's map last five minutes at most; their state says so as well."""
    (collect,) = (each for name, each in walk(definition("collect_inventory")) if name == "Collect")
    child = collect["ItemProcessor"]

    assert child["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    assert child["States"]["CollectInventory"]["TimeoutSeconds"] == 280
    assert deployed["collect_inventory"]["Timeout"] == 280


@pytest.mark.parametrize("verb", VERBS)
def test_only_the_own_folder_is_packed(verb: str, tmp_path: Path) -> None:
    """An asset holds one folder of functions/, without bytecode: no other verb changes it."""
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path), analytics_reporting=False), "Packed")
    code_of(verb).bind(stack)
    (folder,) = tmp_path.glob("asset.*")
    packed = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}

    assert {path.parts[0] for path in packed} == {verb}
    assert Path(verb, "handler.py") in packed
    assert all(path.suffix != ".pyc" for path in packed)


def test_missing_layers_are_named_with_their_mend(tmp_path: Path) -> None:
    """Without layers nothing is synthesised, and the message says which are missing."""
    (tmp_path / "arm64" / "app" / "python").mkdir(parents=True)
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path), analytics_reporting=False), "Shelf")

    with pytest.raises(ConfigurationError, match=r"science, policy are missing.*make layers"):
        LayerShelf(stack, "Layers", folder=tmp_path, architecture="arm64")


def test_no_secret_is_in_an_environment(deployed: dict[str, Any]) -> None:
    """Nothing needs a secret: names, places and the external id, which is none."""
    names = {name for each in deployed.values() for name in each["Environment"]["Variables"]}

    assert not [name for name in names if re.search(r"SECRET|TOKEN|PASSWORD|KEY", name)]
