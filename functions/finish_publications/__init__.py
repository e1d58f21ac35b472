"""Finishes what a crash left: see ``crossfoot.usecases.finish_publications``."""
