"""Collects AWS's water and checks its carbon: see ``crossfoot.usecases.collect_sustainability``."""
