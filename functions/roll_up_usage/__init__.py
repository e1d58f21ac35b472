"""Rolls the pinned usage of a month up: see ``crossfoot.usecases.roll_up_usage``."""
