"""What can go wrong while packing."""


class PackingError(Exception):
    """The layers cannot be packed as their lists say; nothing usable was left behind."""
