"""The same formulas in pandas: join the factors to the lines, then one column after the other."""

from pathlib import Path

import numpy as np
import pandas as pd
from estimate_inputs import BOUNDS, EMBODIED, LINES, PLACES, SUFFIXED, TYPES, run

ASSUMED_LOADS = (50.0, 10.0, 80.0)
POINTS = (0, 10, 50, 100)


def main() -> None:
    """Compute all columns of all lines at once."""
    run(computed)


def computed(sample: Path) -> tuple[int, np.ndarray]:
    """Return the number of lines, and the totals of all figures."""
    lines = joined(sample)
    for bound, assumed in zip(BOUNDS, ASSUMED_LOADS, strict=True):
        load = lines["load_percent"].fillna(assumed)
        lines[f"kwh{bound}"] = watts_at(lines, load, bound) * lines["hours"] / 1000.0
        for criterion in EMBODIED:
            lines[f"{criterion}{bound}"] = lines[f"{criterion}_per_hour{bound}"] * lines["hours"]
    product(lines, "energy_kwh", "kwh", "pue")
    for criterion, factor in {
        "ghg_use_kgco2e": "grid_kg",
        "pe_use_mj": "pe",
        "adp_use_kgsbeq": "adp",
        "water_generation_l": "water_of_generation",
    }.items():
        product(lines, criterion, "energy_kwh", factor)
    product(lines, "water_site_l", "kwh", "wue")
    return len(lines), lines[list(SUFFIXED)].sum().to_numpy()


def joined(sample: Path) -> pd.DataFrame:
    """Return the lines with the factors of their type and place beside them."""
    types, places = (pd.read_parquet(sample / name) for name in (TYPES, PLACES))
    lines = pd.read_parquet(sample / LINES)
    return (
        lines.merge(types, left_on="type", right_index=True)
        .merge(places, left_on="place", right_index=True)
        .drop(columns=["name_x", "name_y"])
    )


def watts_at(lines: pd.DataFrame, load: pd.Series, bound: str) -> pd.Series:
    """Return watts at a load, straight between the points."""
    at = [lines[f"watts_{point}{bound}"] for point in POINTS]
    low, middle, high = (
        at[i] + (load - POINTS[i]) / (POINTS[i + 1] - POINTS[i]) * (at[i + 1] - at[i])
        for i in range(3)
    )
    return low.where(load < POINTS[1], middle.where(load < POINTS[2], high))


def product(lines: pd.DataFrame, name: str, one: str, other: str) -> None:
    """Put the product of two figures in three columns; ranges add in quadrature."""
    lines[name] = lines[one] * lines[other]
    down = [np.log(lines[each] / lines[f"{each}_low"]) for each in (one, other)]
    up = [np.log(lines[f"{each}_high"] / lines[each]) for each in (one, other)]
    lines[f"{name}_low"] = lines[name] * np.exp(-np.hypot(*down))
    lines[f"{name}_high"] = lines[name] * np.exp(np.hypot(*up))


if __name__ == "__main__":
    main()
