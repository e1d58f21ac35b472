"""Numbers that a user gives, checked once before anything is computed."""

import math
from typing import Final

from crossfoot.domain.errors import InvalidArgumentError

_LARGEST: Final = 1e12
"""Beyond any machine; keeps every product finite."""


def checked(name: str, number: float, *, most: float = _LARGEST, is_positive: bool = False) -> None:
    """Refuse a number that cannot be computed with.

    Parameters
    ----------
    name : str
        As the user wrote it, such as ``--hours``.
    number : float
        What was given.
    most : float
        The largest that makes sense.
    is_positive : bool
        Whether zero is refused too.

    Raises
    ------
    InvalidArgumentError
        If it is not a number, negative, zero where that is refused, or above the largest.
    """
    if math.isfinite(number) and 0 <= number <= most and not (is_positive and number == 0):
        return
    least = "above 0" if is_positive else "0 or more"
    raise InvalidArgumentError(
        f"{name} is {number:g}.", mend=f"Give a number that is {least}, and {most:g} at most."
    )
