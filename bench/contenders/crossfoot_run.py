"""Crossfoot as a user starts it: everything, from exports to a proven and published warehouse."""

import os
import sys
from pathlib import Path

from exports import exports

CONFIGURATION = Path(__file__).parents[1] / "crossfoot.toml"


def main() -> None:
    """Become ``crossfoot run``."""
    asked = exports()
    command = Path(sys.executable).with_name("crossfoot")
    inputs = ["--carbon", asked.sample, "--usage", asked.sample, "--config", CONFIGURATION]
    arguments = [command, "run", *inputs, "--out", asked.out]
    os.execv(command, [str(argument) for argument in arguments])  # noqa: S606 - our own command


if __name__ == "__main__":
    main()
