"""Collects one account's Region, or sums the collection up: see ``usecases.collect_inventory``."""
