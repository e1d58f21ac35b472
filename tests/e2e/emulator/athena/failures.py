"""Refusals in Athena's words."""


class AthenaError(Exception):
    """A query fails; the text is what ``StateChangeReason`` says."""


class RefusedStartError(Exception):
    """A query is refused before it starts: ``code`` is the API's error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
