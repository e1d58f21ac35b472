"""The environment of the function."""

from crossfoot.bootstrap.deployed_settings import LedgerSettings


class Settings(LedgerSettings):
    """Where the pointer and the manifests are, and where crossings are told."""
