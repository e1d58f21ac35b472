"""The table of the scenarios: what was shown, how long it took."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from harness.stand_in import REPOSITORY

KEPT: Final = REPOSITORY / "out" / "e2e" / "scenarios.md"


@dataclass
class Scenario:
    """One row: its name, its law, what it measured."""

    name: str
    law: str = ""
    outcome: str = ""
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Add a figure or a remark to the row."""
        self.notes.append(text)

    @property
    def row(self) -> str:
        """The row as Markdown."""
        told = "; ".join(self.notes)
        return f"| {self.name} | {self.law} {told} | {self.seconds:.1f} | {self.outcome} |"


class ScenarioTable:
    """Rows in the order in which the scenarios ran."""

    def __init__(self) -> None:
        self._scenarios: dict[str, Scenario] = {}

    def scenario(self, item: pytest.Item) -> Scenario:
        """Return the row of a test."""
        name = item.name.removeprefix("test_").replace("_", " ")
        return self._scenarios.setdefault(item.nodeid, Scenario(name))

    def add(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Add one phase of a test: set-up, call or tear-down."""
        if "emulator_tests" in item.nodeid:
            return
        row = self.scenario(item)
        law = getattr(item.obj, "__doc__", None) or ""  # type: ignore[attr-defined]
        row.law = law.split("\n", 1)[0]
        row.seconds += report.duration if report.when == "call" else 0.0
        if report.when == "call" or report.outcome != "passed":
            row.outcome = report.outcome

    def text(self) -> str:
        """Return the table, and keep it beside the emulator's log; empty without scenarios."""
        rows = [scenario.row for scenario in self._scenarios.values()]
        if not rows:
            return ""
        text = "\n".join(
            [
                "",
                "| scenario | shown | seconds | outcome |",
                "| --- | --- | ---: | --- |",
                *rows,
                "",
            ]
        )
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        Path(KEPT).write_text(text)
        return text
