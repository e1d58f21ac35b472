"""The deployment's commands and its plan: which command runs it, and what it is told."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_cdks_command_is_of_the_line_that_reads_our_templates() -> None:
    """It is pinned exactly, to 2.1xxx: what is published as 3.0.0 is older and reads none of them.

    The library goes by other numbers (2.2xx).
    """
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    assert re.fullmatch(r"2\.1[0-9]{3}\.[0-9]+", wanted)
    assert locked["node_modules/aws-cdk"]["version"] == wanted


def test_the_scripts_lock_names_no_host() -> None:
    """It installs from whichever registry npm is set up with, every file by its digest."""
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    assert not [name for name, each in packages.items() if "resolved" in each]
    assert all("integrity" in each for name, each in packages.items() if name)


def test_synthesis_looks_nothing_up() -> None:
    """No looked-up value of some account is kept, and the command reports to nobody."""
    settings = json.loads((ROOT / "cdk" / "cdk.json").read_text())

    assert not (ROOT / "cdk" / "cdk.context.json").exists()
    assert settings["versionReporting"] is False
    assert settings["notices"] is False
    assert settings["context"]["cli-telemetry"] is False


def test_the_stacks_read_no_environment() -> None:
    """The same settings file gives the same templates: no environment, clock, git or client."""
    forbidden = re.compile(
        r"os\.environ|getenv|datetime\.now|subprocess|boto3|from_lookup|value_from_lookup"
    )
    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "cdk").rglob("*.py"))
        if forbidden.search(path.read_text(encoding="utf-8"))
    ]

    # names the Node that the kernel runs on, before anything is made
    assert found == ["cdk/crossfoot_infra/bundled_node.py"]
