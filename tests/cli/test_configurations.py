"""Configuration files that cannot be used, and folders that a run must not touch."""

import json
from pathlib import Path
from typing import Any

import pytest

POOL = '[[redistribution.pools]]\nname = "{name}"\naccounts = ["{account}"]\n'
A, B = POOL.format(name="a", account="1"), POOL.format(name="b", account="1")
NETWORK = POOL.format(name="network", account="000000000002")

BAD: dict[str, tuple[str | bytes, str]] = {
    "an unknown key": ('method = "cost"\ncolour = "green"\n', "colour"),
    "an unknown method": ('method = "guess"\n', "method"),
    "a text for a list": ('tags = "team"\n', "tags"),
    "a pool without members": ('[[redistribution.pools]]\nname = "x"\n', "accounts or resources"),
    "an account in two pools": (A + B, "two pools"),
    "two pools of one name": (A + POOL.format(name="a", account="2"), "same name"),
    "a share that is no whole number": (A + "weights = {x = 1.2}\n", "weights"),
    "a negative weight": (A + "weights = {x = -1}\n", "weights"),
    "an account with letters": (POOL.format(name="a", account="12x"), "accounts"),
    "consumers that are no tag": ('[redistribution]\nconsumers = "team"\n', "consumers 'team'"),
    "two tags of one column": ('tags = ["cost center", "cost_center"]\n', "tag_cost_center"),
    "a tag of no letters": ('tags = ["---"]\n', "column"),
    "a tag of 200 letters": (f'tags = ["{"x" * 200}"]\n', "tags"),
    "YAML": ("method: cost\ntags:\n  - team\n", "is not TOML"),
    "a YAML object": ("!!python/object/apply:os.system ['true']\n", "is not TOML"),
    "a pickle": (b"\x80\x04\x95\x1d\x00cposix\nsystem\n(S'true'\ntR.", "is not TOML"),
    "brackets nested deep": ("tags = " + "[" * 50_000, "is not TOML"),
    "two megabytes": ("# " + "x" * (2 << 20) + "\n", "over 1 MiB"),
    "a weight of nobody": (NETWORK + 'weights = {"nobody" = 1}\n', "whom nobody knows"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_configuration_is_named(
    name: str, exports: Any, crossfoot: Any, tmp_path: Path, warehouse: Path, bytes_of: Any
) -> None:
    """Status 2 with the file or the pool at fault; no warehouse is made, none is changed."""
    content, told = BAD[name]
    config = tmp_path / "c.toml"
    config.write_bytes(content if isinstance(content, bytes) else content.encode())
    # a pool needs somebody to hand on to
    exports.use({}, {"line_item_usage_account_id": "000000000003"})
    arguments = ["run", "--carbon", exports.carbon, "--usage", exports.usage, "--config", config]
    before = bytes_of(warehouse)
    fresh = crossfoot(*arguments, "--out", tmp_path / "fresh")
    existing = crossfoot(*arguments, "--out", warehouse)

    for result in (fresh, existing):
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("ConfigurationError: ")
        assert told in result.stderr
    assert not (tmp_path / "fresh").exists()
    assert bytes_of(warehouse) == before


def test_a_missing_configuration_is_named(exports: Any, crossfoot: Any, tmp_path: Path) -> None:
    """A path that is wrong must not mean the defaults."""
    result = crossfoot("run", "--carbon", exports.carbon, "--config", tmp_path / "no.toml",
                       "--out", tmp_path / "w")  # fmt: skip

    assert result.exit_code == 2
    assert "no.toml" in result.stderr


def test_a_newer_warehouse_is_left_alone(
    exports: Any, crossfoot: Any, warehouse: Path, bytes_of: Any
) -> None:
    """Whatever is asked of it: its own version must do it."""
    header = warehouse / "warehouse.json"
    header.write_text(json.dumps({**json.loads(header.read_text()), "format": 999}))
    before = bytes_of(warehouse)
    results = [
        crossfoot("run", "--carbon", exports.carbon, "--out", warehouse),
        crossfoot("query", "--warehouse", warehouse, "SELECT 1"),
        crossfoot("check", "--warehouse", warehouse),
    ]

    assert [result.exit_code for result in results] == [2, 2, 2]
    assert all(result.stderr.startswith("NewerWarehouseError: ") for result in results)
    assert bytes_of(warehouse) == before


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_stranger_s_place_is_left_alone(
    exports: Any, crossfoot: Any, tmp_path: Path, bytes_of: Any, kind: str
) -> None:
    """A folder with other files, or a file, does not become a warehouse."""
    place = tmp_path / "photos"
    if kind == "folder":
        place.mkdir()
        (place / "holiday.jpg").write_bytes(b"x")
    else:
        place.write_bytes(b"x")
    before = bytes_of(tmp_path)
    result = crossfoot("run", "--carbon", exports.carbon, "--out", place)

    assert result.exit_code == 2
    assert result.stderr.startswith("NotAWarehouseError: ")
    assert bytes_of(tmp_path) == before


def test_a_copy_without_its_link_is_not_cleared_away(
    exports: Any, crossfoot: Any, warehouse: Path, bytes_of: Any
) -> None:
    """Without ``current`` every month would look like a leftover; the mend is told instead."""
    crossfoot("run", "--carbon", exports.carbon, "--out", warehouse, "--method", "cost")
    (warehouse / "current").unlink()
    before = bytes_of(warehouse)
    result = crossfoot("run", "--carbon", exports.carbon, "--out", warehouse)

    assert result.exit_code == 2
    assert "ln -s snapshots/000002" in result.stderr
    assert bytes_of(warehouse) == before
