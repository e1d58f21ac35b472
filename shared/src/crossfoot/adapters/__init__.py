"""Hatches to the world: exports on disk, DuckDB, Parquet, the warehouse folder."""
