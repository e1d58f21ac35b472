"""The environment of the function."""

from crossfoot.bootstrap.deployed_rules import RulesSettings


class Settings(RulesSettings):
    """Where the pointers and the book are, where answers lie, and where breaches are told."""
