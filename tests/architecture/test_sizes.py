"""The size budgets: a file is a room, a function is a thought."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
SOURCES = sorted(
    path
    for folder in ("shared/src", "functions", "layers", "cdk", "bench", "docs", "tests")
    for path in (ROOT / folder).rglob("*.py")
)
ROOMS = [path for path in SOURCES if (ROOT / "tests") not in path.parents]
NAMES = [str(path.relative_to(ROOT)) for path in SOURCES]


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_its_budget(path: Path) -> None:
    """No Python file is longer than 400 lines; a test file may, since it keeps its builders."""
    n_lines = len(path.read_text(encoding="utf-8").splitlines())

    assert n_lines <= LONGEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_a_function_fits_its_budget(path: Path) -> None:
    """No function body, without its docstring, is longer than 40 lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    too_long = [
        f"{node.name}, line {node.lineno}: {_body_lines(node)} lines"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and _body_lines(node) > LONGEST_FUNCTION
    ]

    assert not too_long


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
