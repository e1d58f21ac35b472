"""Athena's stand-in: sqlglot says its SQL in DuckDB's, over the emulator's Glue and S3."""
