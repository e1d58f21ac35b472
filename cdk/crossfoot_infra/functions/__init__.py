"""One construct for each folder of ``functions/``: its size, its settings, and its rights."""
