"""Apache ECharts as text to be inlined: from the wheel, or from the repository's node_modules."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from crossfoot.domain.errors import ReportError
from crossfoot.report.vendored import BUNDLE, SOURCES


@dataclass(frozen=True, slots=True)
class ChartLibrary:
    """The library's script, and the licence texts that have to stay beside it."""

    script: str
    notices: str

    def inlined(self) -> str:
        """Return the script under its notices, safe inside a ``script`` element."""
        comment = self.notices.replace("*/", "* /")
        text = f"/*!\n{comment}\n*/\n{self.script}"
        return text.replace("</script", r"<\/script").replace("<!--", r"<\!--")


def read_chart_library() -> ChartLibrary:
    """Return ECharts with its notices.

    Raises
    ------
    ReportError
        Neither the installed package nor a node_modules folder above it holds the library.
    """
    for texts in (_packaged(), _installed_by_npm()):
        if texts is not None:
            script = texts.pop(BUNDLE).replace("\r\n", "\n")
            return ChartLibrary(script, "\n\n".join(_titled(texts)))
    raise ReportError(
        "The chart library of the report is not installed.",
        mend="Run `make setup`, which installs the locked npm packages.",
    )


def _packaged() -> dict[str, str] | None:
    folder = files("crossfoot.report") / "vendor"
    return _read({name: folder / name for name in SOURCES})


def _installed_by_npm() -> dict[str, str] | None:
    package = Path(str(files("crossfoot.report")))
    for folder in package.parents:
        texts = _read({name: folder / "node_modules" / at for name, at in SOURCES.items()})
        if texts is not None:
            return texts
    return None


def _read(places: dict[str, Traversable | Path]) -> dict[str, str] | None:
    if not all(place.is_file() for place in places.values()):
        return None
    return {name: place.read_text(encoding="utf-8") for name, place in places.items()}


def _titled(texts: dict[str, str]) -> Iterator[str]:
    for name, text in texts.items():
        yield f"{name} of the chart library Apache ECharts\n\n{text.strip()}"
