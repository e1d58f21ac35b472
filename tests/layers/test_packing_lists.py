"""The packing lists: every distribution once, every rule with a reason that still holds."""

import re
import tomllib
from pathlib import Path

import pytest

from crossfoot_layers.errors import PackingError
from crossfoot_layers.installing import pinned_versions
from crossfoot_layers.packing_list import (
    LeaveOut,
    PackingList,
    check_lists,
    choose,
    read_packing_list,
)

ROOT = Path(__file__).parents[2]
LISTS = [read_packing_list(ROOT / "layers" / f"{name}.toml") for name in ("science", "app")]


def test_the_lists_hold_the_lock_and_our_wheel() -> None:
    """Every distribution of the lock, and ours, is in exactly one layer."""
    locked = pinned_versions((ROOT / "requirements" / "lambda.txt").read_text())

    check_lists(LISTS, [*locked, "crossfoot"])


def test_boto3_and_the_embedded_engine_are_in_no_layer() -> None:
    """The runtime brings boto3; nothing in Lambda runs DuckDB or draws a screen."""
    packed = {name for packing in LISTS for name in packing.distributions}

    assert not packed & {"boto3", "botocore", "duckdb", "typer", "rich", "jinja2", "pandas"}


def test_the_lock_of_the_layers_is_the_one_that_is_tested() -> None:
    """The layers carry the very versions that the tests ran with."""
    layers, tested = (
        pinned_versions((ROOT / "requirements" / name).read_text())
        for name in ("lambda.txt", "dev.txt")
    )

    assert layers.items() <= tested.items()


def test_every_rule_gives_its_reason() -> None:
    """Nothing is left out without a word why."""
    assert all(rule.reason and rule.patterns for packing in LISTS for rule in packing.leave_out)


def test_a_distribution_in_no_list_is_refused() -> None:
    """A new requirement has to be packed on purpose."""
    with pytest.raises(PackingError, match=r"duckdb: in no packing list"):
        check_lists([PackingList("app", ("crossfoot",))], ["crossfoot", "duckdb"])


def test_a_distribution_in_two_lists_is_refused() -> None:
    """Two copies would shadow each other and be paid for twice."""
    lists = [PackingList("app", ("numpy",)), PackingList("science", ("numpy",))]

    with pytest.raises(PackingError, match=r"numpy: in two packing lists"):
        check_lists(lists, ["numpy"])


def test_a_name_that_is_not_locked_is_refused() -> None:
    """A list cannot ask for what the lock does not pin."""
    with pytest.raises(PackingError, match=r"numpi: not in requirements/lambda\.txt"):
        check_lists([PackingList("app", ("numpi",))], [])


def test_slimming_leaves_out_what_a_pattern_names_and_nothing_else() -> None:
    """``**`` crosses folders, ``*`` stays in one."""
    files = ["a/tests/x/y.py", "a/testing.py", "a/lib.so.2600", "a/lib.so.2600.1.0", "tests/z.py"]
    packing = _leaving_out("**/tests/**", "a/lib.so.*.*.*")

    assert choose(files, packing) == ["a/lib.so.2600", "a/testing.py"]


def test_a_rule_that_finds_nothing_is_refused() -> None:
    """A pattern that a new wheel no longer meets must not lie around."""
    with pytest.raises(PackingError, match=re.escape("nothing matches a/gone/**")):
        choose(["a/b.py"], _leaving_out("a/gone/**"))


def test_a_list_takes_known_keys_only(tmp_path: Path) -> None:
    """A misspelt key is named, not skipped."""
    path = tmp_path / "app.toml"
    path.write_text('distributions = []\n[[leave_out]]\npatterns = ["x"]\n')

    with pytest.raises(PackingError, match="reason"):
        read_packing_list(path)


def test_only_the_build_knows_the_lists() -> None:
    """Every list beside the build is one that the build packs."""
    found = {path.stem for path in (ROOT / "layers").glob("*.toml")}

    assert found == {packing.layer for packing in LISTS}
    assert all(tomllib.loads((ROOT / "layers" / f"{name}.toml").read_text()) for name in found)


def _leaving_out(*patterns: str) -> PackingList:
    return PackingList("science", (), (LeaveOut("for the test", patterns),))
