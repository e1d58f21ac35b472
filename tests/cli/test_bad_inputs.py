"""What a stranger may hand us: status 2, a named error, and a warehouse that is as it was.

As it was means byte for byte, or not there at all where there was none.
"""

import gzip
import json
import struct
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

type Spoil = Callable[[Any], list[Any]]
"""Spoils a pair of exports and returns the arguments of the run."""


def _both(exports: Any) -> list[Any]:
    return ["--carbon", exports.carbon, "--usage", exports.usage]


def _not_parquet(exports: Any) -> list[Any]:
    exports.usage_file.write_text("<html>Access denied</html>")
    return _both(exports)


def _not_parquet_carbon(exports: Any) -> list[Any]:
    exports.carbon_file.write_bytes(b"\x00" * 4096)
    return _both(exports)


def _truncated(exports: Any) -> list[Any]:
    exports.usage_file.write_bytes(exports.usage_file.read_bytes()[:-500])
    return _both(exports)


def _truncated_carbon(exports: Any) -> list[Any]:
    exports.carbon_file.write_bytes(exports.carbon_file.read_bytes()[:700])
    return _both(exports)


def _broken_page(exports: Any) -> list[Any]:
    content = bytearray(exports.usage_file.read_bytes())
    content[4:400] = b"\xff" * 396
    exports.usage_file.write_bytes(bytes(content))
    return _both(exports)


def _bomb(exports: Any) -> list[Any]:
    n_rows = 3_000_000
    columns = {
        field.name: pa.repeat(pa.scalar("x"), n_rows)
        for field in exports.delivered.cur_schema
        if field.name == "line_item_usage_account_id"
    }
    pq.write_table(pa.table(columns), exports.usage_file, compression="zstd")
    return _both(exports)


def _gzip_bomb(exports: Any) -> list[Any]:
    folder = exports.bare()
    header = ",".join(exports.delivered.cur_schema.names).encode()
    with gzip.open(folder / "cur.csv.gz", "wb", compresslevel=9) as stream:
        stream.write(header + b"\n")
        for _ in range(96):
            stream.write(b"0" * (1 << 20))
    return ["--carbon", exports.carbon, "--usage", folder]


def _cut_gzip(exports: Any) -> list[Any]:
    folder = exports.bare()
    file = exports.delivered.csv(folder / "cur.csv.gz", exports.delivered.cur({}))
    file.write_bytes(file.read_bytes()[:-20])
    return ["--carbon", exports.carbon, "--usage", folder]


def _formula(exports: Any) -> list[Any]:
    folder = exports.bare()
    file = exports.delivered.csv(folder / "cur.csv", exports.delivered.cur({}, {}))
    first, second, third = file.read_text().splitlines()
    file.write_text("\n".join([first, second, third.replace(",0.05,", ",=1+1,", 1)]))
    return ["--carbon", exports.carbon, "--usage", folder]


def _formula_carbon(exports: Any) -> list[Any]:
    folder = exports.bare()
    file = exports.delivered.csv(folder / "carbon.csv", exports.delivered.carbon({}))
    file.write_text(file.read_text().replace("0.000121", "=1+1"))
    return ["--carbon", folder]


def _short_row(exports: Any) -> list[Any]:
    folder = exports.bare()
    file = exports.delivered.csv(folder / "cur.csv", exports.delivered.cur({}))
    file.write_text(file.read_text() + "a,b\n")
    return ["--carbon", exports.carbon, "--usage", folder]


def _not_utf8(exports: Any) -> list[Any]:
    folder = exports.bare()
    file = exports.delivered.csv(
        folder / "cur.csv", exports.delivered.cur({"line_item_resource_id": "i-XX"})
    )
    file.write_bytes(file.read_bytes().replace(b"i-XX", b"i-\xff\xfe"))
    return ["--carbon", exports.carbon, "--usage", folder]


def _no_column(exports: Any) -> list[Any]:
    exports.use({}, without=("pricing_public_on_demand_cost",))
    return _both(exports)


def _no_column_carbon(exports: Any) -> list[Any]:
    table = exports.delivered.carbon({}).drop_columns(["usage_account_id"])
    exports.delivered.parquet(exports.carbon_file, table)
    return _both(exports)


def _text_amount(exports: Any) -> list[Any]:
    table = exports.delivered.cur({})
    at = table.schema.get_field_index("line_item_usage_amount")
    texts = table.column(at).cast(pa.string())
    table = table.set_column(at, "line_item_usage_amount", texts)
    exports.delivered.parquet(exports.usage_file, table)
    return _both(exports)


def _numbers_as_tags(exports: Any) -> list[Any]:
    table = exports.delivered.cur({})
    at = table.schema.get_field_index("resource_tags")
    tags = pa.array([[("user_team", 1.5)]], pa.map_(pa.string(), pa.float64()))
    exports.delivered.parquet(exports.usage_file, table.set_column(at, "resource_tags", tags))
    return _both(exports)


def _carbon_row(**row: Any) -> Spoil:
    def spoil(exports: Any) -> list[Any]:
        exports.report({}, {"product_code": "Other", **row})
        return _both(exports)

    return spoil


def _two_payers(exports: Any) -> list[Any]:
    exports.report({}, {"product_code": "Other", "payer_account_id": "000000000009"})
    return _both(exports)


def _twice(exports: Any) -> list[Any]:
    exports.report({}, {})
    return _both(exports)


def _bad_month(exports: Any) -> list[Any]:
    folder = exports.carbon_file.parent
    folder.rename(folder.with_name("usage_period=2026-13"))
    exports.carbon_manifest.unlink()
    return _both(exports)


def _bad_usage_month(exports: Any) -> list[Any]:
    exports.usage_manifest.unlink()
    folder = exports.usage_file.parent
    folder.rename(folder.with_name("BILLING_PERIOD=March"))
    return _both(exports)


def _manifest(*entries: str) -> Spoil:
    def spoil(exports: Any) -> list[Any]:
        exports.usage_manifest.write_text(json.dumps({"dataFiles": list(entries)}))
        return _both(exports)

    return spoil


def _manifest_text(text: str) -> Spoil:
    def spoil(exports: Any) -> list[Any]:
        exports.carbon_manifest.write_text(text)
        return _both(exports)

    return spoil


def _other_month(exports: Any) -> list[Any]:
    april = datetime(2026, 4, 1)  # noqa: DTZ001 - INT96 has no zone
    exports.use({"bill_billing_period_start_date": april})
    return _both(exports)


def _no_common_month(exports: Any) -> list[Any]:
    april = datetime(2026, 4, 1)  # noqa: DTZ001
    line = {"bill_billing_period_start_date": april, "line_item_usage_start_date": april}
    folder = exports.bare()
    exports.delivered.parquet(folder / "cur.parquet", exports.delivered.cur(line))
    return ["--carbon", exports.carbon, "--usage", folder]


def _no_month(exports: Any) -> list[Any]:
    exports.use({"bill_billing_period_start_date": None})
    return _both(exports)


def _legacy(exports: Any) -> list[Any]:
    folder = exports.bare()
    (folder / "cur.csv").write_text("identity/LineItemId,lineItem/UsageAccountId\nx,1\n")
    return ["--carbon", exports.carbon, "--usage", folder]


def _carbon_as_usage(exports: Any) -> list[Any]:
    return ["--carbon", exports.carbon, "--usage", exports.carbon]


def _usage_as_carbon(exports: Any) -> list[Any]:
    return ["--carbon", exports.usage]


def _nowhere(exports: Any) -> list[Any]:
    return ["--carbon", exports.carbon / "nowhere"]


def _endless(exports: Any) -> list[Any]:
    return ["--carbon", exports.carbon / ("a" * 300)]


def _nothing(exports: Any) -> list[Any]:
    folder = exports.bare()
    (folder / "notes.txt").write_text("nothing")
    return ["--carbon", folder]


def _beyond_all_measure(exports: Any) -> list[Any]:
    exports.use(*[{"line_item_unblended_cost": 8.9e9}] * 2)
    return _both(exports)


def _beyond_a_decimal(exports: Any) -> list[Any]:
    exports.use({"line_item_unblended_cost": 2e9})
    return _both(exports)


def _console_without_account(exports: Any) -> list[Any]:
    folder = exports.bare()
    names = "usage_month,service,region,total_lbm_emissions,total_mbm_emissions,model_version"
    (folder / "report.csv").write_text(f"{names}\n2026-03,EC2,Global,1,1,v3.0.1\n")
    return ["--carbon", folder]


def _no_inventory(exports: Any) -> list[Any]:
    return [*_both(exports), "--inventory", exports.carbon / "accounts.csv"]


def _bad_account(exports: Any) -> list[Any]:
    file = exports.bare() / "accounts.csv"
    file.write_text("account_id,account_name\n１２３,x\n")  # noqa: RUF001 - on purpose
    return [*_both(exports), "--inventory", file]


def _latin_accounts(exports: Any) -> list[Any]:
    file = exports.bare() / "accounts.csv"
    file.write_bytes("account_id,account_name\n1,Bücher\n".encode("latin-1"))
    return [*_both(exports), "--inventory", file]


def _inventory_load(exports: Any) -> list[Any]:
    return [*_both(exports), "--inventory", _inventory(exports, cpu_mean_percent=170.0)]


def _inventory_type(exports: Any) -> list[Any]:
    return [*_both(exports), "--inventory", _inventory(exports, measured_days="many")]


def _cut_inventory(exports: Any) -> list[Any]:
    file = _inventory(exports)
    file.write_bytes(file.read_bytes()[:-20])
    return [*_both(exports), "--inventory", file]


def _usage_as_inventory(exports: Any) -> list[Any]:
    return [*_both(exports), "--inventory", exports.usage_file]


def _inventory(exports: Any, **spoilt: Any) -> Path:
    row = {
        "day": "2026-04-01",
        "observed_at": datetime(2026, 4, 1, 4),  # noqa: DTZ001
        "resource_kind": "ec2-instance",
        "resource_id": "i-1",
        "measured_days": 30,
        "cpu_mean_percent": 5.0,
    }
    file: Path = exports.bare() / "machines.parquet"
    pq.write_table(pa.Table.from_pylist([row | spoilt]), file)
    return file


def _measured(name: str, text: str) -> Spoil:
    def spoil(exports: Any) -> list[Any]:
        file = exports.bare() / name
        file.write_text(text)
        return [*_both(exports), "--measured", file]

    return spoil


def _measured_twice(exports: Any) -> list[Any]:
    arguments = _both(exports)
    for name in ("one", "two"):
        folder = exports.bare() / name
        folder.mkdir()
        (folder / "resources.toml").write_text('[resources]\nlab = "i-1"\n')
        (folder / "emissions.csv").write_text(_CODECARBON)
        arguments += ["--measured", folder]
    return arguments


def _intensity(header: str) -> Spoil:
    def spoil(exports: Any) -> list[Any]:
        file = exports.bare() / "maps.csv"
        file.write_text(f"{header}\n2026-03-02 05:00:00,Germany,DE,DE,300\n")
        return [*_both(exports), "--intensity", file]

    return spoil


def _without_usage(exports: Any) -> list[Any]:
    return ["--carbon", exports.carbon, "--measured", exports.bare()]


def _lying_footer(exports: Any) -> list[Any]:
    content = exports.usage_file.read_bytes()
    exports.usage_file.write_bytes(content[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1")
    return _both(exports)


def _empty_listed(exports: Any) -> list[Any]:
    exports.usage_file.write_bytes(b"")
    return _both(exports)


_S3 = "s3://landing/cur/data/BILLING_PERIOD=2026-03"
_GOOD = f"{_S3}/cur-00001.snappy.parquet"

_CODECARBON = (
    "timestamp,project_name,duration,emissions_rate,energy_consumed\n"
    "2026-03-29T05:30:00,lab,1800,0.1,0.5\n"
)
_MAPS = "Datetime (UTC),Country,Zone name,Zone id,"

BAD: dict[str, tuple[Spoil, str, tuple[str, ...]]] = {
    "usage that is a web page": (_not_parquet, "UnreadableFileError", ("cur-00001",)),
    "carbon that is zeros": (_not_parquet_carbon, "UnreadableFileError", ("carbon-00001",)),
    "truncated usage": (_truncated, "UnreadableFileError", ("cur-00001",)),
    "truncated carbon": (_truncated_carbon, "UnreadableFileError", ("carbon-00001",)),
    "a broken page": (_broken_page, "UnreadableFileError", ("cur-00001",)),
    "a lying footer": (_lying_footer, "UnreadableFileError", ("cur-00001",)),
    "a Parquet bomb": (_bomb, "OversizedInputError", ("cur-00001", "3,000,000 rows")),
    "a gzip bomb": (_gzip_bomb, "OversizedInputError", ("cur.csv.gz",)),
    "a cut gzip": (_cut_gzip, "UnreadableFileError", ("cur.csv.gz",)),
    "a formula": (
        _formula,
        "ColumnTypeError",
        ("cur.csv", "line_item_unblended_cost", "row 2", "=1+1"),
    ),
    "a formula in carbon": (
        _formula_carbon,
        "ColumnTypeError",
        ("carbon.csv", "total_lbm_emissions_value", "row 1"),
    ),
    "a short row": (_short_row, "UnreadableFileError", ("cur.csv",)),
    "no UTF-8": (_not_utf8, "UnreadableFileError", ("cur.csv", "utf-8")),
    "usage without a column": (
        _no_column,
        "MissingColumnError",
        ("cur-00001", "column pricing_public_on_demand_cost"),
    ),
    "carbon without a column": (
        _no_column_carbon,
        "MissingColumnError",
        ("carbon-00001", "column usage_account_id"),
    ),
    "text for a number": (_text_amount, "ColumnTypeError", ("column line_item_usage_amount",)),
    "numbers for tags": (_numbers_as_tags, "ColumnTypeError", ("column resource_tags",)),
    "another unit": (
        _carbon_row(total_lbm_emissions_unit="kgCO2e"),
        "UnknownUnitError",
        ("carbon-00001", "total_lbm_emissions_unit", "row 2", "kgCO2e"),
    ),
    "NaN emissions": (
        _carbon_row(total_lbm_emissions_value=float("nan")),
        "InvalidAmountError",
        ("total_lbm_emissions_value", "row 2"),
    ),
    "infinite emissions": (
        _carbon_row(total_mbm_emissions_value=float("-inf")),
        "InvalidAmountError",
        ("total_mbm_emissions_value", "row 2"),
    ),
    "emissions beyond a decimal": (
        _carbon_row(total_lbm_emissions_value=1_000_001.0),
        "InvalidAmountError",
        ("total_lbm_emissions_value", "row 2"),
    ),
    "an account that is none": (
        _carbon_row(usage_account_id="12 34"),
        "InvalidAccountError",
        ("usage_account_id", "row 2"),
    ),
    "a version that is none": (
        _carbon_row(model_version="latest"),
        "InvalidModelVersionError",
        ("carbon-00001",),
    ),
    "two payers": (_two_payers, "MixedPayersError", ("payer_account_id", "row 2")),
    "one row twice": (_twice, "DuplicateRowError", ("carbon-00001", "row 2")),
    "a month that is none": (_bad_month, "InvalidPeriodError", ("2026-13",)),
    "a usage month that is none": (_bad_usage_month, "InvalidPeriodError", ("March",)),
    "a manifest that names a missing file": (
        _manifest(_GOOD, f"{_S3}/cur-00002.snappy.parquet"),
        "ManifestError",
        ("cur-00002", "Manifest.json"),
    ),
    "a manifest that walks out": (
        _manifest(f"{_S3}/../../../../warehouse/x.parquet"),
        "ManifestError",
        ("leaves the data tree",),
    ),
    "a manifest of two buckets": (
        _manifest(_GOOD, _GOOD, "s3://elsewhere/cur/data/BILLING_PERIOD=2026-03/x.parquet"),
        "ManifestError",
        ("elsewhere",),
    ),
    "a manifest that is no JSON": (_manifest_text("{"), "ManifestError", ("not JSON",)),
    "a manifest without files": (_manifest_text("[1]"), "ManifestError", ("JSON object",)),
    "a manifest nested deep": (_manifest_text("[" * 100_000), "ManifestError", ("not JSON",)),
    "usage of another month than its folder": (
        _other_month,
        "UsagePeriodMismatchError",
        ("2026-04", "2026-03", "bill_billing_period_start_date"),
    ),
    "no common month": (_no_common_month, "UsagePeriodMismatchError", ("2026-04", "2026-03")),
    "usage of no month": (_no_month, "UsagePeriodMismatchError", ("cur-00001", "no month")),
    "a legacy CUR": (_legacy, "MissingColumnError", ("legacy CUR", "CUR 2.0")),
    "carbon as usage": (_carbon_as_usage, "InputNotFoundError", ("billing_period",)),
    "usage as carbon": (_usage_as_carbon, "InputNotFoundError", ("usage_period",)),
    "a path that is not there": (_nowhere, "InputNotFoundError", ("nowhere",)),
    "a name that no disk takes": (_endless, "InputError", ("File name too long",)),
    "nothing readable": (_nothing, "InputNotFoundError", ("bare",)),
    "money beyond 64 bits": (_beyond_all_measure, "InvalidAmountError", ("cur-00001",)),
    "money beyond a decimal": (_beyond_a_decimal, "InvalidAmountError", ("18 digits",)),
    "a console report without account": (
        _console_without_account,
        "MissingAccountError",
        ("report.csv", "--account"),
    ),
    "an inventory that is not there": (_no_inventory, "InputNotFoundError", ("accounts.csv",)),
    "an inventory of unicode digits": (_bad_account, "InvalidAccountError", ("row 1",)),
    "an inventory that is not UTF-8": (_latin_accounts, "UnreadableFileError", ("accounts.csv",)),
    "a load that is none": (
        _inventory_load,
        "InvalidAmountError",
        ("machines.parquet", "cpu_mean_percent", "row 1", "170"),
    ),
    "an inventory of another type": (
        _inventory_type,
        "ColumnTypeError",
        ("machines.parquet", "column measured_days"),
    ),
    "a cut inventory": (_cut_inventory, "UnreadableFileError", ("machines.parquet",)),
    "usage as inventory": (_usage_as_inventory, "MissingColumnError", ("cur-00001", "column day")),
    "a measurement of nobody's": (
        _measured("notes.txt", "all was well\n"),
        "UnreadableFileError",
        ("notes.txt", "CodeCarbon"),
    ),
    "a measurement of no machine": (
        _measured("emissions.csv", _CODECARBON),
        "MeasurementError",
        ("emissions.csv", "lab", "resources.toml"),
    ),
    "energy that is told twice": (_measured_twice, "DuplicateRowError", ("i-1", "codecarbon")),
    "measurements without usage": (_without_usage, "InvalidArgumentError", ("--measured",)),
    "an intensity that is none": (
        _intensity("when,where"),
        "UnreadableFileError",
        ("maps.csv", "Electricity Maps"),
    ),
    "an intensity of stacks only": (
        _intensity(_MAPS + "Carbon intensity gCO₂eq/kWh (direct)"),
        "IntensityBoundaryError",
        ("maps.csv", "life-cycle"),
    ),
    "an export of emptied files": (
        _empty_listed,
        "InputNotFoundError",
        ("no usage export",),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_and_makes_no_warehouse(
    name: str, exports: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """Status 2, one named line on standard error, nothing on standard output, no folder."""
    spoil, error, told = BAD[name]
    out = tmp_path / "new" / "warehouse"

    result = crossfoot("run", *spoil(exports), "--out", out)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{error}: ")
    assert [text for text in told if text not in result.stderr] == []
    assert not out.parent.exists()


@pytest.mark.parametrize("name", BAD)
def test_bad_input_leaves_a_warehouse_as_it_was(
    name: str, exports: Any, crossfoot: Any, warehouse: Path, bytes_of: Any
) -> None:
    """The same against a warehouse that has something to lose: not one byte differs."""
    spoil, error, _ = BAD[name]
    before = bytes_of(warehouse)

    result = crossfoot("run", *spoil(exports), "--out", warehouse)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{error}: ")
    assert bytes_of(warehouse) == before
