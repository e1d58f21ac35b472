"""The environment of the function."""

from crossfoot.bootstrap.deployed_settings import LedgerSettings, SequelSettings


class Settings(LedgerSettings, SequelSettings):
    """Where the pointer and the manifests are, where crossings are told, and what follows."""
