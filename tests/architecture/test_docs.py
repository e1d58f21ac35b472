"""The pages: what they say exists, exists."""

import re
import runpy
import subprocess
from pathlib import Path

import pytest

from crossfoot.adapters.configuration_file import read_configuration

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
SOURCES = sorted(
    path
    for folder in ("shared/src", "tests", "bench")
    for suffix in ("py", "sql", "csv", "j2")
    for path in (ROOT / folder).rglob(f"*.{suffix}")
)
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")

# A tracked file names no host of a package registry and no folder of one person's machine.
REGISTRY_HOST = "(?:py" + "pi|python" + "hosted|npm" + r"js)[.](?:org|com)"
PERSONAL_FOLDER = r"(?:^|[\s\"'=(:])/(?:root|home|Users)/\w"
FORBIDDEN = re.compile(f"{REGISTRY_HOST}|{PERSONAL_FOLDER}", re.MULTILINE)


def test_the_page_of_tables_is_the_declaration() -> None:
    """``docs/tables.md`` is what domain/columns.py declares; if not, run ``make docs``."""
    render = runpy.run_path(str(ROOT / "docs" / "build_tables.py"))["render"]

    assert (ROOT / "docs" / "tables.md").read_text(encoding="utf-8") == render(), "run: make docs"


def test_the_page_of_costs_is_the_model() -> None:
    """``docs/operations/costs.md`` is what the model computes; if not, run ``make docs``."""
    render = runpy.run_path(str(ROOT / "docs" / "build_costs.py"))["render"]
    page = (ROOT / "docs" / "operations" / "costs.md").read_text(encoding="utf-8")

    assert page == render(), "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_make_target_in_the_docs_exists(page: Path) -> None:
    """Each ``make <target>`` on a page is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z0-9-]*)", page.read_text(), re.MULTILINE))

    assert named <= targets


def test_every_page_and_formula_that_the_code_cites_exists() -> None:
    """``docs/<page>.md`` and ``F-<number>`` in the sources lead to a page and to a heading."""
    formulas = set(
        re.findall(r"^## (F-\d+) ", (ROOT / "docs/methodology.md").read_text(), re.MULTILINE)
    )
    lost = [
        f"{path.relative_to(ROOT)}: {cited}"
        for path in SOURCES
        for cited in re.findall(r"\bF-\d+\b|docs/[\w/-]+\.md", path.read_text(encoding="utf-8"))
        if not (cited in formulas or (ROOT / cited).is_file())
    ]

    assert lost == []


def test_the_example_configuration_can_be_used(tmp_path: Path) -> None:
    """The TOML on the configuration page is read without complaint, and to the last key."""
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    example = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    path = tmp_path / "crossfoot.toml"
    path.write_text(example[0])

    configuration = read_configuration(path)

    assert [tag.column for tag in configuration.tags] == [
        "tag_team",
        "tag_environment",
        "tag_division",
    ]
    assert [pool.name for pool in configuration.redistribution.pools] == [
        "network",
        "shared cluster",
    ]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Each relative link on a page is a file of the repository."""
    missing = [
        target
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert missing == []


def test_no_tracked_file_names_a_registry_or_a_machine() -> None:
    """Locks, code and pages install from whichever registry a machine is set up with."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    names = listing.stdout.decode().strip("\0").split("\0")
    found = [
        f"{name}: {match[0].strip()}"
        for name in names
        if (ROOT / name).is_file()
        for match in FORBIDDEN.finditer((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]

    assert found == []
