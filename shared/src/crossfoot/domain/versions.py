"""The three versions behind a figure: of AWS's model, of our factors, of our engine.

They are three types, so that one cannot be passed for another.
"""

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Final, NewType

from crossfoot.domain.errors import InvalidModelVersionError

EngineVersion = NewType("EngineVersion", str)
FactorSetVersion = NewType("FactorSetVersion", str)

WAREHOUSE_FORMAT: Final = 2
"""Raised whenever an older Crossfoot could misread what a newer one wrote.

Since 2 a catalog knows nowcasts and records: a version that does not would drop them.
"""

_SEMVER = re.compile(
    r"v?(?P<major>0|[1-9][0-9]*)\.(?P<minor>0|[1-9][0-9]*)(?:\.(?P<patch>0|[1-9][0-9]*))?"
    r"(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?",
    re.ASCII,
)


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class ModelVersion:
    """Version of AWS's methodology, such as ``v3.0.1``; ordered as semver, so v10 > v9."""

    text: str

    def __post_init__(self) -> None:
        if _SEMVER.fullmatch(self.text) is None:
            raise InvalidModelVersionError(
                f"{self.text!r} is not a model version.",
                mend="AWS writes them as v3.0.1; check the model_version column and the folder.",
            )

    @property
    def _key(self) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]:
        match = _SEMVER.fullmatch(self.text)
        assert match is not None  # noqa: S101 - checked when the object was made
        pre = match["pre"]
        # semver 11: a pre-release sorts before its release, numbers before words
        identifiers = tuple(
            (False, int(part), "") if part.isdigit() else (True, 0, part)
            for part in (pre.split(".") if pre else ())
        )
        numbers = int(match["major"]), int(match["minor"]), int(match["patch"] or 0)
        return (*numbers, pre is None, identifiers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelVersion) and self._key == other._key

    def __lt__(self, other: "ModelVersion") -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __str__(self) -> str:
        return self.text
