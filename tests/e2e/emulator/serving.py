"""MiniStack with every hook in place."""

from pathlib import Path

from ministack import app

from emulator import (
    announcements,
    catalogue,
    faults,
    hooks,
    permissions,
    regions,
    resources,
    sustainability,
    workers,
    workflows,
)
from emulator.athena import service as athena


def serve(workplace: Path) -> None:
    """Install the hooks and serve until a signal comes."""
    hooks.require_version()
    workers.install(workplace)
    workflows.install()
    resources.install()
    announcements.install()
    catalogue.install()
    permissions.install()
    regions.install()
    sustainability.install()
    athena.install()
    hooks.replace(app, "app", faults.with_control(app.app))
    app.main()
