"""Compares a published month with what is allowed: see ``crossfoot.usecases.watch_thresholds``."""
