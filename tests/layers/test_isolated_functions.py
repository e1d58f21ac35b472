"""Every function as Lambda has it: its own folder, its layers, the runtime's boto3, no more."""

import importlib.util
import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ROOT / "dist" / "layers" / "x86_64"
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
OF_THE_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")

BUILT = ROOT / "dist" / "layers" / "digests.json"
"""Written last: with it, the layers are whole."""


def _is_fresh() -> bool:
    sources = (ROOT / "shared" / "src").rglob("*.py")
    return BUILT.is_file() and BUILT.stat().st_mtime > max(each.stat().st_mtime for each in sources)


pytestmark = [
    pytest.mark.skipif(
        not _is_fresh(), reason="dist/layers is not of these sources: `make layers` builds it"
    ),
    pytest.mark.skipif(
        (sys.platform, platform.machine()) != ("linux", "x86_64"),
        reason="the layers that can be run here are those of Linux on x86_64",
    ),
]


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what Lambda's own Python has installed, and nothing more."""
    spec = importlib.util.find_spec("boto3")
    assert spec is not None
    assert spec.origin is not None
    folder = tmp_path_factory.mktemp("runtime")
    for name in OF_THE_RUNTIME:
        (folder / name).symlink_to(Path(spec.origin).parents[1] / name)
    return folder


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_stands_on_its_layers_alone(
    function: str, runtime: Path, tmp_path: Path
) -> None:
    """Its handler is imported from nothing but its folder and the layers, and Parquet works.

    Neither the embedded engine nor a library of the tests is needed, not even optionally.
    """
    told = _imported(function, runtime, tmp_path)
    print(f"{function}: imported in {told['seconds']:.2f} s")

    assert told["is_callable"]
    assert Path(told["numpy"]).is_relative_to(LAYERS)
    assert Path(told["crossfoot"]).is_relative_to(LAYERS)
    assert Path(told["bytecode"]).is_file()
    assert not set(told["modules"]) & {"duckdb", "typer", "rich", "jinja2", "pandas", "moto"}


def _imported(function: str, runtime: Path, tmp_path: Path) -> dict[str, Any]:
    code = tmp_path / "code"
    shutil.copytree(ROOT / "functions" / function, code / function, dirs_exist_ok=True)
    layers = [LAYERS / name / "python" for name in ("policy", "app", "science")]
    program = Path(__file__).with_name("isolated.py")
    done = subprocess.run(
        [sys.executable, "-I", "-S", program, code, *layers, runtime, function],
        capture_output=True,
        text=True,
        check=False,
        env={},  # whatever the import needs to know, it must not ask for
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told
