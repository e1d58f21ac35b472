"""The environment of the function."""

from crossfoot.bootstrap.deployed_settings import WorkSettings


class Settings(WorkSettings):
    """Where plans lie."""
