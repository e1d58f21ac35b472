"""The environment of the function."""

from crossfoot.bootstrap.deployed_month import RunSettings


class Settings(RunSettings):
    """Where the answers lie, and where the proof is written."""
