"""Claims a month and plans it: see ``crossfoot.usecases.plan_month``."""
