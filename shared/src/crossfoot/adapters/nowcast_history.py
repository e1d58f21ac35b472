"""What a warehouse remembers for a nowcast."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from crossfoot.adapters import history_sql
from crossfoot.adapters.history_tables import history_of
from crossfoot.adapters.warehouse_query import QuerySession
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.domain.versions import ModelVersion
from crossfoot.usecases.carbon_history import CarbonHistory


def read_history(session: QuerySession, silent: Mapping[UsagePeriod, pa.Table]) -> CarbonHistory:
    """Read every delivery and all usage of a snapshot, beside the usage of silent months.

    Parameters
    ----------
    session : QuerySession
        An open session.
    silent : mapping of UsagePeriod to pyarrow.Table
        As ``UsageRollup.cell_weights`` returns it.
    """
    labels = [_label(row) for row in session.rows(history_sql.LABELS)]
    figures = session.arrow(history_sql.FIGURES)
    return history_of(labels, figures, session.arrow(history_sql.usage_of_months()), silent)


def _label(row: Mapping[str, Any]) -> DeliveryLabel:
    return DeliveryLabel(
        str(row["delivery_id"]),
        UsagePeriod(str(row["usage_period"])),
        ModelVersion(str(row["model_version"])),
        row["delivered_at"],
        str(row["payer_account_id"]),
    )
