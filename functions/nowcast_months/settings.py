"""The environment of the function."""

from crossfoot.bootstrap.deployed_nowcasts import NowcastSettings


class Settings(NowcastSettings):
    """Where usage, history and nowcasts are, and what places a nowcast."""
