"""Instants that people write: ISO 8601, in UTC where no offset is given."""

from datetime import UTC, datetime

from crossfoot.domain.errors import InvalidArgumentError


def instant_from_text(text: str) -> datetime:
    """Return the instant that a text names; a day alone is its first moment.

    Parameters
    ----------
    text : str
        ISO 8601, such as ``2026-05-01`` or ``2026-05-01T12:00:00Z``; UTC unless it says otherwise.

    Raises
    ------
    InvalidArgumentError
        The text is no instant.
    """
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidArgumentError(
            f"{text!r} is no instant.", mend="Write it as 2026-05-01T12:00:00Z, in UTC."
        ) from error
