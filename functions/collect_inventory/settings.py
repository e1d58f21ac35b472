"""The environment of the function."""

from crossfoot.bootstrap.deployed_inventory import CollectorSettings


class Settings(CollectorSettings):
    """Which role enters accounts, where rows and receipts are kept, and where the end is told."""
