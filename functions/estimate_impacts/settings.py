"""The environment of the function."""

from crossfoot.bootstrap.deployed_month import RunSettings


class Settings(RunSettings):
    """Where the roll-up and the inventory lie, and where the run is written."""
