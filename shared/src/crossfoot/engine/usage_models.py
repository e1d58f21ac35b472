"""The usage model of a line: what stands for it in the estimate, and how much of that one unit is.

A rule of ``factors/usage_rules.csv`` names a recipe, such as ``machine*2`` or ``storage:ebs-gp3``;
the line's text fills in what the recipe leaves open. Names and their units:

| name | unit |
| --- | --- |
| ``machine:<type>``, ``reserved:<type>`` | machine-hours; ``reserved`` runs nothing |
| ``host:<family>`` | host-hours |
| ``vcpu:<x86 or arm>`` | vCPU-hours |
| ``memory`` | GB-hours |
| ``function:<x86 or arm>`` | GB-hours of memory, with the processor share that comes along |
| ``unit:<name>`` | unit-hours of ``serverless.csv`` |
| ``storage:<class>`` | GB-months of ``storage.csv`` |
| ``transfer:<way>`` | GB of ``network.csv`` |
| ``tokens-in:<label>``, ``tokens-out:<label>`` | kilotokens |
| ``cost`` | none: on-demand value stands for it |
| ``carried`` | none: other lines carry the hardware |
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from crossfoot.engine.instance_types import host_family_in, instance_type_in
from crossfoot.factors.tokens import DEFAULT_MODEL, Basis, billed_model
from crossfoot.factors.usage_rules import unit_ratio

UNKNOWN_MACHINE: Final = "unknown"
"""Stands where a type or family cannot be read: the estimate takes a usual one, and widens."""

SECONDS_PER_HOUR: Final = 3600


class ModelKind(StrEnum):
    """First word of a model's name."""

    MACHINE = "machine"
    RESERVED = "reserved"
    HOST = "host"
    VCPU = "vcpu"
    MEMORY = "memory"
    FUNCTION = "function"
    UNIT = "unit"
    STORAGE = "storage"
    TRANSFER = "transfer"
    TOKENS_IN = "tokens-in"
    TOKENS_OUT = "tokens-out"
    COST = "cost"
    CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class UsageModel:
    """What stands for a kind of usage.

    Parameters
    ----------
    name : str
        In the grammar above.
    unit : str or None
        What is counted, such as ``machine-hours``; ``None`` for ``cost`` and ``carried``.
    units_per_usage : float
        Model units in one unit of usage; 0 without a unit.
    """

    name: str
    unit: str | None
    units_per_usage: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """A cell of the column ``usage_model``: ``kind``, ``:part`` and ``*times``, both optional."""

    kind: ModelKind
    part: str
    times: float


COST: Final = UsageModel("cost", None, 0.0)
CARRIED: Final = UsageModel("carried", None, 0.0)

_RECIPE: Final = re.compile(
    r"(?P<kind>[a-z-]+)(?::(?P<part>[a-z0-9-]+))?(?:\*(?P<times>[0-9]+(?:\.[0-9]+)?))?"
)
_UNITS: Final = {
    ModelKind.MACHINE: "machine-hours",
    ModelKind.RESERVED: "machine-hours",
    ModelKind.HOST: "host-hours",
    ModelKind.VCPU: "vcpu-hours",
    ModelKind.MEMORY: "gb-hours",
    ModelKind.FUNCTION: "gb-hours",
    ModelKind.UNIT: "unit-hours",
    ModelKind.STORAGE: "gb-months",
    ModelKind.TRANSFER: "gb",
    ModelKind.TOKENS_IN: "kilotokens",
    ModelKind.TOKENS_OUT: "kilotokens",
}
_DIMENSIONS: Final = {
    ModelKind.MACHINE: "hours",
    ModelKind.RESERVED: "hours",
    ModelKind.HOST: "hours",
    # "seconds" of a function are GB-seconds, those of a container are hours of its gigabytes
    ModelKind.FUNCTION: "gb-seconds",
}
_NAMING_MACHINES: Final = (ModelKind.MACHINE, ModelKind.RESERVED)
_NAMING_TOKENS: Final = (ModelKind.TOKENS_IN, ModelKind.TOKENS_OUT)
_AFTER_LABEL: Final = re.compile(r"[-_: ]*(?:input|output|cache).*", re.ASCII | re.IGNORECASE)


@lru_cache(maxsize=1024)
def recipe_of(text: str) -> Recipe:
    """Return what a cell of the column ``usage_model`` says.

    Raises
    ------
    ValueError
        If the text is not in the grammar; the table's own tests rule that out.
    """
    match = _RECIPE.fullmatch(text)
    if match is None:
        raise ValueError(f"usage_rules.csv: {text!r} is no usage model")
    return Recipe(ModelKind(match["kind"]), match["part"] or "", float(match["times"] or 1))


def names_machine(recipe: Recipe) -> bool:
    """Whether the line's text names the machine."""
    return recipe.kind in _NAMING_MACHINES


def names_host(recipe: Recipe) -> bool:
    """Whether the line's text names the family of a whole server."""
    return recipe.kind is ModelKind.HOST


def part_in(recipe: Recipe, naming: str) -> str:
    """Return what a text adds to a recipe: a type, a family, a label; empty where nothing is open.

    Parameters
    ----------
    recipe : Recipe
    naming : str
        Usage type without its Region, and description.
    """
    if names_machine(recipe):
        return instance_type_in(naming)
    if names_host(recipe):
        return host_family_in(naming)
    return _label_in(naming) if recipe.kind in _NAMING_TOKENS else ""


def usage_model(recipe: Recipe, part: str, unit: str | None) -> tuple[UsageModel, str]:
    """Return the model of a kind of usage, and a note where its unit does not fit.

    Parameters
    ----------
    recipe : Recipe
    part : str
        As ``part_in`` gives it.
    unit : str or None
        As AWS writes it; a missing one is taken as the model's own.
    """
    if recipe.kind is ModelKind.CARRIED:
        return CARRIED, ""
    if recipe.kind is ModelKind.COST:
        return COST, ""
    ratio = unit_ratio(unit, _DIMENSIONS.get(recipe.kind, _UNITS[recipe.kind]))
    if ratio is None:
        return COST, f"unit {unit} does not fit {_UNITS[recipe.kind]}, so cost stands for it"
    if recipe.kind is ModelKind.FUNCTION:
        ratio /= SECONDS_PER_HOUR
    return UsageModel(_name(recipe, part), _UNITS[recipe.kind], recipe.times * float(ratio)), ""


def _name(recipe: Recipe, part: str) -> str:
    if names_machine(recipe) or names_host(recipe):
        return f"{recipe.kind}:{part or UNKNOWN_MACHINE}"
    word = part or recipe.part
    return f"{recipe.kind}:{word}" if word else str(recipe.kind)


def _label_in(naming: str) -> str:
    """Return what names the language model, as short as it can be; ``default`` where none is known.

    A usage type begins with the name; prose may have it anywhere.
    """
    start = _AFTER_LABEL.sub("", naming)
    if billed_model(start).basis is not Basis.UNKNOWN:
        return start
    within = billed_model(naming)
    return DEFAULT_MODEL if within.basis is Basis.UNKNOWN else within.model
