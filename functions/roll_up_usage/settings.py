"""The environment of the function."""

from crossfoot.bootstrap.deployed_month import RunSettings, UsageFormatSettings


class Settings(RunSettings, UsageFormatSettings):
    """Where pins, plans and copies lie, and how the usage export is delivered."""
