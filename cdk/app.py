"""What `cdk synth` and `cdk deploy` run: settings and views in, stacks out.

The one file of the deployment that knows the package's parts: the views are rendered here for the
tags of the settings, with the function that the command line uses, and handed to the stacks as
text.
"""

from pathlib import Path

from crossfoot_infra.bundled_node import use_bundled_node

use_bundled_node()

import aws_cdk as cdk

from crossfoot.adapters.warehouse_views import VIEW_NAMES, view_query
from crossfoot_infra.deployment import make_stacks
from crossfoot_infra.settings import read_settings

HERE = Path(__file__).parent


def main() -> None:
    """Write the templates of all stacks."""
    app = cdk.App()
    settings = read_settings(_settings_file(app))
    queries = {name: view_query(name, settings.tag_columns, "athena") for name in VIEW_NAMES}
    make_stacks(app, settings=settings, view_queries=queries)
    app.synth()


def _settings_file(app: cdk.App) -> Path:
    """Return the file that ``-c settings=FILE`` names, else settings.toml, else the example."""
    named = app.node.try_get_context("settings")
    if named is not None:
        return Path(str(named))
    own = HERE / "settings.toml"
    return own if own.exists() else HERE / "settings.example.toml"


if __name__ == "__main__":
    main()
