"""The page in a real Chromium: it draws, switches, fits a phone and stays silent."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crossfoot.report import write_report

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass
class Opened:
    """A page of the report, with whatever it complained of and asked for."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Start the machine's Chromium, or skip and say what is missing."""
    named = os.environ.get("CHROMIUM")
    path = named or next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no Chromium: neither CHROMIUM is set nor {', '.join(NAMES)} on PATH")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(filled_warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report of the small warehouse, hostile names included."""
    html: Path = tmp_path_factory.mktemp("browser") / "report.html"
    return write_report(filled_warehouse, html).html


@pytest.fixture
def look(chromium: Any, report: Path) -> Iterator[Callable[..., Opened]]:
    """Return a way to open the report at a size and in a colour scheme."""
    contexts = []

    def at(size: dict[str, int], scheme: str = "light") -> Opened:
        context = chromium.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("dialog", lambda dialog: opened.complaints.append(dialog.message))
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.goto(report.as_uri())
        return opened

    yield at
    for context in contexts:
        context.close()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_draws_everything_in_silence(
    look: Callable[..., Opened], size: dict[str, int], scheme: str
) -> None:
    """Every chart has an SVG with marks in it; nothing is logged, asked for or too wide."""
    opened = look(size, scheme)
    charts = opened.page.locator(".chart")

    assert charts.count() == 8
    for at in range(charts.count()):
        assert charts.nth(at).locator("svg path").count() > 3
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []
    assert opened.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_series_can_be_switched_by_keyboard(look: Callable[..., Opened]) -> None:
    """An arrow key changes LBM to MBM: chart, headings and announcement follow."""
    page = look(DESK).page
    before = page.locator("#trend-chart").get_attribute("aria-label")
    page.locator("input[name=basis][value=lbm]").focus()
    page.keyboard.press("ArrowRight")

    assert page.locator("#announcement").inner_text() == "Showing June 2026, market-based."
    assert page.locator("#regions-title").inner_text().endswith("June 2026, MBM")
    assert page.locator("#trend-chart").get_attribute("aria-label") != before


def test_the_period_can_be_chosen(look: Callable[..., Opened]) -> None:
    """All periods, a month with totals only, and the buttons on either side of the list."""
    opened = look(DESK)
    opened.page.select_option("#period", "all")
    whole = opened.page.locator("#regions-table tfoot").text_content()
    opened.page.select_option("#period", "2025-05")
    opened.page.click("#later")

    assert opened.page.locator("#period").input_value() == "2025-06"
    assert opened.page.locator("#regions-table tfoot").text_content() != whole
    assert opened.complaints == []


def test_both_cards_follow_the_period(look: Callable[..., Opened]) -> None:
    """Reported and estimated change together; a month from before the estimate says so."""
    opened = look(PHONE)
    page = opened.page
    totals = page.locator("#estimate-cards .total")
    before = totals.all_inner_texts()
    said = page.locator("#estimate-says").inner_text()
    page.select_option("#period", "2025-07")
    after = totals.all_inner_texts()
    page.select_option("#period", "2025-05")

    assert len(before) == len(after) == 2
    assert before != after
    assert "1.199 times AWS's figure, between 0.599 times and 2.397 times" in said
    assert page.locator("#estimate-cards").inner_text() == "Nothing was estimated for May 2025."
    assert page.locator("#estimate-says").inner_text() == ""
    assert page.locator("#beside-chart svg").count() == 0
    assert opened.complaints == []


def test_every_table_of_a_period_has_the_same_sum(look: Callable[..., Opened]) -> None:
    """The sums under Regions, levels, teams and accounts are the published total, to the digit."""
    page = look(DESK).page
    sums = {
        page.locator(f"#{name}-table tfoot td").first.get_attribute("data-value")
        for name in ("regions", "levels", "tag-0", "tag-1", "tree")
    }
    sides = (
        page.locator("#beside-table tfoot td").first,
        page.locator("#beside-regions-table tfoot td").first,
    )
    sums |= {side.get_attribute("data-value") for side in sides}
    published = page.locator("#trend-table tbody tr").last.locator("td.strong").first

    assert sums == {published.get_attribute("data-value")}


def test_the_treemap_can_be_walked_by_keyboard(look: Callable[..., Opened]) -> None:
    """Account, service, and back: by the buttons of the table and of the path."""
    page = look(DESK).page
    page.locator("#tree-table .drill").first.focus()
    page.keyboard.press("Enter")
    page.locator("#tree-table .drill").first.press("Enter")
    deep = page.locator("#crumbs li").count()
    page.get_by_role("button", name="All accounts").press("Enter")

    assert deep == 3
    assert page.locator("#crumbs li").count() == 1


def test_a_click_in_the_treemap_opens_an_account(look: Callable[..., Opened]) -> None:
    """The chart itself is a way down, too."""
    page = look(DESK).page
    page.locator("#tree-chart").click(position={"x": 60, "y": 120})

    assert page.locator("#crumbs li").count() == 2


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_ground_follows_the_system(
    look: Callable[..., Opened], scheme: str, *, is_dark: bool
) -> None:
    """Dark mode has a dark ground, light mode a light one."""
    assert is_ground_dark(look(DESK, scheme).page) is is_dark


def test_the_switch_overrides_the_system(look: Callable[..., Opened]) -> None:
    """Dark can be chosen in a light system, and the charts are drawn again in it."""
    opened = look(DESK, "light")
    ink = opened.page.locator("#trend-chart svg text").first.get_attribute("fill")
    opened.page.locator("input[name=theme][value=dark]").check(force=True)

    assert is_ground_dark(opened.page)
    assert opened.page.locator("#trend-chart svg text").first.get_attribute("fill") != ink


def is_ground_dark(page: Any) -> bool:
    """Return whether the page's ground is nearer to black than to white."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    return red + green + blue < 3 * 64


def test_a_screen_reader_finds_its_way(look: Callable[..., Opened]) -> None:
    """Landmarks, one first heading, no level skipped, and a telling name for each chart."""
    page = look(DESK).page
    levels = [int(name[1]) for name in page.locator("h1, h2, h3").evaluate_all(
        "found => found.map((heading) => heading.tagName)")]  # fmt: skip
    names = page.get_by_role("img").evaluate_all(
        "found => found.map((chart) => chart.getAttribute('aria-label'))"
    )

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("banner").count() == 1
    assert page.get_by_role("contentinfo").count() == 1
    assert page.get_by_role("navigation", name="Contents").count() == 1
    assert len(names) == len(set(names)) == 8
    assert all("location-based" in name for name in names)


def test_every_chart_has_a_table_with_header_cells(look: Callable[..., Opened]) -> None:
    """Each figure holds a table with a caption and scoped headers."""
    page = look(DESK).page
    figures = page.locator("figure")

    for at in range(figures.count()):
        table = figures.nth(at).locator("table")
        assert table.locator("caption").count() == 1
        assert table.locator("thead th[scope=col]").count() > 2
        assert table.locator("tbody th[scope=row]").count() > 0


def test_hostile_names_are_shown_as_text(look: Callable[..., Opened]) -> None:
    """The tag that is a script stands in chart and table as its letters."""
    opened = look(DESK)
    opened.page.locator("#tag-0 summary").click()

    assert opened.page.locator("#tag-0-table").get_by_text("</script><img src=x").count() == 1
    assert opened.page.locator("img").count() == 0
    assert opened.complaints == []


def test_a_download_cannot_start_a_formula(look: Callable[..., Opened]) -> None:
    """Numbers arrive as they are; a text that a spreadsheet would run begins with a quote."""
    page = look(DESK).page
    page.locator("#tag-0 summary").click()
    with page.expect_download() as waiting:
        page.locator("[data-csv=tag-0-table]").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")

    assert waiting.value.suggested_filename == "crossfoot-tag-0.csv"
    assert "\"'=HYPERLINK(" in text
    assert not re.search(r"(?m)^[=+@]", text)
    assert re.search(r"(?m)^checkout,\d+\.\d+,\d+\.\d+,\d+,\d+\.\d$", text)


def test_paper_is_light_and_shows_every_table(look: Callable[..., Opened]) -> None:
    """Printing from a dark screen uses light colours, opens the tables, and then undoes it."""
    page = look(DESK, "dark").page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    on_paper = is_ground_dark(page), page.locator("details.data:not([open])").count()
    page.evaluate("dispatchEvent(new Event('afterprint'))")

    assert on_paper == (False, 0)
    assert is_ground_dark(page)
    assert page.locator("details.data:not([open])").count() > 0
