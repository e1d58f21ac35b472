"""A good pair of exports to spoil, and what a warehouse folder holds to the last byte."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PARTITION = "carbon_model_version=v3.0.1/usage_period=2026-03"
MONTH = "BILLING_PERIOD=2026-03"


class Exports:
    """A carbon and a usage export of March 2026, with manifests; small enough to spoil."""

    def __init__(self, root: Path, delivered: Any) -> None:
        self.delivered = delivered
        self.carbon = root / "carbon"
        self.usage = root / "cur"
        self.carbon_file = self.carbon / "data" / PARTITION / "carbon-00001.snappy.parquet"
        self.usage_file = self.usage / "data" / MONTH / "cur-00001.snappy.parquet"
        self.report({}, {"product_code": "Other"})
        self.use({}, {"line_item_resource_id": "i-2", "line_item_usage_amount": 3.0})
        self.carbon_manifest = delivered.manifest(self.carbon, PARTITION, self.carbon_file.name)
        self.usage_manifest = delivered.manifest(self.usage, MONTH, self.usage_file.name)

    def report(self, *rows: Any) -> None:
        """Write other rows of carbon."""
        self.delivered.parquet(self.carbon_file, self.delivered.carbon(*rows))

    def use(self, *lines: Any, without: tuple[str, ...] = ()) -> None:
        """Write other lines of usage."""
        self.delivered.parquet(self.usage_file, self.delivered.cur(*lines, without=without))

    def bare(self) -> Path:
        """Return a folder beside the trees, for files without a tree."""
        folder = self.carbon.with_name("bare")
        folder.mkdir(exist_ok=True)
        return folder


@pytest.fixture
def exports(tmp_path: Path, delivered: Any) -> Exports:
    """Return a good pair of exports."""
    return Exports(tmp_path / "exports", delivered)


@pytest.fixture(scope="session")
def small_warehouse(
    tmp_path_factory: pytest.TempPathFactory, delivered: Any, crossfoot: Any
) -> Path:
    """Publish the good pair once; to be copied, never changed."""
    place = tmp_path_factory.mktemp("small")
    good = Exports(place / "exports", delivered)
    out = place / "warehouse"
    result = crossfoot("run", "--carbon", good.carbon, "--usage", good.usage, "--out", out)
    assert result.exit_code == 0, result.stderr
    return out


@pytest.fixture
def warehouse(small_warehouse: Path, tmp_path: Path) -> Path:
    """Return a copy of the small warehouse, to do anything to."""
    copy = tmp_path / "warehouse"
    shutil.copytree(small_warehouse, copy, symlinks=True)
    return copy


@pytest.fixture(scope="session")
def bytes_of() -> Callable[[Path], dict[str, str]]:
    """Return a function that tells every name, link and byte of a folder."""

    def tell(folder: Path) -> dict[str, str]:
        return dict(_entries(folder))

    return tell


def _entries(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            yield name, f"-> {path.readlink()}"
        elif path.is_file():
            yield name, hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            yield name, "folder"
