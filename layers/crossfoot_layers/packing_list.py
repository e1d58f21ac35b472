"""The packing lists: what a layer takes, what it leaves out, and why."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from crossfoot_layers.errors import PackingError


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """Files that a layer does without, by pattern, and the reason."""

    reason: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackingList:
    """What one layer takes of the lock.

    ``distributions`` are names as the lock spells them; patterns are matched against the whole
    path below ``python/``, where ``**`` crosses folders.
    """

    layer: str
    distributions: tuple[str, ...]
    leave_out: tuple[LeaveOut, ...] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """Every pattern, in the order of the list."""
        return tuple(pattern for rule in self.leave_out for pattern in rule.patterns)


def read_packing_list(path: Path) -> PackingList:
    """Read ``<layer>.toml``.

    Raises
    ------
    PackingError
        A key is missing or unknown.
    """
    document = tomllib.loads(path.read_text("utf-8"))
    if set(document) - {"distributions", "leave_out"} or "distributions" not in document:
        raise PackingError(f"{path.name}: takes `distributions` and `[[leave_out]]`, no more.")
    rules = tuple(_rule(path, rule) for rule in document.get("leave_out", []))
    return PackingList(path.stem, tuple(document["distributions"]), rules)


def choose(files: Iterable[str], packing: PackingList) -> list[str]:
    """Return the files that a layer keeps, sorted.

    Raises
    ------
    PackingError
        A pattern finds nothing: a rule that outlived its reason hides the next surprise.
    """
    kept, found = [], set()
    for file in sorted(files):
        hits = [each for each in packing.patterns if PurePosixPath(file).full_match(each)]
        found.update(hits)
        if not hits:
            kept.append(file)
    idle = [pattern for pattern in packing.patterns if pattern not in found]
    if idle:
        raise PackingError(f"{packing.layer}.toml: nothing matches {', '.join(idle)}.")
    return kept


def check_lists(lists: Sequence[PackingList], distributions: Iterable[str]) -> None:
    """See that every distribution is packed exactly once.

    Raises
    ------
    PackingError
        A distribution is in no layer or in two, or a list names one that is not installed.
    """
    named = [name for packing in lists for name in packing.distributions]
    installed = set(distributions)
    twice = {name for name in named if named.count(name) > 1}
    problems = {
        "in no packing list": installed - set(named),
        "in two packing lists": twice,
        "not in requirements/lambda.txt": set(named) - installed,
    }
    for problem, names in problems.items():
        if names:
            raise PackingError(f"{', '.join(sorted(names))}: {problem}.")


def _rule(path: Path, rule: dict[str, Any]) -> LeaveOut:
    if set(rule) != {"reason", "patterns"}:
        raise PackingError(f"{path.name}: a [[leave_out]] takes `reason` and `patterns`.")
    return LeaveOut(rule["reason"], tuple(rule["patterns"]))
