"""The inventory of the sample, laid out as collections write it: an object for each Region."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq


def put_inventory(inventory: Path, s3: Any, bucket: str) -> int:
    """Put every day's machines by account and Region; return the number of objects."""
    objects = 0
    for file in sorted(inventory.glob("day=*/*.parquet")):
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
