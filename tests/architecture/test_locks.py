"""The locks: one Python, every requirement pinned and hashed, and nothing that must stay out."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>\S+)", re.MULTILINE)


def _pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / lock).read_text()
    return {match["name"]: match["version"] for match in PIN.finditer(text)}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_and_hashed(lock: Path) -> None:
    """Each entry of a lock is one exact version with at least one digest."""
    entries = re.split(r"\n(?=\S)", lock.read_text())
    requirements = [entry for entry in entries if not entry.startswith("#")]

    assert requirements
    assert [entry for entry in requirements if not PIN.match(entry)] == []
    assert [entry for entry in requirements if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", ["dev.txt", "bench.txt"])
def test_the_other_locks_agree_with_the_run_time_lock(lock: str) -> None:
    """What the package runs on is tested and measured in the same versions."""
    runtime, other = _pins("crossfoot.txt"), _pins(lock)

    assert runtime.items() <= other.items()


@pytest.mark.parametrize("lock", ["crossfoot.txt", "dev.txt"])
def test_pandas_stays_out(lock: str) -> None:
    """Pandas is measured against, and never installed beside the package."""
    assert "pandas" not in _pins(lock)


def test_one_python_everywhere() -> None:
    """The interpreter, the distribution and the checkers name the same minor version."""
    minor = (ROOT / ".python-version").read_text().strip()
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    project = tomllib.loads((ROOT / "shared" / "pyproject.toml").read_text())["project"]

    assert project["requires-python"] == f"=={minor}.*"
    assert tools["mypy"]["python_version"] == minor
    assert tools["ruff"]["target-version"] == "py" + minor.replace(".", "")
