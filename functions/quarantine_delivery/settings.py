"""The environment of the function."""

from crossfoot.bootstrap.deployed_settings import LedgerSettings, WorkflowSettings, WorkSettings


class Settings(LedgerSettings, WorkflowSettings, WorkSettings):
    """Where failures are written down, what closes a month from what is left, and plans."""
