"""The environment of the function."""

from crossfoot.bootstrap.deployed_inventory import DirectorySettings


class Settings(DirectorySettings):
    """Which role lists accounts, which one enters them, and where the lists are kept."""
