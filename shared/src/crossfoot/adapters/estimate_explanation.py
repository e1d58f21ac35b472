"""The estimate beside a figure: what it came to, from which models and loads, by which factors."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

from crossfoot.adapters.warehouse_query import QuerySession
from crossfoot.domain.errors import UnknownFactorError
from crossfoot.domain.impacts import BOUNDS, CRITERIA, IDLE_CRITERIA, UNITS
from crossfoot.engine.model_factors import factors_of_model, factors_of_place
from crossfoot.factors.factor import Factor

_SHOWN: Final = 50
_SEPARATOR: Final = ", "
"""Between the models of a row that has several."""
_NAMES: Final = ("value", "low", "high")
_SHORTEST_RATIO: Final = Decimal("0.001")

_WHERE: Final = (
    "usage_period = $period AND usage_account_id = $account "
    "AND ($resource IS NULL OR resource_id = $resource)"
)
_SUMS: Final = ", ".join(
    [f"sum({criterion}{bound}) AS {criterion}{bound}" for criterion in CRITERIA for bound in BOUNDS]
    + [f"sum(idle_{each}) AS idle_{each}" for each in IDLE_CRITERIA]
)
_PLACE: Final = "region_code, carbon_service, service_code, resource_id, usage_family"

_WHOLE: Final = f"""
    SELECT count(*) AS n_rows, any_value(factor_set) AS factor_set, {_SUMS},
        sum(modelled_energy_kwh) AS modelled_energy_kwh
    FROM impacts WHERE {_WHERE}
"""

_ROWS: Final = f"""
    SELECT {_PLACE}, estimate_basis, estimate_models, cpu_load_percent, {_SUMS}
    FROM impacts WHERE {_WHERE}
    GROUP BY {_PLACE}, estimate_basis, estimate_models, cpu_load_percent
    ORDER BY sum(ghg_use_kgco2e + ghg_embodied_kgco2e) DESC NULLS LAST, {_PLACE}, estimate_basis,
        estimate_models, cpu_load_percent
    LIMIT {_SHOWN}
"""

_PARTS: Final = f"""
    SELECT {_PLACE}, model_name, model_unit, sum(model_amount) AS model_amount, cpu_load_percent,
        sum(measured_energy_kwh) AS measured_energy_kwh, sum(measured_hours) AS measured_hours,
        grid_g_per_kwh, sum(on_demand_cost) AS on_demand_cost
    FROM usage WHERE {_WHERE} AND model_name IS NOT NULL
    GROUP BY {_PLACE}, model_name, model_unit, cpu_load_percent, grid_g_per_kwh
    ORDER BY ALL LIMIT {_SHOWN}
"""


def explain_estimate(
    session: QuerySession, names: Mapping[str, str | None], reported_lbm_kgco2e: Decimal | None
) -> dict[str, Any]:
    """Return the estimate of what is explained as plain values; empty where there is none.

    Parameters
    ----------
    names : mapping
        ``period``, ``account`` and ``resource``, which may be None.
    reported_lbm_kgco2e : Decimal or None
        What AWS reported and the ledger placed there, location-based: the other side of the ratio.
    """
    ((whole),) = session.rows(_WHOLE, dict(names))
    if not whole["n_rows"]:
        return {}
    rows = session.rows(_ROWS, dict(names))
    models = _models_of(rows)
    regions = sorted({row["region_code"] for row in rows})
    return {
        "factor_set": whole["factor_set"],
        "figures": _figures_of(whole),
        "idle": {str(each): whole[f"idle_{each}"] for each in IDLE_CRITERIA},
        "modelled_energy_kwh": whole["modelled_energy_kwh"],
        "times_reported_lbm": _ratios(whole, reported_lbm_kgco2e),
        "rows": [_row_of(row) for row in rows],
        "parts": session.rows(_PARTS, dict(names)),
        "factors": {
            **{name: _told(_known_factors(name)) for name in models},
            **{name: _told(factors_of_place(name, _year_of(names))) for name in regions},
        },
    }


def _row_of(row: Mapping[str, Any]) -> dict[str, Any]:
    labels = (*_PLACE.split(", "), "estimate_basis", "estimate_models", "cpu_load_percent")
    idle = {f"idle_{each}": row[f"idle_{each}"] for each in IDLE_CRITERIA}
    return {**{name: row[name] for name in labels}, "figures": _figures_of(row), **idle}


def _figures_of(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(criterion): {
            **{
                name: row[f"{criterion}{bound}"] for name, bound in zip(_NAMES, BOUNDS, strict=True)
            },
            "unit": UNITS[criterion],
        }
        for criterion in CRITERIA
    }


def _ratios(whole: Mapping[str, Any], reported: Decimal | None) -> dict[str, Decimal] | None:
    """Return estimate over report; None where either is missing or AWS's figure is not positive."""
    totals = [
        None if use is None or embodied is None else use + embodied
        for use, embodied in (
            (whole[f"ghg_use_kgco2e{bound}"], whole[f"ghg_embodied_kgco2e{bound}"])
            for bound in BOUNDS
        )
    ]
    if reported is None or reported <= 0:
        return None
    return {
        name: max(total / reported, Decimal(0)).quantize(_SHORTEST_RATIO)
        for name, total in zip(_NAMES, totals, strict=True)
        if total is not None
    } or None


def _models_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    texts = (row["estimate_models"] for row in rows)
    return sorted({name for text in texts if text for name in text.split(_SEPARATOR)})


def _known_factors(model_name: str) -> tuple[Factor, ...]:
    """Return a model's factors; none where a factor set of another version knew the name."""
    try:
        return factors_of_model(model_name)
    except UnknownFactorError:
        return ()


def _told(factors: Iterable[Factor]) -> list[dict[str, Any]]:
    return [{**asdict(factor), "boundary": factor.boundary.value} for factor in factors]


def _year_of(names: Mapping[str, str | None]) -> int:
    return int((names["period"] or "")[:4])
