"""The environment of the function."""

from crossfoot.bootstrap.deployed_settings import (
    CatalogSettings,
    LandingSettings,
    LedgerSettings,
    UsageSettings,
    WorkSettings,
)


class Settings(LandingSettings, LedgerSettings, CatalogSettings, WorkSettings, UsageSettings):
    """What is delivered, where it is kept and shown, and where the plan is written."""
