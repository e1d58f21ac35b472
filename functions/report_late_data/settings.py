"""The environment of the function."""

from crossfoot.bootstrap.deployed_settings import LedgerSettings


class Settings(LedgerSettings):
    """Where deliveries are written down, and where lateness is told."""
