"""The arrows between the rooms, as import-linter's contracts in pyproject.toml state them."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import EXIT_STATUS_ERROR, EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "pyproject.toml"


def test_every_import_goes_down_the_stairs(capsys: pytest.CaptureFixture[str]) -> None:
    """No room of the package imports from above, from beside, or from a vendor it must not know."""
    status = lint_imports(config_filename=str(SETTINGS), no_cache=True, no_logo=True)

    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_a_planted_arrow_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The contracts bite: an engine with pyarrow, an unplanned room, stacks that know adapters."""
    package = "planted_house"
    for planted, contract in ((package, "layers"), (f"{package}_infra", "storeys")):
        for room in re.findall(r"\w+", " ".join(_layers(contract)["layers"])):
            _write(tmp_path / planted / room / "__init__.py", "")
        _write(tmp_path / planted / "__init__.py", "")
    _write(tmp_path / package / "utils.py", "")
    _write(tmp_path / package / "engine" / "allocation.py", "import pyarrow\n")
    _write(tmp_path / f"{package}_infra/stacks/ledger.py", f"import {package}.adapters\n")
    _write(tmp_path / "settings.toml", SETTINGS.read_text().replace('"crossfoot', f'"{package}'))
    monkeypatch.syspath_prepend(tmp_path)

    status = lint_imports(
        config_filename=str(tmp_path / "settings.toml"), no_cache=True, no_logo=True
    )
    said = capsys.readouterr().out

    assert status == EXIT_STATUS_ERROR
    assert f"{package}.engine.allocation -> pyarrow" in said
    assert "utils" in said
    assert f"{package}_infra.stacks.ledger -> {package}.adapters" in said


def test_the_order_of_the_rooms_is_the_documented_one() -> None:
    """The layers contract is exhaustive, and CONTRIBUTING.md draws the same stairs."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    drawn = re.findall(r"`(cli -> [^`]*)`", page)
    layers = [layer.strip("()") for layer in _layers()["layers"]]

    assert _layers()["exhaustive"]
    assert drawn == [" -> ".join(layers)]


def _layers(contract: str = "layers") -> dict[str, Any]:
    contracts = tomllib.loads(SETTINGS.read_text())["tool"]["importlinter"]["contracts"]
    found: dict[str, Any] = next(each for each in contracts if each["id"] == contract)
    return found


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
