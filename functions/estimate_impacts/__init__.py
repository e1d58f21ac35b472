"""Estimates what one shard's usage took, beside the grams that AWS reports."""
