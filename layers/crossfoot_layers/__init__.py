"""Builds the Lambda layers from the lock and the packing lists, the same to the byte every time."""
