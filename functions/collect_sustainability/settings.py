"""The environment of the function."""

from crossfoot.bootstrap.deployed_sustainability import SustainabilitySettings


class Settings(SustainabilitySettings):
    """Which role asks AWS, where its answers are kept, and where differences are told."""
