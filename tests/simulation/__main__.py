"""``python -m tests.simulation SEED``: run one seed again and print every call of it."""

import sys

from tests.simulation.laws import ViolationError
from tests.simulation.simulate import simulate


def main() -> int:
    """Print the trace of a seed; the exit status tells whether a law was broken."""
    trace: list[str] = []
    try:
        simulate(int(sys.argv[1]), trace=trace)
    except ViolationError as error:
        trace.append(f"broken: {error}")
    sys.stdout.write("\n".join(trace) + "\n")
    return int(trace[-1].startswith("broken"))


if __name__ == "__main__":
    sys.exit(main())
