"""Taking hold of MiniStack's inner parts, loudly: an upgrade that moved one stops the start."""

from collections.abc import Callable, MutableMapping
from importlib.metadata import version
from types import ModuleType
from typing import Any, Final

TESTED_VERSION: Final = "1.5.33"

type Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


class HookMissingError(RuntimeError):
    """A part of MiniStack that a hook needs is no longer where it was."""


def require_version() -> None:
    """Refuse any other version than the one that the hooks were written against."""
    found = version("ministack")
    if found != TESTED_VERSION:
        raise HookMissingError(f"the hooks know ministack {TESTED_VERSION}, found {found}")


def part(module: ModuleType, name: str) -> Any:
    """Return a part of a module that must be there."""
    if not hasattr(module, name):
        raise HookMissingError(f"{module.__name__} has no {name} any more")
    return getattr(module, name)


def wrap(module: ModuleType, name: str, wrapper: Wrapper) -> None:
    """Replace a function by what ``wrapper`` makes of it."""
    setattr(module, name, wrapper(part(module, name)))


def replace(module: ModuleType, name: str, value: Any) -> None:
    """Replace a part that must be there."""
    part(module, name)
    setattr(module, name, value)


def replace_text(module: ModuleType, name: str, old: str, new: str) -> None:
    """Replace a passage of a text that must hold it exactly once."""
    text = part(module, name)
    if text.count(old) != 1:
        raise HookMissingError(f"{module.__name__}.{name} holds {old!r} {text.count(old)} times")
    setattr(module, name, text.replace(old, new))


def add(registry: MutableMapping[str, Any], key: str, value: Any) -> None:
    """Add what MiniStack lacks; what it has learnt since is not overlaid unseen."""
    if key in registry:
        raise HookMissingError(f"{key} is there already: remove our own")
    registry[key] = value
