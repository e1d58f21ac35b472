"""The same allocation in Polars, on its streaming engine."""

import polars as pl
from exports import MEASURES, USAGE_TYPES, Exports, exports, finish

CELL = ["usage_month", "account", "region", "bucket"]


def main() -> None:
    """Allocate and write."""
    asked = exports()
    asked.out.mkdir(parents=True)
    target = asked.out / "emissions.parquet"
    allocated(asked).sink_parquet(target, compression="zstd", engine="streaming")
    finish(pl.scan_parquet(target).select(pl.len()).collect().item())


def allocated(asked: Exports) -> pl.LazyFrame:
    """Return the whole plan."""
    usage = classified(rolled_up(asked))
    totals = usage.group_by(CELL).agg(pl.col("weight").sum().alias("cell_weight"))
    share = pl.when(pl.col("cell_weight") > 0).then(pl.col("weight") / pl.col("cell_weight"))
    return (
        usage.join(totals, on=CELL, nulls_equal=True)
        .with_columns(share.alias("share"))
        .join(reported(asked), on=CELL, how="left")
        .with_columns((pl.col(name) * pl.col("share")) for name in MEASURES.values())
        .with_columns(
            total_lbm=pl.col("scope_1") + pl.col("scope_2_lbm") + pl.col("scope_3_lbm"),
            total_mbm=pl.col("scope_1") + pl.col("scope_2_mbm") + pl.col("scope_3_mbm"),
        )
        .drop("weight", "cell_weight", "share")
    )


def rolled_up(asked: Exports) -> pl.LazyFrame:
    """Return the roll-up."""
    return (
        pl.scan_parquet(asked.usage)
        .group_by(
            usage_month="bill_billing_period_start_date",
            account="line_item_usage_account_id",
            region=pl.col("product").map.get("region"),
            product_code="line_item_product_code",
            usage_type="line_item_usage_type",
            operation="line_item_operation",
            resource_id="line_item_resource_id",
            team=pl.col("resource_tags").map.get("user_team"),
            environment=pl.col("resource_tags").map.get("user_environment"),
            line_type="line_item_line_item_type",
        )
        .agg(
            on_demand_cost=pl.col("pricing_public_on_demand_cost").sum(),
            unblended_cost=pl.col("line_item_unblended_cost").sum(),
            usage_amount=pl.col("line_item_usage_amount").sum(),
            line_count=pl.len(),
        )
    )


def classified(usage: pl.LazyFrame) -> pl.LazyFrame:
    """Return usage with its bucket and weight."""
    product, usage_type = pl.col("product_code"), pl.col("usage_type")
    is_instance = usage_type.str.contains("(Box|Spot|Dedicated|Host)Usage")
    bucket = (
        pl.when((product == "AmazonEC2") & is_instance)
        .then(pl.lit("AmazonEC2"))
        .when(product.is_in(["AmazonS3", "AmazonCloudFront"]))
        .then(product)
        .otherwise(pl.lit("Other"))
    )
    by_usage = (
        (pl.col("bucket") == "AmazonEC2")
        | ((pl.col("bucket") == "AmazonS3") & usage_type.str.contains("TimedStorage", literal=True))
        | (
            (pl.col("bucket") == "AmazonCloudFront")
            & usage_type.str.contains("Out-Bytes", literal=True)
        )
    )
    weight = (
        pl.when(by_usage)
        .then(pl.col("usage_amount"))
        .when(pl.col("bucket") == "Other")
        .then(pl.col("on_demand_cost"))
        .otherwise(0.0)
    )
    used = usage.filter(pl.col("line_type").is_in(list(USAGE_TYPES)))
    return used.with_columns(bucket=bucket).with_columns(weight=weight)


def reported(asked: Exports) -> pl.LazyFrame:
    """Return AWS's figures of the latest model version of each month, in kilograms."""
    version = pl.col("model_version").str.strip_chars_start("v").str.split(".")
    rank = version.list.eval(pl.element().cast(pl.Int32).cast(pl.String).str.zfill(4)).list.join("")
    carbon = pl.scan_parquet(asked.carbon).with_columns(rank=rank)
    latest = pl.col("rank") == pl.col("rank").max().over("usage_period_start")
    return (
        carbon.filter(latest)
        .group_by(
            usage_month="usage_period_start",
            account="usage_account_id",
            region=pl.col("region_code").str.to_lowercase(),
            bucket="product_code",
        )
        .agg((pl.col(column).sum() * 1000).alias(name) for column, name in MEASURES.items())
    )


if __name__ == "__main__":
    main()
