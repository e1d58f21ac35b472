"""Fills the layer folders of one architecture."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from crossfoot_layers.bytecode import compiled, compiled_path
from crossfoot_layers.installing import (
    Architecture,
    Workshop,
    check_versions,
    files_by_distribution,
    install_locked,
    install_own_wheel,
    pinned_versions,
)
from crossfoot_layers.linking import check_links
from crossfoot_layers.packing_list import PackingList, check_lists, choose
from crossfoot_layers.shared_objects import is_shared_object, without_sections
from crossfoot_layers.tree import normalise, write

POLICY: Final = "policy"
"""The layer with the user's configuration, the same for every architecture."""

_PYTHON: Final = "python"
_POLICY_MODULE: Final = b'"""What this deployment\'s user configured: ``configuration.toml``."""\n'


def pack_libraries(
    workshop: Workshop, architecture: Architecture, lists: Sequence[PackingList], out: Path
) -> None:
    """Build the layers of the packing lists below ``out``, replacing what is there.

    Raises
    ------
    PackingError
        The lists and the lock disagree, or something links what was left out.
    """
    with tempfile.TemporaryDirectory(prefix="crossfoot-layers-") as scratch:
        target = Path(scratch) / "installed"
        install_locked(workshop, architecture, target)
        check_versions(target, pinned_versions(workshop.lock.read_text("utf-8")))
        install_own_wheel(workshop, Path(scratch), target)
        files = files_by_distribution(target)
        check_lists(lists, files)
        for packing in lists:
            pack_layer(target, files, packing, out / packing.layer)


def pack_layer(
    source: Path, files: Mapping[str, Sequence[str]], packing: PackingList, layer: Path
) -> None:
    """Copy what one list keeps, slimmed and compiled."""
    _empty(layer)
    offered = (file for name in packing.distributions for file in files[name])
    for file in choose(offered, packing):
        content = (source / file).read_bytes()
        if is_shared_object(content):
            content = without_sections(content)
        _put(layer, file, content)
    check_links(layer)
    normalise(layer)


def pack_policy(configuration: bytes, layer: Path) -> None:
    """Build the layer that carries the user's configuration."""
    _empty(layer)
    _put(layer, "crossfoot_policy/__init__.py", _POLICY_MODULE)
    _put(layer, "crossfoot_policy/configuration.toml", configuration)
    normalise(layer)


def _put(layer: Path, file: str, content: bytes) -> None:
    write(layer / _PYTHON / file, content)
    if file.endswith(".py"):
        write(layer / _PYTHON / compiled_path(file), compiled(file, content))


def _empty(layer: Path) -> None:
    if layer.exists():
        shutil.rmtree(layer)
    (layer / _PYTHON).mkdir(parents=True)
