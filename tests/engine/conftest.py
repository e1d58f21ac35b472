"""Hypothesis without deadlines: a busy machine must not turn a law into a failure."""

from hypothesis import settings

settings.register_profile("engine", deadline=None)
settings.load_profile("engine")
