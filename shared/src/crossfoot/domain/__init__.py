"""The pantry: words and shapes. Imports NumPy and the standard library only."""
