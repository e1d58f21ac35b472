"""Write ``docs/machines.md``: twenty types, ours beside what others publish."""

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from crossfoot.engine.machines_estimated import MachineFigures, figures_of
from crossfoot.engine.power import watts_of

PAGE: Final = Path(__file__).parent / "machines.md"
NOTABLE: Final = 0.25
LOAD_PERCENT: Final = 50.0
GRAMS: Final = 1000.0


class Published(NamedTuple):
    """What others publish: watts at 50 % by Teads and BoaviztAPI, grams an hour by the latter."""

    teads_watts: float | None
    boavizta_watts: float | None
    boavizta_grams: float | None
    reason: str = ""


_MEMORY: Final = (
    "memory: Teads has 0.4 to 0.62 W/GB at half load, BoaviztAPI 2.5.0 0.1 to 0.17 W/GB with its "
    "modules of 32 and 64 GB; the processor's watts agree within 5 %"
)

PUBLISHED: Final = {
    "a1.2xlarge": Published(25.4, 22.592, 4.31157),
    "a1.4xlarge": Published(50.9, 45.184, 8.62314),
    "c5.2xlarge": Published(53.1, 55.761, 1.4947),
    "c5.24xlarge": Published(682.7, None, None),
    "m5.xlarge": Published(28.2, 22.592, 0.913358, _MEMORY),
    "m5.24xlarge": Published(677.8, None, None),
    "m5a.xlarge": Published(22.3, None, None),
    "m6g.xlarge": Published(15.3, 12.020, 1.04713, _MEMORY),
    "m6i.4xlarge": Published(97.0, None, None),
    "c7g.xlarge": Published(None, 14.604, 0.750631),
    "r5.xlarge": Published(38.2, 25.282, 1.50121, _MEMORY),
    "r6g.xlarge": Published(21.7, None, None),
    "t3.micro": Published(9.8, 10.119, 0.199493),
    "i3.2xlarge": Published(53.7, 50.323, 4.6656),
    "d3.xlarge": Published(
        31.0,
        None,
        None,
        "three hard disks of 6.4 W, where Teads has 3.6 W for all but processor and memory",
    ),
    "p3.2xlarge": Published(279.3, None, None),
    "p4d.24xlarge": Published(
        3781.8, 735.35, 105.97, "BoaviztAPI leaves accelerators out of a cloud instance's use"
    ),
    "g4dn.xlarge": Published(76.3, None, None),
    "db.m5.large": Published(11.8, None, None),
    "db.r6g.large": Published(10.9, None, None),
}

HEAD: Final = f"""\
# Twenty machines, compared

Written by `docs/build_machines.py`; how the figures come about stands in
[factors.md](factors.md#machines).
Watts are of the type at {LOAD_PERCENT:g} % load, without PUE.
Embodied greenhouse gases are grams an hour over six years.
In parentheses stands the range.
Teads' watts are those of `aws-instances.csv` in cloud-carbon-footprint/ccf-coefficients (b0032d9).
BoaviztAPI's are raw answers of release 2.5.0 for one hour in France at 50 % load.

| type | W | Teads | BoaviztAPI | g/h embodied | BoaviztAPI |
| --- | --- | --- | --- | --- | --- |
"""

TAIL: Final = f"""
## Differences over {NOTABLE:.0%}

| type | against | ours over theirs | why |
| --- | --- | --- | --- |
"""


def render() -> str:
    """Return the page.

    Raises
    ------
    ValueError
        If a difference is notable and no reason stands beside it.
    """
    figures = figures_of(list(PUBLISHED))
    watts = watts_of(figures.curve_watts, np.full(len(PUBLISHED), LOAD_PERCENT))
    lines = [HEAD]
    for position, (name, published) in enumerate(PUBLISHED.items()):
        grams = GRAMS * figures.embodied_per_hour[:, 0, position]
        cells = [f"`{name}`", _ranged(watts[:, position]), _plain(published.teads_watts)]
        cells += [_plain(published.boavizta_watts), _ranged(grams)]
        cells += [_plain(published.boavizta_grams)]
        lines.append(f"| {' | '.join(cells)} |\n")
    return "".join([*lines, TAIL, *_differences(figures, watts)])


def main() -> None:
    """Write the page beside this file and show it."""
    page = render()
    PAGE.write_text(page, encoding="utf-8")
    print(page)


def _differences(figures: MachineFigures, watts: np.ndarray) -> list[str]:
    lines = []
    for position, (name, published) in enumerate(PUBLISHED.items()):
        ours = GRAMS * figures.embodied_per_hour[0, 0, position]
        pairs = {
            "Teads, W": (watts[0, position], published.teads_watts),
            "BoaviztAPI, W": (watts[0, position], published.boavizta_watts),
            "BoaviztAPI, g/h": (ours, published.boavizta_grams),
        }
        for against, (our, their) in pairs.items():
            if their is None or abs(our / their - 1) <= NOTABLE:
                continue
            if not published.reason:
                message = f"{name} is {our / their:.2f} times {against}: say why in PUBLISHED"
                raise ValueError(message)
            lines.append(f"| `{name}` | {against} | {our / their:.2f} | {published.reason} |\n")
    return lines


def _ranged(bounds: np.ndarray) -> str:
    value, low, high = (_plain(bound) for bound in bounds)
    return f"{value} ({low} to {high})"


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:.3g}" if number < GRAMS else f"{number:.0f}"


if __name__ == "__main__":
    main()
