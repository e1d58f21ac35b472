"""The environment of the function."""

from crossfoot.bootstrap.deployed_settings import LandingSettings, LedgerSettings, WorkflowSettings


class Settings(LandingSettings, LedgerSettings, WorkflowSettings):
    """Where deliveries land, where they are written down, and what closes their month."""
