"""Which usage line belongs to which of AWS's buckets, and what weighs it there.

An ordered table of rules (``factors/usage_rules.csv``): the first that matches decides, the last
matches everything. Pure: nothing is read but the table, and no text makes it fail.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache, lru_cache
from typing import Final, NamedTuple

from crossfoot.engine.instance_types import NormalizedSize, size_of, size_of_host
from crossfoot.engine.usage_models import (
    Recipe,
    UsageModel,
    names_host,
    names_machine,
    part_in,
    recipe_of,
    usage_model,
)
from crossfoot.factors.usage_rules import (
    Driver,
    Placement,
    UsageRule,
    focus_product_codes,
    unit_ratio,
    usage_rules,
)

UNKNOWN_PRODUCT: Final = "Unknown"
"""Service code of a line that names none."""

MILLIS: Final = 1000
LONGEST_TEXT: Final = 500
"""Longer text is cut before it is matched; AWS's usage types stay under 100 characters."""

_DIMENSION: Final = {
    Driver.NORMALIZED_INSTANCE_HOURS: "hours",
    Driver.GB_MONTHS: "gb-months",
    Driver.GB_OUT: "gb",
}
_EDGES: Final = "US|EU|AP|JP|IN|SA|ZA|ME|CA|AU|NA|CN"
_PREFIX: Final = re.compile(
    # EUC1-, USE1WL1-, an edge, Global-, or a whole Region code; transfer types carry two
    rf"(?:(?:[A-Z]{{3,6}}[0-9]{{1,2}}(?:WL[0-9])?|{_EDGES}|[Gg]lobal"
    r"|[a-z]{2,4}(?:-(?:gov|iso[a-z]?|de))?-[a-z]+-[0-9])-){1,3}",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class UsageKind:
    """What distinguishes one kind of usage; ``None`` where the export has no such column.

    ``product_code`` is CUR's product code, or FOCUS's service name.
    """

    product_code: str | None
    usage_type: str | None
    operation: str | None
    unit: str | None
    description: str | None


@dataclass(frozen=True, slots=True)
class ClassifiedKind:
    """Where a kind of usage belongs, and what one unit of it weighs.

    Parameters
    ----------
    rule_id, reason : str
        The rule that decided, and why; with a note on whatever was assumed.
    carbon_service : str
        AWS's bucket: ``AmazonEC2``, ``AmazonS3``, ``AmazonCloudFront`` or ``Other``.
    driver_unit : str or None
        Unit of the bucket's physical key; ``None`` where this usage has none.
    driver_milli_per_unit : int
        Thousandths of the driver's unit in one unit of usage; 0 without a driver.
    is_global : bool
        Whether AWS reports such usage under Region ``global``.
    model : UsageModel
        What stands for this usage in the estimate.
    service_code : str
        CUR's product code; a name that the table does not know stays as it is.
    """

    rule_id: str
    carbon_service: str
    usage_family: str
    driver_unit: str | None
    driver_milli_per_unit: int
    is_global: bool
    model: UsageModel
    service_code: str
    reason: str


class _Texts(NamedTuple):
    """A kind as the patterns see it; empty where AWS left it out."""

    service_code: str
    usage_type: str
    operation: str
    unit: str
    description: str

    @property
    def naming(self) -> str:
        """What may name an instance type."""
        return f"{self.usage_type} {self.description}".strip()


def classify(kinds: Sequence[UsageKind]) -> list[ClassifiedKind]:
    """Classify kinds of usage, in their order.

    Kinds that differ in the Region only are decided once. Never raises, whatever the text.
    """
    decided: dict[tuple[_Texts, bool], ClassifiedKind] = {}
    classified = []
    for kind in kinds:
        texts, is_prefixed_global = _texts_of(kind)
        key = texts, is_prefixed_global
        if key not in decided:
            decided[key] = _classified(texts, is_prefixed_global=is_prefixed_global)
        classified.append(decided[key])
    return classified


def strip_region(usage_type: str) -> str:
    """Return a usage type without its Region or edge, where it has one."""
    match = _PREFIX.match(usage_type)
    return usage_type if match is None else usage_type[match.end() :] or usage_type


def _texts_of(kind: UsageKind) -> tuple[_Texts, bool]:
    product = (kind.product_code or "").strip()
    usage_type = (kind.usage_type or "")[:LONGEST_TEXT].strip()
    texts = _Texts(
        service_code=focus_product_codes().get(product, product) or UNKNOWN_PRODUCT,
        usage_type=strip_region(usage_type),
        operation=(kind.operation or "")[:LONGEST_TEXT],
        unit=(kind.unit or "")[:LONGEST_TEXT],
        description=(kind.description or "")[:LONGEST_TEXT],
    )
    return texts, usage_type.lower().startswith("global-")


def _classified(texts: _Texts, *, is_prefixed_global: bool) -> ClassifiedKind:
    rule = _first_rule(texts)
    part = part_in(recipe_of(rule.usage_model), texts.naming)
    weight = _weight_of(rule.rule_id, part, texts.unit)
    is_global = rule.placement is Placement.GLOBAL or (
        rule.placement is Placement.PREFIX and is_prefixed_global
    )
    return ClassifiedKind(
        rule_id=rule.rule_id,
        carbon_service=rule.carbon_service,
        usage_family=rule.usage_family,
        driver_unit=weight.driver_unit,
        driver_milli_per_unit=weight.driver_milli,
        is_global=is_global,
        model=weight.model,
        service_code=texts.service_code,
        reason=weight.reason,
    )


def _first_rule(texts: _Texts) -> UsageRule:
    lowered = tuple(text.lower() for text in texts)
    for rule, patterns in _candidates(texts.service_code, tuple(map(bool, texts))):
        for position, pattern in patterns:
            if pattern.fullmatch(lowered[position]) is None:
                break
        else:
            return rule
    raise LookupError("usage_rules.csv: the last rule must match everything")


@dataclass(frozen=True, slots=True)
class _Weight:
    driver_unit: str | None
    driver_milli: int
    model: UsageModel
    reason: str


@lru_cache(maxsize=16384)
def _weight_of(rule_id: str, part: str, unit: str) -> _Weight:
    """Return what weighs usage under a rule; ``part`` is what its text named."""
    rule = _rules_by_id()[rule_id]
    recipe = recipe_of(rule.usage_model)
    size = _size(recipe, part)
    milli, driver_note = _driver_milli(rule.driver, size, unit)
    model, model_note = usage_model(recipe, part, unit)
    notes = (size.note if _names_size(recipe) else "", driver_note, model_note)
    return _Weight(
        driver_unit=str(rule.driver) if milli else None,
        driver_milli=milli,
        model=model,
        reason=" ".join((rule.reason, *(f"({text})" for text in notes if text))),
    )


def _names_size(recipe: Recipe) -> bool:
    return names_machine(recipe) or names_host(recipe)


def _size(recipe: Recipe, part: str) -> NormalizedSize:
    """Return the size of the machine that a recipe is of; the default one where it is of none."""
    return (
        size_of_host(part) if names_host(recipe) else size_of(part if names_machine(recipe) else "")
    )


def _driver_milli(driver: Driver, size: NormalizedSize, unit: str) -> tuple[int, str]:
    """Thousandths of the driver per unit, and a note; at least 1, so that no usage is lost."""
    if driver is Driver.NONE:
        return 0, ""
    ratio = unit_ratio(unit, _DIMENSION[driver])
    if ratio is None:
        return 0, f"unit {unit} does not fit {driver}, so it has no driver"
    units = size.units if driver is Driver.NORMALIZED_INSTANCE_HOURS else 1.0
    note = "" if unit else f"unit missing, {_DIMENSION[driver]} assumed"
    return max(1, round(units * MILLIS * float(ratio))), note


type _Patterns = tuple[tuple[int, re.Pattern[str]], ...]
"""Position in ``_Texts``, and what must match there."""


@lru_cache(maxsize=1024)
def _candidates(
    service_code: str, present: tuple[bool, ...]
) -> tuple[tuple[UsageRule, _Patterns], ...]:
    """Rules that can match at all: of this service, and asking nothing of a missing text."""
    service = service_code[:LONGEST_TEXT].lower()
    return tuple(
        (rule, patterns)
        for rule, product, patterns in _compiled_rules()
        if (product is None or product.fullmatch(service))
        and all(present[position] for position, _ in patterns)
    )


@cache
def _compiled_rules() -> tuple[tuple[UsageRule, re.Pattern[str] | None, _Patterns], ...]:
    return tuple((rule, _compiled(rule.product_code), _patterns(rule)) for rule in usage_rules())


@cache
def _rules_by_id() -> Mapping[str, UsageRule]:
    return {rule.rule_id: rule for rule in usage_rules()}


def _patterns(rule: UsageRule) -> _Patterns:
    globs = (rule.usage_type, rule.operation, rule.unit, rule.description)
    compiled = ((position, _compiled(glob)) for position, glob in enumerate(globs, start=1))
    return tuple((position, pattern) for position, pattern in compiled if pattern is not None)


def _compiled(glob: str) -> re.Pattern[str] | None:
    """Compile alternatives of globs; ``None`` asks nothing. fnmatch's form cannot backtrack."""
    if not glob:
        return None
    return re.compile("|".join(translate(part) for part in glob.lower().split("|")))
