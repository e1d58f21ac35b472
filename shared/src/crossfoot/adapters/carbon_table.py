"""AWS's rows as the table ``carbon_reported``, and back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from crossfoot.adapters.arrow_decimals import decimal_from_int64, int64_from_decimal
from crossfoot.domain.cells import texts
from crossfoot.domain.measures import MEASURES, column_of
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery, DeliveryLabel, ReportedCarbon, SourceFile
from crossfoot.domain.versions import ModelVersion


def carbon_table(delivery: CarbonDelivery) -> pa.Table:
    """Return a delivery as rows of ``carbon_reported``."""
    rows = delivery.rows
    n = rows.n_rows
    files = pa.array(rows.source_file)
    columns = {
        "usage_period": pa.repeat(delivery.usage_period.text, n),
        "delivery_id": pa.repeat(delivery.delivery_id, n),
        "delivered_at": pa.repeat(
            pa.scalar(delivery.delivered_at.astimezone(UTC), pa.timestamp("us", tz="UTC")), n
        ),
        "model_version": pa.repeat(delivery.model_version.text, n),
        "payer_account_id": pa.repeat(delivery.payer_account_id, n),
        "usage_account_id": pa.array(rows.usage_account_id, pa.string()),
        "region_code": pa.array(rows.region, pa.string()),
        "location": pa.array(rows.location, pa.string()),
        "product_code": pa.array(rows.product_code, pa.string()),
        "carbon_service": pa.array(rows.carbon_service, pa.string()),
        "last_refresh_timestamp": pa.array(rows.last_refresh.astype("datetime64[us]")).cast(
            pa.timestamp("us", tz="UTC")
        ),
        "source_path": pa.array([file.path for file in delivery.files], pa.string()).take(files),
        "source_sha256": pa.array([f.sha256 for f in delivery.files], pa.string()).take(files),
        "source_row": pa.array(rows.source_row),
    }
    for index, measure in enumerate(MEASURES):
        columns[column_of(measure)] = decimal_from_int64(
            rows.amount_ug[index], ~rows.is_reported[index]
        )
    return pa.table(columns)


def read_carbon_table(
    files: Sequence[Path], delivery_id: str, description: Mapping[str, Any]
) -> CarbonDelivery:
    """Return the delivery that ``carbon_table`` wrote.

    ``description`` is what the delivery's manifest says of it; an empty delivery has no rows to
    tell its period, version, payer and time.
    """
    table = pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])
    table = table.combine_chunks()
    sources = [SourceFile(**file) for file in description["files_read"]]
    place = {(source.path, source.sha256): index for index, source in enumerate(sources)}
    keys = zip(table["source_path"].to_pylist(), table["source_sha256"].to_pylist(), strict=True)
    amounts = [int64_from_decimal(table[column_of(measure)]) for measure in MEASURES]
    reported = [np.asarray(table[column_of(m)].is_valid()).astype(np.bool_) for m in MEASURES]
    rows = ReportedCarbon(
        usage_account_id=texts(table["usage_account_id"].to_pylist()),
        region_code=texts(table["region_code"].to_pylist()),
        location=texts(table["location"].to_pylist()),
        product_code=texts(table["product_code"].to_pylist()),
        carbon_service=texts(table["carbon_service"].to_pylist()),
        region=texts(table["region_code"].to_pylist()),
        amount_ug=np.vstack(amounts),
        is_reported=np.vstack(reported),
        last_refresh=np.asarray(
            table["last_refresh_timestamp"].cast(pa.timestamp("us")), dtype="datetime64[us]"
        ),
        source_file=np.fromiter((place[key] for key in keys), np.int64, table.num_rows),
        source_row=np.asarray(table["source_row"], dtype=np.int64),
    )
    label = label_of(delivery_id, description)
    return CarbonDelivery(
        delivery_id=label.delivery_id,
        usage_period=label.usage_period,
        model_version=label.model_version,
        delivered_at=label.delivered_at,
        payer_account_id=label.payer_account_id,
        files=tuple(sources),
        rows=rows,
    )


def label_of(delivery_id: str, description: Mapping[str, Any]) -> DeliveryLabel:
    """Return the label of a delivery from its manifest, without reading its rows."""
    return DeliveryLabel(
        delivery_id=delivery_id,
        usage_period=UsagePeriod(description["usage_period"]),
        model_version=ModelVersion(description["model_version"]),
        delivered_at=datetime.fromisoformat(description["delivered_at"]),
        payer_account_id=description["payer_account_id"],
    )


def describe(delivery: CarbonDelivery) -> dict[str, object]:
    """Return what a delivery's manifest says of it, as JSON values."""
    return {
        "usage_period": delivery.usage_period.text,
        "model_version": delivery.model_version.text,
        "delivered_at": delivery.delivered_at.isoformat(),
        "payer_account_id": delivery.payer_account_id,
        "files_read": [
            {"path": file.path, "size": file.size, "sha256": file.sha256} for file in delivery.files
        ],
    }
