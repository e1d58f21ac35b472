"""Tokens of language models: what a thousand take, and which model a bill's label names.

Energy of tokens is at the meter of the site: its PUE is inside and is never applied again
(``Boundary.USE_WITH_SITE``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from crossfoot.factors.factor import Factor, combined, factor_of, factors_of
from crossfoot.factors.reading import rows_of
from crossfoot.factors.services import Embodied

DEFAULT_MODEL: Final = "default"
_NOT_IN_A_NAME: Final = re.compile(r"[^a-z0-9+]+")


class Basis(StrEnum):
    """How near the figures are to the model that was billed."""

    SAME = "same"
    """Its own."""
    NEAR = "near"
    """Those of another model of its family and size."""
    CLASS = "class"
    """Those of models of its size."""
    UNKNOWN = "unknown"
    """Nothing is known of it: the default's, with the widest range."""


@dataclass(frozen=True, slots=True)
class BilledModel:
    """The model whose figures a label has; every basis but ``same`` is an estimate to mark."""

    model: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class TokenFactors:
    """A thousand tokens that come out, and a thousand that go in."""

    model: str
    output_energy_wh: Factor
    output_embodied: Embodied
    input_energy_wh: Factor
    input_embodied: Embodied


@cache
def tokens(model: str) -> TokenFactors:
    """Return the factors of a model per 1,000 tokens.

    Raises
    ------
    UnknownFactorError
        If there is no such model; ``billed_model`` always gives one that there is.
    """
    energy = factor_of("tokens", model, "output-energy")
    out = Embodied.of("tokens", model, "output-embodied")
    return TokenFactors(
        model=model,
        output_energy_wh=energy,
        output_embodied=out,
        input_energy_wh=_going_in(energy),
        input_embodied=Embodied(
            gwp_kgco2e=_going_in(out.gwp_kgco2e),
            pe_mj=_going_in(out.pe_mj),
            adp_kgsbeq=_going_in(out.adp_kgsbeq),
        ),
    )


def token_models() -> tuple[str, ...]:
    """Return the names of the models, classes and the default among them."""
    return tuple(model for model, quantity in factors_of("tokens") if quantity == "output-energy")


@cache
def billed_model(text: str) -> BilledModel:
    """Return the model that a usage type, a model id or a product name tells of.

    The longest label within the text decides; case, dots and dashes do not count.

    Parameters
    ----------
    text : str
        Such as ``EUW2-MistralLarge-output-tokens``, ``anthropic.claude-3-haiku-20240307-v1:0`` or
        ``Claude Sonnet 4.5 (Amazon Bedrock Edition)``.
    """
    folded = _folded(text)
    within = [label for label in _labels() if label in folded]
    if not within:
        return BilledModel(DEFAULT_MODEL, Basis.UNKNOWN)
    return _labels()[max(within, key=len)]


@cache
def _labels() -> Mapping[str, BilledModel]:
    models = {_folded(model): BilledModel(model, Basis.SAME) for model in token_models()}
    del models[DEFAULT_MODEL]
    billed = {
        _folded(row["label"]): BilledModel(row["model"], Basis(row["basis"]))
        for row in rows_of("token_labels.csv")
    }
    return {**models, **billed}


def _folded(text: str) -> str:
    return _NOT_IN_A_NAME.sub("", text.lower())


def _going_in(out: Factor) -> Factor:
    share = factor_of("tokens", "input", "share-of-output")
    identity = out.id.replace("/output-", "/input-")
    return combined(identity, unit=out.unit, times=(out, share))
