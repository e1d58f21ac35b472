"""Line by line, as a script around a calculator would: the first few lines only, for it is slow."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from estimate_inputs import BOUNDS, LINES, PLACES, SUFFIXED, TYPES, YEAR, names_in, run

from crossfoot.engine.impact_figures import data_centre_of
from crossfoot.engine.instance_impact import impacts_of_instance
from crossfoot.factors.places import place

MOST_ROWS = 500


def main() -> None:
    """Calculate so many lines, one after the other."""
    run(computed)


def computed(sample: Path) -> tuple[int, np.ndarray]:
    """Return the number of lines, and the totals of what the calculator has; NaN for its water."""
    types, places = names_in(sample, TYPES), names_in(sample, PLACES)
    with pq.ParquetFile(sample / LINES) as parquet:
        lines = next(parquet.iter_batches(MOST_ROWS)).to_pylist()
    totals = np.zeros((len(SUFFIXED) // len(BOUNDS), len(BOUNDS)))
    for line in lines:
        load = None if np.isnan(line["load_percent"]) else line["load_percent"]
        electricity = data_centre_of(place(places[line["place"]], YEAR))
        found = impacts_of_instance(types[line["type"]], line["hours"], load, electricity)
        impacts = found.calculation.impacts
        totals += [getattr(impacts, name, np.full(3, np.nan)) for name in SUFFIXED[::3]]
    return len(lines), totals.ravel()


if __name__ == "__main__":
    main()
