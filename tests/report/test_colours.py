"""Every text and every mark of the page can be seen, in light and in dark."""

import re
from importlib.resources import files

import pytest

CSS = (files("crossfoot.report") / "assets" / "report.css").read_text(encoding="utf-8")
THEMES = {
    "light": re.search(r":root \{(.*?)\n\}", CSS, re.DOTALL),
    "dark": re.search(r':root\[data-theme="dark"\] \{(.*?)\n\}', CSS, re.DOTALL),
}


def colours_of(theme: str) -> dict[str, str]:
    """Return the custom properties of a theme."""
    block = THEMES[theme]
    assert block is not None
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", block[1]))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two hex colours, by WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["paper", "sheet"])
@pytest.mark.parametrize("text", ["ink", "quiet", "accent", "lbm", "mbm", "estimate", "warn"])
def test_text_has_the_contrast_of_aa(theme: str, ground: str, text: str) -> None:
    """Text reaches 4.5 to 1 on the page and on its cards."""
    colours = colours_of(theme)

    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("mark", ["scope-1", "scope-2", "scope-3", "unsplit", "lbm", "mbm"])
def test_marks_have_the_contrast_of_graphics(theme: str, mark: str) -> None:
    """Bars and lines reach 3 to 1."""
    colours = colours_of(theme)

    assert contrast(colours[mark], colours["paper"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_labels_can_be_read_on_every_tile(theme: str) -> None:
    """The treemap's labels reach 4.5 to 1 on each of its colours."""
    colours = colours_of(theme)
    tiles = [*colours["tiles"].split(", "), colours["tile-rest"]]

    assert all(contrast(colours["tile-ink"], tile) >= 4.5 for tile in tiles)


def test_both_ways_to_the_dark_theme_are_one() -> None:
    """The system's dark mode and the switch use the same colours."""
    by_system = re.search(r':not\(\[data-theme="light"\]\) \{(.*?)\n  \}', CSS, re.DOTALL)

    assert by_system is not None
    assert dict(re.findall(r"--([\w-]+):\s*([^;]+);", by_system[1])) == colours_of("dark")
