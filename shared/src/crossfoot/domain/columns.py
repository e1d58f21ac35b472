"""The published columns: name, type, unit and meaning, declared once.

The Parquet writer, the Glue tables and the docs read the same declaration. Types are Athena's:
``string``, ``bigint``, ``boolean``, ``timestamp`` and ``decimal(18,9)``; the inventory
has ``double`` and ``map<string,string>`` as well.
"""

from dataclasses import dataclass
from typing import Final

from crossfoot.domain.impacts import BOUNDS, CRITERIA, IDLE_CRITERIA, UNITS, Criterion
from crossfoot.domain.measures import MEASURES, Measure, column_of

MASS: Final = "decimal(18,9)"
MONEY: Final = "decimal(18,9)"
MINERALS: Final = "decimal(18,15)"
"""Kilograms of antimony: an hour of a machine is some hundredths of a milligram."""


@dataclass(frozen=True, slots=True)
class Column:
    """One published column. ``unit`` is ``1`` for a count and empty for text."""

    name: str
    athena_type: str
    meaning: str
    unit: str = ""
    is_nullable: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """One published table: its columns in order, and what one row of it is.

    ``takes_tags`` says that the configured tag keys are inserted at ``tags_after``.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    tags_after: str | None = None

    def with_tags(self, tag_columns: tuple[str, ...]) -> tuple[Column, ...]:
        """Return the columns with one text column per configured tag in its place."""
        if self.tags_after is None:
            return self.columns
        tags = tuple(
            Column(name, "string", "value of the configured tag; null where untagged")
            for name in tag_columns
        )
        at = [column.name for column in self.columns].index(self.tags_after) + 1
        return (*self.columns[:at], *tags, *self.columns[at:])


def tag_column(key: str) -> str:
    """Return the column of a tag or cost category key: ``tag_`` and the key in snake case."""
    safe = "".join(c if c.isascii() and c.isalnum() else "_" for c in key.lower())
    return f"tag_{safe.strip('_')}"


def _mass(measure: Measure, meaning: str) -> Column:
    return Column(column_of(measure), MASS, meaning, "kg CO2e")


def _masses(what: str) -> tuple[Column, ...]:
    names = {
        Measure.SCOPE_1: "AWS Scope 1",
        Measure.SCOPE_2_LBM: "AWS Scope 2, location-based",
        Measure.SCOPE_2_MBM: "AWS Scope 2, market-based",
        Measure.SCOPE_3_LBM: "AWS Scope 3, location-based",
        Measure.SCOPE_3_MBM: "AWS Scope 3, market-based",
        Measure.TOTAL_LBM: "all scopes, location-based",
        Measure.TOTAL_MBM: "all scopes, market-based",
    }
    return tuple(_mass(measure, f"{names[measure]}, {what}") for measure in MEASURES)


_PERIOD = Column("usage_period", "string", "month of usage, YYYY-MM", is_nullable=False)
_RUN = Column("run_id", "string", "run that wrote the row", is_nullable=False)
_MODEL = Column("model_version", "string", "version of AWS's methodology")
_PAYER = Column("payer_account_id", "string", "management account", is_nullable=False)
_ACCOUNT = Column("usage_account_id", "string", "account that used", is_nullable=False)
_ACCOUNT_NAME = Column("account_name", "string", "name of the account, where known")
_OU = Column("ou_path", "string", "organizational unit of the account, where known")
_REGION = Column("region_code", "string", "Region code, or 'global'", is_nullable=False)
_BUCKET = Column("carbon_service", "string", "AWS's bucket: EC2, S3, CloudFront or Other")
_SERVICE = Column("service_code", "string", "product code of the usage, as CUR spells it")
_RESOURCE = Column("resource_id", "string", "resource id or ARN; null where the usage has none")
_FAMILY = Column("usage_family", "string", "kind of usage, by the classification table")
_ON_DEMAND = Column("on_demand_cost", MONEY, "undiscounted on-demand value", "currency")
_UNBLENDED = Column("unblended_cost", MONEY, "unblended cost", "currency")
_CURRENCY = Column("currency_code", "string", "currency of the two costs")

EMISSIONS: Final = Table(
    "emissions",
    "month x account x Region x service x resource x tags",
    (
        _PERIOD,
        _RUN,
        _MODEL,
        Column(
            "status", "string", "'published', or 'nowcast' of a silent month", is_nullable=False
        ),
        _PAYER,
        _ACCOUNT,
        _ACCOUNT_NAME,
        _OU,
        _REGION,
        _BUCKET,
        _SERVICE,
        _RESOURCE,
        _FAMILY,
        Column(
            "allocation_method", "string", "named method that placed the gram", is_nullable=False
        ),
        Column("allocation_key", "string", "key that weighed the row; the reason if unallocated"),
        Column("allocation_level", "string", "first level that had a positive weight"),
        *_masses("allocated"),
        _ON_DEMAND,
        _UNBLENDED,
        _CURRENCY,
    ),
    tags_after="usage_family",
)

EMISSIONS_RANGES: Final = Table(
    "emissions_ranges",
    "as emissions: the same key, low and high over all methods",
    (
        *(
            column
            for column in EMISSIONS.columns[:13]
            if column.name not in {"status", "account_name", "ou_path"}
        ),
        *(
            Column(f"{measure}_{end}_kgco2e", MASS, f"{end} of {measure} over methods", "kg CO2e")
            for measure in MEASURES
            for end in ("low", "high")
        ),
    ),
    tags_after="usage_family",
)

USAGE: Final = Table(
    "usage",
    "month x account x Region x service x resource x family x tags x model",
    (
        _PERIOD,
        _RUN,
        _ACCOUNT,
        _ACCOUNT_NAME,
        _REGION,
        _BUCKET,
        _SERVICE,
        _RESOURCE,
        Column("parent_resource_id", "string", "instance that carries a pod or task"),
        _FAMILY,
        Column("driver_unit", "string", "unit of driver_amount; null without a physical driver"),
        Column("driver_amount", MONEY, "physical allocation driver", "driver_unit"),
        Column("model_name", "string", "model that estimates it, such as storage:ebs-gp3"),
        Column("model_unit", "string", "unit of model_amount; null without a physical model"),
        Column("model_amount", MONEY, "what the model estimates from", "model_unit"),
        Column("cpu_load_percent", MASS, "mean load that inventory measured", "percent"),
        Column("measured_energy_kwh", MASS, "energy that a tool measured, without PUE", "kWh"),
        Column("measured_hours", MASS, "hours that it measured; null is all", "h"),
        Column("grid_g_per_kwh", MASS, "carbon of the hours in which it was used", "g CO2e/kWh"),
        Column("split_cost", MONEY, "on-demand value of what the pod or task used", "currency"),
        Column("split_unused_cost", MONEY, "its share of the parent's unused part", "currency"),
        _ON_DEMAND,
        _UNBLENDED,
        _CURRENCY,
        Column("line_count", "bigint", "lines of the usage export in this row", "1"),
    ),
    tags_after="usage_family",
)

USAGE_LINES: Final = Table(
    "usage_lines",
    "month x line item type x billing entity x in or out",
    (
        _PERIOD,
        _RUN,
        Column("line_item_type", "string", "as delivered"),
        Column("billing_entity", "string", "as delivered: AWS, AWS Marketplace, another provider"),
        Column("is_included", "boolean", "whether the lines are physical usage of AWS"),
        Column("reason", "string", "why in or out"),
        Column("line_count", "bigint", "lines", "1"),
        _ON_DEMAND,
        _UNBLENDED,
        _CURRENCY,
    ),
)


def _impact(criterion: Criterion, prefix: str = "", meaning: str = "best estimate") -> Column:
    is_mineral = criterion in {Criterion.ADP_USE, Criterion.ADP_EMBODIED}
    return Column(
        f"{prefix}{criterion}", MINERALS if is_mineral else MASS, meaning, UNITS[criterion]
    )


_MEANING_OF_BOUND: Final = {
    "": "best estimate; null where there is no figure",
    "_low": "low end of its range",
    "_high": "high end of its range",
}

IMPACTS: Final = Table(
    "impacts",
    "as emissions: month x account x Region x service x resource x tags; estimated, not reported",
    (
        _PERIOD,
        _RUN,
        Column("factor_set", "string", "factors and rules behind it", is_nullable=False),
        _PAYER,
        _ACCOUNT,
        _ACCOUNT_NAME,
        _OU,
        _REGION,
        _BUCKET,
        _SERVICE,
        _RESOURCE,
        _FAMILY,
        Column("estimate_basis", "string", "what the figures rest on", is_nullable=False),
        Column("estimate_models", "string", "models of its parts, such as machine:m6i.large"),
        Column("cpu_load_percent", MASS, "measured mean load; null where assumed", "percent"),
        *(
            Column(
                f"{criterion}{bound}",
                _impact(criterion).athena_type,
                _MEANING_OF_BOUND[bound],
                UNITS[criterion],
            )
            for criterion in CRITERIA
            for bound in BOUNDS
        ),
        *(
            _impact(each, "idle_", "part of it that ran and did nothing; null where not known")
            for each in IDLE_CRITERIA
        ),
        Column("modelled_energy_kwh", MASS, "the model's energy, where it was measured", "kWh"),
        Column("physical_on_demand_cost", MONEY, "value of what has a physical model", "currency"),
        Column("proxy_on_demand_cost", MONEY, "value of what has a proxy by cost", "currency"),
        Column("unmodelled_on_demand_cost", MONEY, "value of what has no figure", "currency"),
        Column("carried_on_demand_cost", MONEY, "value of what other lines carry", "currency"),
        _CURRENCY,
    ),
    tags_after="usage_family",
)

CARBON_REPORTED: Final = Table(
    "carbon_reported",
    "delivery x AWS row",
    (
        _PERIOD,
        Column("delivery_id", "string", "digest of the delivered bytes", is_nullable=False),
        Column("delivered_at", "timestamp", "when AWS delivered, UTC", is_nullable=False),
        Column("model_version", "string", "version of AWS's methodology", is_nullable=False),
        _PAYER,
        _ACCOUNT,
        _REGION,
        Column("location", "string", "long Region name, as delivered"),
        Column("product_code", "string", "AWS's bucket, as delivered"),
        _BUCKET,
        *_masses("as AWS reported; null where it did not"),
        Column("last_refresh_timestamp", "timestamp", "when AWS generated the value, UTC"),
        Column("source_path", "string", "file the row was read from"),
        Column("source_sha256", "string", "digest of that file"),
        Column("source_row", "bigint", "row in that file, from 1", "1"),
    ),
)

RECONCILIATION: Final = Table(
    "reconciliation",
    "month x run x check",
    (
        _PERIOD,
        _RUN,
        Column(
            "check_name",
            "string",
            "carbon-cell, aws-rounding, usage-money, usage-rows, ...",
            is_nullable=False,
        ),
        Column("usage_account_id", "string", "account, where the check is per account"),
        Column("region_code", "string", "Region, where the check is per Region"),
        Column("carbon_service", "string", "AWS's bucket, where the check is per bucket"),
        Column("measure", "string", "what was compared", is_nullable=False),
        Column("unit", "string", "unit of both sides", is_nullable=False),
        Column("expected_amount", "decimal(38,9)", "what came in", "unit", is_nullable=False),
        Column("actual_amount", "decimal(38,9)", "what went out", "unit", is_nullable=False),
        Column("difference", "decimal(38,9)", "actual minus expected", "unit", is_nullable=False),
        Column("is_proven", "boolean", "whether the check passed", is_nullable=False),
    ),
)

RESTATEMENTS: Final = Table(
    "restatements",
    "month x account x Region x service x measure",
    (
        _PERIOD,
        _RUN,
        Column("previous_run_id", "string", "run that was published before", is_nullable=False),
        Column(
            "restated_at", "timestamp", "when the new figure was published, UTC", is_nullable=False
        ),
        Column("cause", "string", "model-version, correction, policy, organisation or usage"),
        Column("previous_model_version", "string", "model version before"),
        _MODEL,
        Column("usage_account_id", "string", "account; null where only the placing changed"),
        Column("region_code", "string", "Region code; null where only the placing changed"),
        _BUCKET,
        Column("measure", "string", "measure that changed", is_nullable=False),
        Column("before_kgco2e", MASS, "published before; null where there was nothing", "kg CO2e"),
        Column("after_kgco2e", MASS, "published now; null where there is nothing", "kg CO2e"),
    ),
)

REDISTRIBUTIONS: Final = Table(
    "redistributions",
    "month x pool x payer or receiver; sums to zero",
    (
        _PERIOD,
        _RUN,
        Column("pool", "string", "name of the shared pool", is_nullable=False),
        Column("method", "string", "direct, step-down or reciprocal", is_nullable=False),
        Column("driver", "string", "what weighed the receivers", is_nullable=False),
        Column("consumer_kind", "string", "what a consumer is: account, or a tag column"),
        Column("consumer", "string", "who gives (negative) or receives (positive)"),
        *_masses("moved: negative where it leaves, positive where it arrives"),
    ),
)

INVENTORY: Final = Table(
    "inventory",
    "day x resource",
    (
        Column("day", "string", "day of the collection, UTC, YYYY-MM-DD", is_nullable=False),
        Column("observed_at", "timestamp", "when the account was asked, UTC", is_nullable=False),
        Column("collection_id", "string", "collection that wrote the row", is_nullable=False),
        Column("usage_account_id", "string", "account that owns it", is_nullable=False),
        Column("region_code", "string", "Region that it runs or is kept in", is_nullable=False),
        Column("service_code", "string", "product code, as CUR spells it", is_nullable=False),
        Column("resource_kind", "string", "ec2-instance, ebs-volume, ...", is_nullable=False),
        Column("resource_id", "string", "id or ARN, as CUR spells it", is_nullable=False),
        Column("resource_name", "string", "name, or the tag Name"),
        Column("parent_resource_id", "string", "what it is attached to or part of"),
        Column("resource_type", "string", "instance type or class, volume type, launch type"),
        Column("state", "string", "state, as the service spells it"),
        Column("created_at", "timestamp", "when it was launched, created or modified last, UTC"),
        Column("lifecycle", "string", "on-demand, spot or scheduled, of machines"),
        Column("tenancy", "string", "default, dedicated or host, of machines"),
        Column("platform", "string", "operating system, as the service spells it"),
        Column("architecture", "string", "processor architecture: x86_64, arm64, ..."),
        Column("engine", "string", "database engine, runtime or orchestrator, with its version"),
        Column("vcpu_count", "bigint", "virtual processors", "1"),
        Column("memory_mib", "bigint", "configured memory", "MiB"),
        Column("storage_gib", "double", "provisioned, or for buckets stored", "GiB"),
        Column("object_count", "bigint", "objects in a bucket", "1"),
        Column("running_count", "bigint", "machines or tasks that run", "1"),
        Column("desired_count", "bigint", "machines or tasks that were asked for", "1"),
        Column("tags", "map<string,string>", "tags; null where they could not be read"),
        Column(
            "measured_days",
            "bigint",
            "days with data in the last 30; null where nobody asked or could ask",
            "1",
        ),
        Column("cpu_mean_percent", "double", "mean of the daily averages", "percent"),
        Column("cpu_p50_percent", "double", "median of the daily averages", "percent"),
        Column("cpu_p95_percent", "double", "95th percentile of the daily averages", "percent"),
        Column("cpu_max_percent", "double", "highest value of the 30 days", "percent"),
        Column("invocation_count", "double", "invocations in the 30 days", "1"),
        Column("duration_mean_ms", "double", "mean duration, weighted by invocations", "ms"),
        Column("concurrency_max", "double", "highest number of concurrent executions", "1"),
    ),
)
"""Collected day by day and not by run; the catalogue projects its partitions from ``day``."""

TABLES: Final = (
    CARBON_REPORTED,
    USAGE,
    USAGE_LINES,
    EMISSIONS,
    EMISSIONS_RANGES,
    IMPACTS,
    RECONCILIATION,
    RESTATEMENTS,
    REDISTRIBUTIONS,
)
