"""Tells that carbon is late: see ``crossfoot.usecases.report_late_data``."""
