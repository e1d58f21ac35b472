"""The commands on the pages: each one exists, with every option that the page gives it."""

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
COMMAND = re.compile(
    r"^(?:\| `|\.venv/bin/)crossfoot (?P<name>[a-z]+(?:-[a-z]+)*)(?P<rest>[^\n]*)", re.MULTILINE
)
OPTION = re.compile(r"--[a-z][a-z-]*")
NAMED = sorted(
    {
        (match["name"], option)
        for page in PAGES
        for match in COMMAND.finditer(page.read_text(encoding="utf-8"))
        for option in (*OPTION.findall(match["rest"]), "--help")
    }
)


def test_the_pages_name_the_whole_contract() -> None:
    """Every command is on the pages."""
    assert {name for name, _ in NAMED} == {
        "backfill",
        "backtest",
        "check",
        "cross-check",
        "demo",
        "diff",
        "doctor",
        "explain",
        "forecast",
        "instance",
        "job",
        "jobs",
        "nowcast",
        "query",
        "replay",
        "report",
        "run",
        "sample",
        "server",
        "sustainability",
        "targets",
        "thresholds",
    }


@pytest.mark.parametrize(("name", "option"), NAMED)
def test_the_command_takes_the_option(name: str, option: str) -> None:
    """``crossfoot <command> --help`` lists each option that a page uses."""
    assert option in _help(name)


@functools.cache
def _help(name: str) -> str:
    command = [str(Path(sys.executable).with_name("crossfoot")), name, "--help"]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
