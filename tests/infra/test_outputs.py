"""What the stacks tell is what the commands that look after a deployment ask for."""

import re
from pathlib import Path
from typing import Any

from crossfoot.adapters.aws import deployment_examination, operations
from crossfoot.adapters.aws.deployment import STACKS

ASKED = re.compile(r'output\("(\w+)"\)|"(\w+ExportArn)"')


def _asked() -> set[str]:
    texts = [
        Path(module.__file__).read_text(encoding="utf-8")
        for module in (deployment_examination, operations)
    ]
    return {name for text in texts for pair in ASKED.findall(text) for name in pair if name}


def test_every_output_that_is_asked_for_is_told_once(deployment: Any) -> None:
    """`doctor --aws`, `replay` and `backfill` find what they need, under one name."""
    told = [name for stack in deployment.templates.values() for name in stack.get("Outputs", {})]

    assert _asked() <= set(told)
    assert len(_asked()) >= 8
    assert {name for name in _asked() if told.count(name) != 1} == set()


def test_the_stacks_are_found_by_their_names(deployment: Any) -> None:
    """The names of a default deployment are those that the commands look for."""
    assert {f"Crossfoot{name}" for name in deployment.templates} >= set(STACKS)
