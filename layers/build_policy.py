"""Build the layer that carries the user's configuration: ``make layers`` calls this."""

import argparse
import sys
import tomllib
from pathlib import Path
from typing import Final

from crossfoot.adapters.configuration_file import read_configuration
from crossfoot.domain.errors import ConfigurationError
from crossfoot_layers.installing import Architecture
from crossfoot_layers.packing import POLICY, pack_policy

LAYERS: Final = Path(__file__).parents[1] / "dist" / "layers"


def main() -> int:
    """Pack the configuration file that the settings name; an empty one where they name none."""
    arguments = _arguments()
    try:
        configuration = _configuration(arguments.settings)
        read_configuration(configuration)  # a mistake is named here, not in Lambda
    except ConfigurationError as error:
        print(f"layers: {error}", file=sys.stderr)
        return 1
    content = b"" if configuration is None else configuration.read_bytes()
    for architecture in Architecture:
        pack_policy(content, arguments.out / architecture / POLICY)
    return 0


def _configuration(settings: Path | None) -> Path | None:
    if settings is None:
        return None
    name = tomllib.loads(settings.read_text("utf-8")).get("configuration")
    return None if name is None else settings.parent / name


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=Path, help="the deployment's, which name crossfoot.toml")
    parser.add_argument("--out", type=Path, default=LAYERS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
