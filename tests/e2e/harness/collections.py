"""The inventory of the sample, laid out as collections write it: an object for each Region."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from crossfoot.domain.period import UsagePeriod


def put_inventory(inventory: Path, usage_months: Iterable[str], s3: Any, bucket: str) -> int:
    """Put the machines of the day after each month, by account and Region; count the objects."""
    objects = 0
    days = (f"day={UsagePeriod(month).end.date()}" for month in usage_months)
    for file in (file for day in days for file in sorted((inventory / day).glob("*.parquet"))):
        machines = pq.read_table(file, partitioning=None)
        places = machines.select(["usage_account_id", "region_code"]).group_by(
            ["usage_account_id", "region_code"]
        )
        for place in places.aggregate([]).to_pylist():
            account, region = place["usage_account_id"], place["region_code"]
            is_own = pc.and_(
                pc.equal(machines["usage_account_id"], account),
                pc.equal(machines["region_code"], region),
            )
            key = f"inventory/{file.parent.name}/account={account}/region={region}.parquet"
            body = BytesIO()
            pq.write_table(machines.filter(is_own), body, compression="zstd")
            s3.put_object(Bucket=bucket, Key=key, Body=body.getvalue())
            objects += 1
    return objects
