"""Estimates the impacts of one shard; there is no model yet, and no figure is made up."""
