"""One verb a file; collaborators arrive as arguments (see ``ports``)."""
