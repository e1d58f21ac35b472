"""The environment of the function."""

from crossfoot.bootstrap.deployed_settings import ChatSettings


class Settings(ChatSettings):
    """Which topic the chat channels listen to."""
