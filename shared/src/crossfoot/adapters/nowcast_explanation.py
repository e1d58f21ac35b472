"""What an explanation says of a month that AWS has not published: what was told, and from what."""

from collections.abc import Mapping
from typing import Any, Final

from crossfoot.adapters.warehouse_query import QuerySession
from crossfoot.domain.measures import TOTALS, column_of
from crossfoot.domain.nowcasts import LEVEL_MEANINGS, RANGE_PERCENT

_MEANINGS: Final = {level.text: meaning for level, meaning in LEVEL_MEANINGS.items()}
_SAID: Final = (
    "AWS has not published this month. The figures are a nowcast of ours, placed like AWS's; "
    f"the ranges are to hold {RANGE_PERCENT} % of what AWS publishes."
)
_TOTALS: Final = ", ".join(
    f"{column_of(total)}, {total}_low_kgco2e, {total}_high_kgco2e" for total in TOTALS
)
_WHOLE: Final = f"""
    SELECT record_id, recorded_at AS told_at, model_version, learnt_from, learnt_to, horizon,
        is_running, {_TOTALS}
    FROM nowcasts WHERE record_id = $nowcast AND grain = 'account' AND usage_account_id = $account
"""
_CELLS: Final = f"""
    SELECT region_code, carbon_service, nowcast_level, {_TOTALS}
    FROM nowcasts WHERE record_id = $nowcast AND grain = 'cell' AND usage_account_id = $account
    ORDER BY ALL
"""


def explain_nowcast(session: QuerySession, nowcast_id: str, account: str) -> dict[str, Any]:
    """Return what was told of an account, cell by cell, and what each figure is carried by."""
    asked = {"nowcast": nowcast_id, "account": account}
    whole = session.rows(_WHOLE, asked)
    return {
        "said": _SAID,
        # an account that has usage and no figure is in the ledger all the same
        **(whole[0] if whole else {"record_id": nowcast_id}),
        "cells": [_cell(row) for row in session.rows(_CELLS, asked)],
    }


def _cell(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "carried_by": _MEANINGS.get(row["nowcast_level"], row["nowcast_level"])}
