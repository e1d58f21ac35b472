"""Our factor and rule tables: every row carries its source, boundary, year and licence."""
