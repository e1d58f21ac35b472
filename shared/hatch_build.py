"""Put the chart library of the report into the wheel, with its licences.

An editable install needs none of it: there the report finds the repository's node_modules.
"""

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = "crossfoot/report/vendor"


class ChartLibraryHook(BuildHookInterface[Any]):
    """Copies Apache ECharts and its notices from node_modules into ``crossfoot/report/vendor``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files, or warn that reports will not be written by this wheel."""
        if version == "editable":
            return
        node_modules = Path(self.root).parent / "node_modules"
        places = {node_modules / at: name for name, at in _sources(Path(self.root)).items()}
        missing = [str(place) for place in places if not place.is_file()]
        if missing:
            self.app.display_warning(
                f"without the chart library of the report: {', '.join(missing)} not found; "
                "run `npm ci` in the repository first"
            )
            return
        build_data["force_include"] |= {
            str(place): f"{VENDOR}/{name}" for place, name in places.items()
        }


def _sources(root: Path) -> dict[str, str]:
    """Return what ``crossfoot.report.vendor`` reads, from its one declaration."""
    declared = root / "src/crossfoot/report/vendored.py"
    spec = importlib.util.spec_from_file_location("vendored", declared)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(declared)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sources: dict[str, str] = module.SOURCES
    return sources
