"""The usage models: their grammar, their tables, and how much of a bill they reach."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from crossfoot.engine.classification import ClassifiedKind, UsageKind, classify
from crossfoot.engine.machines_estimated import Basis, machine_of
from crossfoot.engine.usage_models import (
    CARRIED,
    COST,
    ModelKind,
    UsageModel,
    part_in,
    recipe_of,
    usage_model,
)
from crossfoot.factors.services import Architecture, compute_units, storages, transfers
from crossfoot.factors.tokens import Basis as TokenBasis
from crossfoot.factors.tokens import billed_model
from crossfoot.factors.usage_rules import usage_rules

REPOSITORY = Path(__file__).parents[2]
GOLDEN = REPOSITORY / "tests" / "golden" / "usage_lines.csv"
FOCUS = REPOSITORY.parent / "shared" / "samples" / "focus-1.0_focus_sample.csv"

PARTS: Mapping[ModelKind, Sequence[str]] = {
    ModelKind.VCPU: [str(architecture) for architecture in Architecture],
    ModelKind.FUNCTION: [str(architecture) for architecture in Architecture],
    ModelKind.UNIT: compute_units(),
    ModelKind.STORAGE: storages().names,
    ModelKind.TRANSFER: transfers(),
}
"""What may stand after the colon of a recipe; nothing where a kind is not listed."""


def model_of(cell: str, text: str, unit: str | None) -> UsageModel:
    """Return the model of a recipe for a text."""
    recipe = recipe_of(cell)
    return usage_model(recipe, part_in(recipe, text), unit)[0]


def standing(kind: ClassifiedKind) -> str:
    """Return how a kind is counted: by a model of its hardware, by cost, or by other lines."""
    return kind.model.name if kind.model in (COST, CARRIED) else "physical"


def shares(kinds: Sequence[ClassifiedKind], weights: Sequence[float]) -> dict[str, float]:
    """Return the share of the weights by standing."""
    sums: defaultdict[str, float] = defaultdict(float)
    for kind, weight in zip(kinds, weights, strict=True):
        sums[standing(kind)] += weight
    return {name: total / sum(weights) for name, total in sums.items()}


def test_every_recipe_names_what_the_factor_set_knows() -> None:
    """No rule asks for a class of storage, a unit, a way or a processor that is not there."""
    for rule in usage_rules():
        recipe = recipe_of(rule.usage_model)
        assert recipe.times > 0
        assert recipe.part in PARTS.get(recipe.kind, [""]), rule.rule_id


def test_every_class_unit_and_way_has_a_rule() -> None:
    """A factor that no usage reaches would be of no use."""
    asked = {(recipe.kind, recipe.part) for recipe in map(recipe_of, _cells())}
    known = {(kind, part) for kind, parts in PARTS.items() for part in parts}

    assert known - asked == set()
    assert {kind for kind, _ in asked} == set(ModelKind)


def _cells() -> list[str]:
    return [rule.usage_model for rule in usage_rules()]


@pytest.mark.parametrize("cell", ["", "Machine", "storage:", "machine*", "machine*-1", "a b", "x"])
def test_a_recipe_outside_the_grammar_is_refused(cell: str) -> None:
    """A slip in the table is met when it is read, not in a figure."""
    with pytest.raises(ValueError, match=r"usage model|ModelKind"):
        recipe_of(cell)


@pytest.mark.parametrize(
    ("cell", "text", "unit", "model"),
    [
        ("machine", "BoxUsage:m5.large", "Hrs", UsageModel("machine:m5.large", "machine-hours", 1)),
        (
            "machine*2",
            "Multi-AZUsage:db.r6g.xlarge",
            "Hrs",
            UsageModel("machine:r6g.xlarge", "machine-hours", 2),
        ),
        (
            "reserved",
            "UnusedBox:c5.large",
            "Minutes",
            UsageModel("reserved:c5.large", "machine-hours", 1 / 60),
        ),
        ("host", "HostUsage:m5", "Hrs", UsageModel("host:m5", "host-hours", 1)),
        ("vcpu:arm", "", "hours", UsageModel("vcpu:arm", "vcpu-hours", 1)),
        ("memory", "", "GB-Hours", UsageModel("memory", "gb-hours", 1)),
        (
            "function:x86",
            "",
            "Lambda-GB-Second",
            UsageModel("function:x86", "gb-hours", 1 / 3600),
        ),
        ("unit:glue-dpu", "", "DPU-Hour", UsageModel("unit:glue-dpu", "unit-hours", 1)),
        ("storage:ebs-gp3", "", "GB-Mo", UsageModel("storage:ebs-gp3", "gb-months", 1)),
        ("transfer:cdn", "", "TB", UsageModel("transfer:cdn", "gb", 1000)),
        (
            "tokens-out",
            "MistralLarge-output-tokens",
            "1K tokens",
            UsageModel("tokens-out:MistralLarge", "kilotokens", 1),
        ),
        ("cost", "BoxUsage:m5.large", "Hrs", UsageModel("cost", None, 0)),
        ("carried", "", "IOPS-Mo", UsageModel("carried", None, 0)),
    ],
)
def test_each_kind_of_model_by_hand(cell: str, text: str, unit: str, model: UsageModel) -> None:
    """Name, unit and amount of each kind in the grammar."""
    found = model_of(cell, text, unit)

    assert (found.name, found.unit) == (model.name, model.unit)
    assert found.units_per_usage == pytest.approx(model.units_per_usage, rel=1e-12)


def test_a_missing_unit_is_the_models_own() -> None:
    """The usage type already says what is counted."""
    assert model_of("storage:ebs-gp3", "", None).units_per_usage == 1.0
    assert model_of("function:x86", "", None).units_per_usage == pytest.approx(1 / 3600)


def test_a_unit_that_does_not_fit_leaves_the_line_to_its_cost() -> None:
    """Nothing is guessed, and the reason tells."""
    model, note = usage_model(recipe_of("storage:ebs-gp3"), "", "Requests")

    assert model is COST
    assert note == "unit Requests does not fit gb-months, so cost stands for it"


def test_a_machine_that_cannot_be_read_is_named_as_such() -> None:
    """The estimate then takes a usual machine, and says that no type was read."""
    unread = model_of("machine", "BoxUsage:strange", "Hrs")

    assert unread.name == "machine:unknown"
    assert machine_of(unread.name.partition(":")[2]).basis is Basis.UNREADABLE
    assert model_of("host", "HostUsage:zz9", "Hrs").name == "host:unknown"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("MistralLarge-input-tokens", "MistralLarge"),
        ("ClaudeSonnet4.5-cache-read-input-token-count", "ClaudeSonnet4.5"),
        ("TitanEmbeddingG1-Text-input-tokens", "TitanEmbeddingG1-Text"),
        ("$0.024 per 1K output tokens for Mistral Large", "mistral-large-latest"),
        ("UnheardOf9-input-tokens", "default"),
        ("", "default"),
    ],
)
def test_a_label_of_tokens_leads_to_the_model_that_its_text_names(text: str, label: str) -> None:
    """The label is short, and the factor set reads the same model from it as from the text."""
    assert part_in(recipe_of("tokens-in"), text) == label
    assert billed_model(label).model == billed_model(text).model
    assert (billed_model(label).basis is TokenBasis.UNKNOWN) is (label == "default")


def test_most_of_the_golden_lines_have_a_model_of_their_hardware() -> None:
    """More than half of the kinds of usage, and every standing is met."""
    with GOLDEN.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    names = ("product_code", "usage_type", "operation", "unit", "description")
    kinds = classify([UsageKind(*(line[name] or None for name in names)) for line in lines])

    found = shares(kinds, [1.0] * len(kinds))
    assert set(found) == {"physical", "cost", "carried"}
    assert found["physical"] > 0.6


def test_nine_tenths_of_a_real_bill_have_a_model_of_their_hardware() -> None:
    """By on-demand cost of the public FOCUS sample; the rest is carried, and little is proxy."""
    if not FOCUS.is_file():
        pytest.skip("focus-1.0_focus_sample.csv is not beside the repository")
    with FOCUS.open(newline="", encoding="utf-8") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["ProviderName"] == "AWS"
            and row["PublisherName"].startswith("Amazon Web Services")
            and row["ChargeCategory"] == "Usage"
        ]
    kinds = classify(
        [
            UsageKind(row["ServiceName"], None, None, row["ConsumedUnit"], row["ChargeDescription"])
            for row in rows
        ]
    )

    found = shares(kinds, [float(row["ListCost"]) for row in rows])
    assert found["physical"] > 0.9
    assert found["cost"] < 0.03
