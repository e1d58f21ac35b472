"""Allocates one shard of a month: see ``crossfoot.usecases.allocate_shard``."""
