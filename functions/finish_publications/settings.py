"""The environment of the function."""

from crossfoot.bootstrap.deployed_settings import CatalogSettings, LedgerSettings, WorkflowSettings


class Settings(LedgerSettings, CatalogSettings, WorkflowSettings):
    """Where pointers and notices are, what follows them, and what closes a month."""
