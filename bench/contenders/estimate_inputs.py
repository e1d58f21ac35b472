"""What the contenders of the estimate share: machines with their loads, and what they tell."""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq

LINES: Final = "lines.parquet"
TYPES: Final = "types.parquet"
PLACES: Final = "places.parquet"
YEAR: Final = 2025
USE: Final = ("energy_kwh", "ghg_use_kgco2e", "pe_use_mj", "adp_use_kgsbeq")
WATER: Final = ("water_site_l", "water_generation_l")
EMBODIED: Final = ("ghg_embodied_kgco2e", "pe_embodied_mj", "adp_embodied_kgsbeq")
BOUNDS: Final = ("", "_low", "_high")
SUFFIXED: Final = tuple(f"{each}{bound}" for each in (*USE, *WATER, *EMBODIED) for bound in BOUNDS)


def run(computed: Callable[[Path], tuple[int, np.ndarray]]) -> None:
    """Compute the totals of all figures, in the order of ``SUFFIXED``, and tell them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    start = time.process_time()
    rows, totals = computed(asked.sample)
    seconds = time.process_time() - start
    told = {"rows": rows, "seconds": seconds, "totals": totals.tolist()}
    print(json.dumps(told))


def names_in(sample: Path, file: str) -> list[str]:
    """Return the first column of a table of names: types or Regions."""
    with pq.ParquetFile(sample / file) as parquet:
        return parquet.read(columns=["name"])["name"].to_pylist()
