"""Gives up what failed, by name: see ``crossfoot.usecases.quarantine_delivery``."""
