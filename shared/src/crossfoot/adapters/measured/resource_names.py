"""Which resource of AWS a measured machine is: by its name, or by the user's list.

The list is a file ``resources.toml`` beside the measurements::

    timezone = "Europe/Paris"          # of instants without a zone; UTC where it is left out

    [resources]
    "ip-10-0-1-7.ec2.internal" = "i-0123456789abcdef0"
    "training" = "arn:aws:sagemaker:eu-west-1:000000000002:training-job/churn"
    "lab-server" = ""                  # not of AWS: left out on purpose
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crossfoot.adapters.measured.texts import text_of
from crossfoot.domain.errors import ConfigurationError

LIST_NAME: Final = "resources.toml"
LEFT_OUT: Final = ""
"""What stands for a machine that is not of AWS."""

_SEE_DOCS: Final = "See docs/field-inputs.md."
_INSTANCE: Final = re.compile(r"(?<![a-z0-9-])i-(?:[0-9a-f]{17,}|[0-9a-f]{8})(?![0-9a-z])")
_ARN: Final = re.compile(r"arn:aws[a-z-]*:\S+")
_PORT: Final = re.compile(r":[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class ResourceNames:
    """The user's list, and the zone of instants that have none."""

    resources: Mapping[str, str]
    zone: tzinfo

    def resource_of(self, names: Sequence[str]) -> tuple[str, str] | None:
        """Return the resource that a machine is, and the name that told it; None where none does.

        The resource is ``LEFT_OUT`` where it is not of AWS. The user's list goes before what stands
        in a name, and an earlier name before a later one.
        """
        spelled = [spelling for name in names for spelling in _spellings(name)]
        for name in spelled:
            if name in self.resources:
                return self.resources[name], name
        told = ((found, name) for name in spelled if (found := _resource_in(name)))
        return next(told, None)


def list_beside(path: Path) -> Path | None:
    """Return the user's list in a folder of measurements, or beside a file; None where none is."""
    folder = path if path.is_dir() else path.parent
    found = folder / LIST_NAME
    return found if found.is_file() else None


def read_resource_names(path: Path) -> ResourceNames:
    """Return the list that goes with a file or folder of measurements; an empty one without it.

    Raises
    ------
    ConfigurationError
        If the list is not TOML, or holds something that is not known.
    """
    found = list_beside(path)
    if found is None:
        return ResourceNames({}, UTC)
    try:
        document = tomllib.loads(text_of(found))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(
            f"is not TOML ({error}).", mend=_SEE_DOCS, file=str(found)
        ) from error
    unknown = sorted(set(document) - {"timezone", "resources"})
    if unknown:
        raise _mistake(found, f"has a key {unknown[0]!r} that is not known.")
    return ResourceNames(_resources(document, found), _zone(document, found))


def _resources(document: Mapping[str, Any], file: Path) -> Mapping[str, str]:
    listed = document.get("resources", {})
    if not isinstance(listed, dict) or not all(isinstance(it, str) for it in listed.values()):
        raise _mistake(file, "resources has to be a table of names and resource ids, as texts.")
    return listed


def _zone(document: Mapping[str, Any], file: Path) -> tzinfo:
    name = document.get("timezone", "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise _mistake(file, f"timezone {name!r} is not known.") from error


def _mistake(file: Path, problem: str) -> ConfigurationError:
    return ConfigurationError(problem, mend=_SEE_DOCS, file=str(file))


def _spellings(name: str) -> tuple[str, ...]:
    """Return a name, and without the port of a scraped address."""
    text = name.strip()
    bare = _PORT.sub("", text) if text.count(":") == 1 else text
    return tuple(dict.fromkeys(each for each in (text, bare) if each))


def _resource_in(name: str) -> str | None:
    if _ARN.fullmatch(name):
        return name
    found = _INSTANCE.search(name)
    return None if found is None else found.group()
