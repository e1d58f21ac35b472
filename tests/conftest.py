"""Exports as AWS delivers them, line by line, and the command line in this process."""

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from crossfoot.adapters.sample import SampleReceipt, write_sample
from crossfoot.adapters.sample.cur_schema import CARBON_SCHEMA, CUR_SCHEMA
from crossfoot.cli import app

PAYER: Final = "000000000001"
MEMBER: Final = "000000000002"
MARCH: Final = datetime(2026, 3, 1)  # noqa: DTZ001 - INT96 has no zone
APRIL: Final = datetime(2026, 4, 1)  # noqa: DTZ001

_LINE: Final[dict[str, Any]] = {
    "bill_payer_account_id": PAYER,
    "line_item_usage_account_id": MEMBER,
    "line_item_usage_account_name": "checkout",
    "bill_billing_period_start_date": MARCH,
    "bill_billing_period_end_date": APRIL,
    "bill_billing_entity": "AWS",
    "line_item_usage_start_date": datetime(2026, 3, 2, 5),  # noqa: DTZ001
    "line_item_usage_end_date": datetime(2026, 3, 2, 6),  # noqa: DTZ001
    "line_item_line_item_type": "Usage",
    "line_item_product_code": "AmazonEC2",
    "line_item_usage_type": "EUC1-BoxUsage:m5.large",
    "line_item_operation": "RunInstances",
    "line_item_resource_id": "i-1",
    "line_item_usage_amount": 1.0,
    "line_item_unblended_cost": 0.05,
    "line_item_unblended_rate": "0.05",
    "line_item_currency_code": "USD",
    "pricing_unit": "Hrs",
    "pricing_public_on_demand_cost": 0.1,
    "product_region_code": "eu-central-1",
    "product": {"region": "eu-central-1"},
    "resource_tags": {},
    "cost_category": {},
    "tags": {},
    "discount": {},
}

_FOCUS_LINE: Final[dict[str, Any]] = {
    "BillingAccountId": PAYER,
    "SubAccountId": MEMBER,
    "SubAccountName": "checkout",
    "BillingPeriodStart": MARCH,
    "ChargePeriodStart": datetime(2026, 3, 2, 5),  # noqa: DTZ001
    "ChargeCategory": "Usage",
    "ChargeClass": None,
    "CommitmentDiscountStatus": None,
    "ProviderName": "AWS",
    "PublisherName": "Amazon Web Services, Inc.",
    "ServiceName": "Amazon Elastic Compute Cloud",
    "ConsumedUnit": "Hours",
    "ChargeDescription": "$0.115 per On Demand Linux m5.large Instance Hour",
    "RegionId": "eu-central-1",
    "ResourceId": "i-1",
    "BillingCurrency": "USD",
    "ConsumedQuantity": 1.0,
    "ListCost": 0.1,
    "BilledCost": 0.05,
    "Tags": {},
}

_CARBON_ROW: Final[dict[str, Any]] = {
    "last_refresh_timestamp": datetime(2026, 4, 20, 5, 6, 7),  # noqa: DTZ001
    "location": "Europe (Frankfurt)",
    "model_version": "v3.0.1",
    "payer_account_id": PAYER,
    "product_code": "AmazonEC2",
    "region_code": "eu-central-1",
    "usage_account_id": MEMBER,
    "usage_period_start": MARCH,
    "usage_period_end": datetime(2026, 3, 31, 23, 59, 59),  # noqa: DTZ001
    **{
        field.name: "MTCO2e" if field.name.endswith("_unit") else 0.0
        for field in CARBON_SCHEMA
        if field.name.startswith("total_")
    },
    "total_scope_1_emissions_value": 0.000001,
    "total_scope_2_lbm_emissions_value": 0.000020,
    "total_scope_2_mbm_emissions_value": 0.000003,
    "total_scope_3_lbm_emissions_value": 0.000100,
    "total_scope_3_mbm_emissions_value": 0.000100,
    "total_lbm_emissions_value": 0.000121,
    "total_mbm_emissions_value": 0.000104,
}


class Delivered:
    """Writes exports as AWS's writers do."""

    cur_schema = CUR_SCHEMA
    carbon_schema = CARBON_SCHEMA

    @staticmethod
    def cur(*lines: Mapping[str, Any], without: Sequence[str] = ()) -> pa.Table:
        """Return lines of CUR 2.0 in all 130 columns; what is not given has a default."""
        rows = [{**_LINE, **line} for line in lines]
        table = pa.Table.from_pylist(rows, schema=CUR_SCHEMA)
        return table.drop_columns(list(without)) if without else table

    @staticmethod
    def focus(*lines: Mapping[str, Any]) -> pa.Table:
        """Return lines of FOCUS."""
        rows = [{**_FOCUS_LINE, **line} for line in lines]
        names = dict.fromkeys(name for row in rows for name in row)
        types = {
            name: pa.map_(pa.string(), pa.string())
            if name == "Tags"
            else pa.timestamp("us")
            if name.endswith("Start")
            else pa.float64()
            if name in {"ConsumedQuantity", "ListCost", "BilledCost"}
            else pa.string()
            for name in names
        }
        return pa.Table.from_pylist(rows, schema=pa.schema(list(types.items())))

    @staticmethod
    def carbon(*rows: Mapping[str, Any]) -> pa.Table:
        """Return rows of the carbon export in all 23 columns."""
        return pa.Table.from_pylist([{**_CARBON_ROW, **row} for row in rows], schema=CARBON_SCHEMA)

    @staticmethod
    def parquet(path: Path, table: pa.Table, **options: Any) -> Path:
        """Write Snappy, INT96 instants and no Arrow schema."""
        path.parent.mkdir(parents=True, exist_ok=True)
        as_aws = {
            "compression": "snappy",
            "use_deprecated_int96_timestamps": True,
            "store_schema": False,
        }
        pq.write_table(table, path, **(as_aws | options))
        return path

    @staticmethod
    def csv(path: Path, table: pa.Table, null: str = "") -> Path:
        """Write CSV as AWS does: maps as JSON, instants with Z; gzipped if the name says so."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            gzip.open(path, "wt", newline="", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open("w", newline="", encoding="utf-8")
        ) as stream:
            writer = csv.writer(stream)
            writer.writerow(table.column_names)
            for row in table.to_pylist():
                writer.writerow([_cell(value, null) for value in row.values()])
        return path

    @staticmethod
    def manifest(export: Path, partition: str, *files: str, bucket: str = "landing") -> Path:
        """Write the manifest of a partition, which names its files."""
        path = export / "metadata" / partition / f"{export.name}-Manifest.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        uris = [f"s3://{bucket}/{export.name}/data/{partition}/{file}" for file in files]
        path.write_text(json.dumps({"executionId": "e-1", "dataFiles": uris}))
        return path


def _cell(value: Any, null: str) -> str:
    match value:
        case None:
            return null
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M:%S}.000Z"
        case list():
            return json.dumps(dict(value), separators=(",", ":"))
        case _:
            return str(value)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The command line in this process."""

    runner: CliRunner

    def __call__(self, *arguments: object) -> Result:
        """Run a command; anything but an orderly exit is raised here."""
        result = self.runner.invoke(app, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result


@pytest.fixture(scope="session")
def delivered() -> Delivered:
    """Return the writers of exports."""
    return Delivered()


@pytest.fixture(scope="session")
def crossfoot() -> CommandLine:
    """Return the command line."""
    return CommandLine(CliRunner())


@pytest.fixture(scope="session")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> SampleReceipt:
    """Make the sample organisation, small: 8 accounts, 3 months, 20,000 lines."""
    return write_sample(
        tmp_path_factory.mktemp("organisation") / "sample", accounts=8, months=3, rows=20_000
    )


@pytest.fixture(scope="session")
def closed_warehouse(
    organisation: SampleReceipt, crossfoot: CommandLine, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Run the sample organisation through; tests only read it."""
    out = tmp_path_factory.mktemp("closed") / "warehouse"
    result = crossfoot(
        "run", "--carbon", organisation.out, "--usage", organisation.out,
        "--inventory", organisation.accounts, "--config", organisation.config, "--out", out,
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    return out
