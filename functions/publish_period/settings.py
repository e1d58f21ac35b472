"""The environment of the function."""

from crossfoot.bootstrap.deployed_settings import CatalogSettings, LedgerSettings, WorkSettings


class Settings(LedgerSettings, CatalogSettings, WorkSettings):
    """Where the pointer is, what follows it, and where plans lie."""
