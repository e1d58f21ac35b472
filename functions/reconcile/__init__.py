"""Proves a written run and makes it whole: see ``crossfoot.usecases.reconcile_month``."""
