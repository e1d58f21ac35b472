"""Carbon accounting for AWS Organizations that adds up."""

__version__ = "0.1.0"
