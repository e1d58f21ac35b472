"""Build every Lambda layer: ``make layers`` calls this."""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Final

from crossfoot_layers import budget
from crossfoot_layers.errors import PackingError
from crossfoot_layers.installing import Architecture, Workshop
from crossfoot_layers.packing import pack_libraries
from crossfoot_layers.packing_list import read_packing_list
from crossfoot_layers.tree import digest_of, size_of

ROOT: Final = Path(__file__).parents[1]
LAYERS: Final = ("science", "app")
DIGESTS: Final = "digests.json"


def main() -> int:
    """Pack, print the sizes, and refuse what is over the budget."""
    arguments = _arguments()
    out: Path = arguments.out
    try:
        print(budget.table(build(arguments.uv, out)))
        if arguments.check:
            _check_again(arguments.uv, out)
            print("Two builds are equal to the byte.")
    except PackingError as error:
        print(f"layers: {error}", file=sys.stderr)
        return 1
    return 0


def build(uv: str, out: Path) -> budget.Sizes:
    """Build the layers of the packing lists for both architectures into ``out``.

    ``out/digests.json`` is written last: with it the layers are whole.

    Raises
    ------
    PackingError
        The lock and the lists disagree, something links what was left out, or all of it together
        is over the budget.
    """
    (out / DIGESTS).unlink(missing_ok=True)
    workshop = Workshop(ROOT, uv, (ROOT / ".python-version").read_text("ascii").strip())
    lists = [read_packing_list(ROOT / "layers" / f"{name}.toml") for name in LAYERS]
    sizes = {}
    for architecture in Architecture:
        pack_libraries(workshop, architecture, lists, out / architecture)
        sizes[architecture] = _sizes(out / architecture)
    budget.check(sizes)
    _write_digests(out)
    return sizes


def _sizes(folder: Path) -> dict[str, int]:
    layers = {name: size_of(folder / name) for name in LAYERS}
    functions = [path.parent for path in (ROOT / "functions").glob("*/handler.py")]
    return layers | {"largest function": max(map(size_of, functions), default=0)}


def _write_digests(out: Path) -> None:
    digests = {
        f"{architecture}/{layer}": digest_of(out / architecture / layer)
        for architecture in Architecture
        for layer in LAYERS
    }
    (out / DIGESTS).write_text(json.dumps(digests, indent=2) + "\n", "utf-8")


def _check_again(uv: str, out: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="crossfoot-layers-") as again:
        build(uv, Path(again))
        first, second = (json.loads((each / DIGESTS).read_text()) for each in (out, Path(again)))
    differing = [name for name, digest in first.items() if digest != second[name]]
    if differing:
        raise PackingError(f"Two builds differ in {', '.join(differing)}.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uv", default="uv", help="the installer")
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "layers")
    parser.add_argument("--check", action="store_true", help="build twice and compare")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
