"""Publishes a proven month: see ``crossfoot.usecases.publish_period``."""
