"""Rows of the table of tokens: what a language model takes per thousand, and how it is billed.

EcoLogits counts the whole request on the tokens that come out; energy holds the site's overhead.
"""

import re
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from factor_rows import Origin, Row, read_cells, world_row, write_cells, write_table
from hardware import SERVER
from token_labels import LABELS

SOURCE: Final = "EcoLogits public API v1beta of 2026-04-30, as listed by spruce 8840d3c"
NO_HARDWARE: Final = 1e-8
"""kg CO2e per 1,000 tokens: below, the source has lost the hardware (all its open models have)."""
DOUBT_OPEN: Final = 2.0
"""Either way, where the size of a model is published."""
DOUBT_CLOSED: Final = 3.0
"""Either way, where it is guessed."""
INPUT: Final = (0.1, 0.02, 0.25)
"""Part of an output token's impact that an input token has: it is read in parallel."""

_SERVED: Final = {
    "anthropic": r".*",
    "cohere": r"command-.*",
    "mistralai": r"(codestral|magistral|ministral|mistral|open-mistral|pixtral|devstral).*",
    "huggingface_hub": r"(meta-llama/(Meta-)?Llama-[23]|mistralai/Mi|openai/gpt-oss|google/gemma-3)"
    r".*",
    "google_genai": r"gemma-3.*",
}
"""Families of models that Bedrock has served, by EcoLogits' names."""


class _Model(NamedTuple):
    name: str
    energy_wh: float
    gwp: float
    adp: float
    is_open: bool
    is_rated: bool


def build(reference: Path, folder: Path) -> None:
    """Write the factors of tokens, and the labels of models."""
    models = _models(reference / "spruce" / "coefficients.csv")
    write_table(folder, "tokens.csv", _rows(models))
    own = [
        [row["label"], row["model_name"], "same", "spruce 8840d3c, mapping.csv"]
        for row in read_cells(reference / "spruce" / "mapping.csv")
    ]
    ours = [[label, model, basis, "AWS Bedrock model names"] for label, model, basis in LABELS]
    write_cells(folder / "token_labels.csv", ["label", "model", "basis", "source"], own + ours)


def _models(path: Path) -> list[_Model]:
    rows = [
        row
        for row in read_cells(path)
        if re.fullmatch(_SERVED.get(row["provider"], r"(?!)"), row["model_name"])
    ]
    rated = [row for row in rows if float(row["gwp_embodied_kgco2eq"]) > NO_HARDWARE]
    per_kwh = statistics.median(
        float(row["gwp_embodied_kgco2eq"]) / float(row["energy_kwh"]) for row in rated
    )
    minerals = statistics.median(
        float(row["adpe_embodied_kgsbeq"]) / float(row["gwp_embodied_kgco2eq"]) for row in rated
    )
    found: dict[str, _Model] = {}
    for row in rows:
        kwh, is_rated = float(row["energy_kwh"]), row in rated
        gwp = float(row["gwp_embodied_kgco2eq"]) if is_rated else kwh * per_kwh
        adp = float(row["adpe_embodied_kgsbeq"]) if is_rated else gwp * minerals
        is_open = row["provider"] in {"huggingface_hub", "google_genai"}
        name = row["model_name"]
        found[name] = _Model(name, 1000 * kwh, gwp, adp, is_open, is_rated)
    return list(found.values())


def _rows(models: Sequence[_Model]) -> Iterator[Row]:
    assumed = Origin(_ASSUMED, "own assumption", 2026)
    yield world_row("input", "share-of-output", INPUT, ("share", "count"), assumed)
    for model in models:
        doubt = DOUBT_OPEN if model.is_open else DOUBT_CLOSED
        yield from _model_rows(model, doubt)
    by_energy = sorted(models, key=lambda model: model.energy_wh)
    third = len(by_energy) // 3
    for name, part in (
        ("class-small", by_energy[:third]),
        ("class-medium", by_energy[third:-third]),
        ("class-large", by_energy[-third:]),
    ):
        yield from _class_rows(name, part, part)
    # A model that nobody has listed is likely a new, large one.
    yield from _class_rows("default", by_energy[-third:], by_energy)


_ASSUMED: Final = (
    "own assumption: price lists sell input at a fifth of output, and prompts are read in parallel"
)


def _model_rows(model: _Model, doubt: float) -> Iterator[Row]:
    rated = "" if model.is_rated else "; hardware lost in the source: median per kWh of its others"
    ratio = SERVER["whole"]["value"].pe / SERVER["whole"]["value"].gwp
    for quantity, value, unit, boundary, more in (
        ("output-energy", model.energy_wh, "Wh", "use-with-site", ""),
        ("output-embodied-gwp", model.gwp, "kgCO2e", "embodied", rated),
        ("output-embodied-adp", model.adp, "kgSbe", "embodied", rated),
        ("output-embodied-pe", model.gwp * ratio, "MJ", "embodied", f"{rated}; as a server's"),
    ):
        bounded = (value, value / doubt, value * doubt)
        origin = Origin(f"{SOURCE}{more}; range our assumption", "Apache-2.0", 2026)
        yield world_row(model.name, quantity, bounded, (f"{unit}/1000 tokens", boundary), origin)


def _class_rows(name: str, middle: Sequence[_Model], whole: Sequence[_Model]) -> Iterator[Row]:
    """Median of some models, range of these or of more."""
    ratio = SERVER["whole"]["value"].pe / SERVER["whole"]["value"].gwp
    for quantity, field, scale, unit, boundary in (
        ("output-energy", "energy_wh", 1.0, "Wh", "use-with-site"),
        ("output-embodied-gwp", "gwp", 1.0, "kgCO2e", "embodied"),
        ("output-embodied-adp", "adp", 1.0, "kgSbe", "embodied"),
        ("output-embodied-pe", "gwp", ratio, "MJ", "embodied"),
    ):
        values = [scale * getattr(model, field) for model in whole]
        bounded = (
            statistics.median(scale * getattr(model, field) for model in middle),
            min(values) / DOUBT_CLOSED,
            max(values) * DOUBT_CLOSED,
        )
        text = f"{SOURCE}; median of {len(middle)} models, range of {len(whole)}"
        origin = Origin(text, "Apache-2.0", 2026)
        yield world_row(name, quantity, bounded, (f"{unit}/1000 tokens", boundary), origin)
