"""Carbon exports, byte-shaped as AWS delivers them, and everything that can be wrong with one."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.carbon_exports import read_carbon
from crossfoot.domain.errors import (
    ColumnTypeError,
    DuplicateColumnError,
    DuplicateRowError,
    InputError,
    InputNotFoundError,
    InvalidAccountError,
    InvalidAmountError,
    InvalidModelVersionError,
    InvalidPeriodError,
    MissingColumnError,
    MixedPayersError,
    UnknownUnitError,
    UnreadableFileError,
)
from crossfoot.domain.measures import MEASURES, Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery, CarbonIntake
from crossfoot.domain.versions import ModelVersion
from crossfoot.usecases.choose_vintage import current_deliveries

PAYER = "000000000001"
MEMBER = "000000000002"
VALUES = {
    Measure.SCOPE_1: "total_scope_1_emissions_value",
    Measure.SCOPE_2_LBM: "total_scope_2_lbm_emissions_value",
    Measure.SCOPE_2_MBM: "total_scope_2_mbm_emissions_value",
    Measure.SCOPE_3_LBM: "total_scope_3_lbm_emissions_value",
    Measure.SCOPE_3_MBM: "total_scope_3_mbm_emissions_value",
    Measure.TOTAL_LBM: "total_lbm_emissions_value",
    Measure.TOTAL_MBM: "total_mbm_emissions_value",
}
TOTAL_LBM = MEASURES.index(Measure.TOTAL_LBM)
FIRST_RUN = "2026-04-14T07:52:10.494Z-11111111-2222-3333-4444-555555555555"
SECOND_RUN = "2026-05-14T07:52:10.494Z-66666666-7777-8888-9999-000000000000"

type Columns = dict[str, Any]


def carbon(month: str = "2026-03", **changes: Sequence[Any]) -> Columns:
    """Return three rows of the 23 columns, in AWS's order, with some columns changed."""
    year, number = (int(part) for part in month.split("-"))
    columns: Columns = {
        "last_refresh_timestamp": [datetime(2026, 4, 20, 5, 6, 7)] * 3,  # noqa: DTZ001 - INT96
        "location": ["Europe (Frankfurt)", "Europe (Frankfurt)", "Global"],
        "model_version": ["v3.0.1"] * 3,
        "payer_account_id": [PAYER] * 3,
        "product_code": ["AmazonEC2", "Other", "AmazonCloudFront"],
        "region_code": ["eu-central-1", "eu-central-1", None],
    }
    for index, name in enumerate(VALUES.values()):
        columns[name] = [0.000001 * (index + 1), 1.5, 0.0]
        columns[name.replace("_value", "_unit")] = ["MTCO2e"] * 3
    columns["usage_account_id"] = [PAYER, MEMBER, MEMBER]
    columns["usage_period_end"] = [datetime(year, number, 28, 23, 59, 59)] * 3  # noqa: DTZ001
    columns["usage_period_start"] = [datetime(year, number, 1)] * 3  # noqa: DTZ001
    return columns | changes


def without(columns: Columns, *names: str) -> Columns:
    """Return the columns but some."""
    return {name: values for name, values in columns.items() if name not in names}


def parquet(path: Path, columns: Mapping[str, Any], **options: Any) -> Path:
    """Write a file as AWS's writer does: snappy, INT96 times, no Arrow schema."""
    path.parent.mkdir(parents=True, exist_ok=True)
    defaults = {"compression": "snappy", "store_schema": False}
    if "coerce_timestamps" not in options:
        defaults["use_deprecated_int96_timestamps"] = True
    pq.write_table(pa.table(dict(columns)), path, **(defaults | options))
    return path


def as_text(values: Sequence[Any]) -> list[str]:
    """Return cells as AWS's CSV spells them."""
    texts = ["" if value is None else f"{value}" for value in values]
    return [
        f"{value:%Y-%m-%d %H:%M:%SZ}" if isinstance(value, datetime) else text
        for value, text in zip(values, texts, strict=True)
    ]


def csv(path: Path, columns: Mapping[str, Any]) -> Path:
    """Write a CSV, gzipped if its name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({name: as_text(values) for name, values in columns.items()})
    with pa.output_stream(path, "gzip" if path.suffix == ".gz" else None) as stream:
        arrow_csv.write_csv(table, stream)
    return path


def partition(
    root: Path,
    month: str = "2026-03",
    version: str = "v3.0.1",
    *,
    key: str = "carbon_model_version",
) -> Path:
    """Return the data folder of a partition."""
    return root / "carbon" / "data" / f"{key}={version}" / f"usage_period={month}"


def only(intake: CarbonIntake) -> CarbonDelivery:
    """Return the one delivery."""
    assert len(intake.deliveries) == 1
    return intake.deliveries[0]


def codes(intake: CarbonIntake) -> list[str]:
    """Return the codes of the notes."""
    return [note.code for note in intake.notes]


@pytest.mark.parametrize("name", ["c-00001.snappy.parquet", "c-00001.csv", "c-00001.csv.gz"])
@pytest.mark.parametrize("key", ["carbon_model_version", "model_version"])
def test_a_partition_is_one_delivery(tmp_path: Path, name: str, key: str) -> None:
    """Every format and both spellings give the same rows, to the microgram."""
    write = parquet if name.endswith("parquet") else csv
    path = write(partition(tmp_path, key=key) / name, carbon())

    delivery = only(read_carbon(tmp_path))

    rows = delivery.rows
    assert (delivery.usage_period, delivery.model_version) == (
        UsagePeriod("2026-03"),
        ModelVersion("v3.0.1"),
    )
    assert delivery.payer_account_id == PAYER
    assert delivery.delivered_at == datetime(2026, 4, 20, 5, 6, 7, tzinfo=UTC)
    assert delivery.delivery_id.startswith("d-")
    assert len(delivery.delivery_id) == 18
    assert [file.path for file in delivery.files] == [str(path)]
    assert list(rows.usage_account_id) == [PAYER, MEMBER, MEMBER]
    assert list(rows.region) == ["eu-central-1", "eu-central-1", "global"]
    assert list(rows.region_code) == ["eu-central-1", "eu-central-1", None]
    assert list(rows.carbon_service) == ["AmazonEC2", "Other", "AmazonCloudFront"]
    assert rows.amount_ug[:, 0].tolist() == [10**6 * (i + 1) for i in range(7)]
    assert rows.amount_ug[:, 1].tolist() == [1_500_000_000_000] * 7
    assert rows.is_reported.all()
    assert list(rows.source_row) == [1, 2, 3]
    assert rows.last_refresh[0] == np.datetime64("2026-04-20T05:06:07")


def test_columns_are_read_by_name_in_any_order(tmp_path: Path) -> None:
    """The order of a delivery follows the query of the export."""
    columns = carbon()
    shuffled = {name: columns[name] for name in sorted(columns, reverse=True)}

    straight = read_carbon(parquet(tmp_path / "a.parquet", columns))
    reverse = read_carbon(parquet(tmp_path / "b.parquet", shuffled))

    assert only(straight).rows.totals_ug() == only(reverse).rows.totals_ug()


@pytest.mark.parametrize(
    "options",
    [
        {"coerce_timestamps": "ms"},
        {"coerce_timestamps": "us", "version": "1.0"},
        {"store_schema": True, "coerce_timestamps": "us"},
        {"use_dictionary": False},
    ],
)
def test_any_parquet_encoding_of_the_types_works(tmp_path: Path, options: dict[str, Any]) -> None:
    """Timestamps of any unit, with or without dictionaries and Arrow's own schema."""
    intake = read_carbon(parquet(partition(tmp_path) / "a.parquet", carbon(), **options))

    assert only(intake).delivered_at == datetime(2026, 4, 20, 5, 6, 7, tzinfo=UTC)


def test_arrow_types_beyond_awss_own_work(tmp_path: Path) -> None:
    """Dictionaries, large strings, null columns, zoned times, times as text."""
    columns = carbon()
    columns["product_code"] = pa.array(columns["product_code"]).dictionary_encode()
    columns["usage_account_id"] = pa.array(columns["usage_account_id"], pa.large_string())
    columns["location"] = pa.nulls(3)
    columns["total_mbm_emissions_value"] = pa.nulls(3)
    columns["usage_period_start"] = [
        "2026-03-01 00:00:00Z",
        "2026-03-01T00:00:00.000Z",
        "2026-03-01",
    ]
    columns["last_refresh_timestamp"] = pa.array(
        columns["last_refresh_timestamp"], pa.timestamp("us", "Europe/Berlin")
    )
    path = parquet(tmp_path / "a.parquet", columns, store_schema=True, coerce_timestamps="us")

    rows = only(read_carbon(path)).rows

    assert list(rows.carbon_service) == ["AmazonEC2", "Other", "AmazonCloudFront"]
    assert list(rows.location) == [None] * 3
    assert not rows.is_reported[MEASURES.index(Measure.TOTAL_MBM)].any()
    assert rows.last_refresh[0] == np.datetime64("2026-04-20T05:06:07")


def test_old_files_lack_columns_and_say_so(tmp_path: Path) -> None:
    """Before v3 there were no scopes, and at first no LBM: missing, which is not zero."""
    names = [
        name
        for measure, value in VALUES.items()
        if measure is not Measure.TOTAL_MBM
        for name in (value, value.replace("_value", "_unit"))
    ]
    path = parquet(tmp_path / "a.parquet", without(carbon(), *names))

    rows = only(read_carbon(path)).rows

    assert rows.is_reported.any(axis=1).tolist() == [False] * 6 + [True]
    assert not rows.amount_ug[:6].any()


def test_null_is_missing_and_zero_is_reported(tmp_path: Path) -> None:
    """Zero rows are normal, null totals are allowed; negatives happened, and are told."""
    path = parquet(
        tmp_path / "a.parquet", carbon(total_lbm_emissions_value=[None, -0.0, -0.000002])
    )

    intake = read_carbon(path)

    rows = only(intake).rows
    assert rows.is_reported[TOTAL_LBM].tolist() == [False, True, True]
    assert rows.amount_ug[TOTAL_LBM].tolist() == [0, 0, -2_000_000]
    assert [(note.code, note.count) for note in intake.notes] == [("negative-amount", 1)]


@pytest.mark.parametrize("region", [None, "", "global", "Global", "GLOBAL"])
def test_every_spelling_of_global_is_one_region(tmp_path: Path, region: str | None) -> None:
    """As delivered in one column, normalised in the other."""
    path = parquet(tmp_path / "a.parquet", carbon(region_code=["eu-central-1", "x", region]))

    rows = only(read_carbon(path)).rows

    assert (rows.region[2], rows.region_code[2]) == ("global", region)


def test_unknown_columns_and_products_pass(tmp_path: Path) -> None:
    """A new column is told, a new product is AWS's own text, none stays none."""
    columns = carbon(product_code=["AmazonNew", None, "ec2"]) | {"water_litres": [1, 2, 3]}

    intake = read_carbon(parquet(tmp_path / "a.parquet", columns))

    assert list(only(intake).rows.carbon_service) == ["AmazonNew", None, "AmazonEC2"]
    assert codes(intake) == ["unknown-column"]
    assert "water_litres" in intake.notes[0].message


def test_a_file_alone_is_split_by_month_and_version(tmp_path: Path) -> None:
    """Without folders the rows themselves tell the delivery."""
    columns = carbon(
        usage_period_start=[datetime(2026, m, 1) for m in (3, 3, 4)],  # noqa: DTZ001
        model_version=["v3.0.1", "v3.0.0", "v3.0.1"],
    )
    path = parquet(tmp_path / "a.parquet", columns)

    found = {
        (str(d.usage_period), str(d.model_version)): list(d.rows.source_row)
        for d in read_carbon(path).deliveries
    }

    assert found == {
        ("2026-03", "v3.0.0"): [2],
        ("2026-03", "v3.0.1"): [1],
        ("2026-04", "v3.0.1"): [3],
    }


def test_several_chunks_are_one_delivery(tmp_path: Path) -> None:
    """Rows keep the file they came from; an empty chunk among them is harmless."""
    folder = partition(tmp_path)
    parquet(folder / "c-00001.snappy.parquet", carbon())
    parquet(folder / "c-00002.snappy.parquet", carbon(usage_account_id=["000000000003"] * 3))
    (folder / "c-00003.csv").write_bytes(b"")

    delivery = only(read_carbon(tmp_path))

    assert len(delivery.files) == 3
    assert delivery.rows.source_file.tolist() == [0, 0, 0, 1, 1, 1]
    assert delivery.rows.source_row.tolist() == [1, 2, 3, 1, 2, 3]


def test_create_new_mode_keeps_every_execution(tmp_path: Path) -> None:
    """Two executions of a month are two deliveries, and the latest is current."""
    for run, amount in ((FIRST_RUN, 1.0), (SECOND_RUN, 2.0)):
        path = parquet(
            partition(tmp_path) / run / "c-00001.snappy.parquet",
            carbon(total_lbm_emissions_value=[amount] * 3),
        )
        key = path.relative_to(tmp_path)
        manifest = (
            tmp_path
            / "carbon"
            / "metadata"
            / path.parent.relative_to(tmp_path / "carbon" / "data")
            / "carbon-Manifest.json"
        )
        manifest.parent.mkdir(parents=True)
        manifest.write_text(json.dumps({"dataFiles": [f"s3://landing/{key}"]}))

    deliveries = read_carbon(tmp_path).deliveries

    assert [d.delivered_at.month for d in deliveries] == [4, 5]
    assert len({d.delivery_id for d in deliveries}) == 2
    current = current_deliveries(deliveries)[UsagePeriod("2026-03")]
    assert current.rows.totals_ug()[TOTAL_LBM] == 6 * 10**12


def test_the_same_delivery_twice_is_one(tmp_path: Path) -> None:
    """Delivered again byte for byte, it was known since the first time."""
    for run in (FIRST_RUN, SECOND_RUN):
        parquet(partition(tmp_path) / run / "c-00001.snappy.parquet", carbon())

    assert only(read_carbon(tmp_path)).delivered_at.month == 4


def test_a_delivery_that_comes_back_is_current_again(tmp_path: Path) -> None:
    """Corrected, and corrected back: the last word counts."""
    third_run = SECOND_RUN.replace("2026-05", "2026-06")
    for run, amount in ((FIRST_RUN, 1.0), (SECOND_RUN, 2.0), (third_run, 1.0)):
        parquet(
            partition(tmp_path) / run / "c-00001.snappy.parquet",
            carbon(total_lbm_emissions_value=[amount] * 3),
        )

    deliveries = read_carbon(tmp_path).deliveries

    assert [d.delivered_at.month for d in deliveries] == [5, 6]


def test_version_ten_is_newer_than_version_nine(tmp_path: Path) -> None:
    """Versions are ordered as semver, not as text."""
    for version in ("v9.0.0", "v10.0.0"):
        parquet(
            partition(tmp_path, version=version) / "c.parquet", carbon(model_version=[version] * 3)
        )

    current = current_deliveries(read_carbon(tmp_path).deliveries)

    assert str(current[UsagePeriod("2026-03")].model_version) == "v10.0.0"


@pytest.mark.parametrize("kind", ["zero-csv", "zero-parquet", "header", "no-rows"])
def test_an_empty_month_is_a_delivery_of_the_payer(tmp_path: Path, kind: str) -> None:
    """Delivered and empty is not the same as not delivered."""
    parquet(partition(tmp_path, "2026-02") / "c.parquet", carbon("2026-02"))
    folder = partition(tmp_path)
    folder.mkdir(parents=True)
    if kind == "zero-csv":
        (folder / "c.csv").write_bytes(b"")
    elif kind == "zero-parquet":
        (folder / "c.parquet").write_bytes(b"")
    elif kind == "header":
        (folder / "c.csv").write_text(",".join(carbon()))
    else:
        pq.write_table(pa.table(carbon()).slice(0, 0), folder / "c.parquet")

    deliveries = {str(d.usage_period): d for d in read_carbon(tmp_path).deliveries}

    empty = deliveries["2026-03"]
    assert (empty.rows.n_rows, empty.payer_account_id) == (0, PAYER)
    assert empty.delivery_id != deliveries["2026-02"].delivery_id


def test_an_empty_month_without_payer_is_left_out_and_told(tmp_path: Path) -> None:
    """Unless the user names the account."""
    folder = partition(tmp_path)
    folder.mkdir(parents=True)
    (folder / "c.csv").write_bytes(b"")

    nobody = read_carbon(tmp_path)
    named = read_carbon(tmp_path, payer_account_id=PAYER)

    assert (nobody.deliveries, codes(nobody)) == ((), ["empty-delivery"])
    assert only(named).payer_account_id == PAYER


def test_an_empty_file_without_month_is_told(tmp_path: Path) -> None:
    """Nothing says which month it would be."""
    (tmp_path / "c.csv").write_bytes(b"")

    intake = read_carbon(tmp_path, payer_account_id=PAYER)

    assert (intake.deliveries, codes(intake)) == ((), ["empty-file"])


BAD_VALUES: list[tuple[type[InputError], str, list[Any], int]] = [
    (UnknownUnitError, "total_lbm_emissions_unit", ["MTCO2e", "kgCO2e", "MTCO2e"], 2),
    (UnknownUnitError, "total_scope_1_emissions_unit", ["MTCO2e", "MTCO2e", "mtco2e"], 3),
    (UnknownUnitError, "total_lbm_emissions_unit", ["MTCO2e", "MTCO2e", None], 3),
    (InvalidAmountError, "total_lbm_emissions_value", [1.0, float("nan"), 1.0], 2),
    (InvalidAmountError, "total_lbm_emissions_value", [float("inf"), 1.0, 1.0], 1),
    (InvalidAmountError, "total_lbm_emissions_value", [1.0, 1.0, float("-inf")], 3),
    (InvalidAmountError, "total_lbm_emissions_value", [1.0, 1_000_000.0, 1.0], 2),
    (InvalidAmountError, "total_lbm_emissions_value", [1e308, 1.0, 1.0], 1),
    (InvalidAccountError, "usage_account_id", [MEMBER, "", MEMBER], 2),
    (InvalidAccountError, "usage_account_id", [MEMBER, None, MEMBER], 2),
    (
        InvalidAccountError,
        "usage_account_id",
        [
            MEMBER,
            MEMBER,
            "\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10\uff11\uff12",
        ],
        3,
    ),
    (InvalidAccountError, "usage_account_id", [" 000000000002", MEMBER, MEMBER], 1),
    (InvalidAccountError, "payer_account_id", [PAYER, PAYER, "0" * 33], 3),
    (InvalidModelVersionError, "model_version", ["v3.0.1", "three", "v3.0.1"], 2),
    (InvalidModelVersionError, "model_version", ["v3.0.1", "v3.0.1", "v3.0.0"], 3),
]


@pytest.mark.parametrize("write", [parquet, csv])
@pytest.mark.parametrize(("error", "column", "values", "row"), BAD_VALUES)
def test_a_bad_value_is_named_with_file_column_and_row(
    tmp_path: Path,
    write: Callable[[Path, Columns], Path],
    error: type[InputError],
    column: str,
    values: list[Any],
    row: int,
) -> None:
    """Nothing is guessed, in either format."""
    path = write(partition(tmp_path) / f"c.{write.__name__}", carbon(**{column: values}))

    with pytest.raises(error) as caught:
        read_carbon(tmp_path)
    assert (caught.value.file, caught.value.column, caught.value.row) == (str(path), column, row)


@pytest.mark.parametrize("text", ["=1+1", "1,5", "n/a", "0x10"])
def test_text_for_an_amount_is_named(tmp_path: Path, text: str) -> None:
    """A spreadsheet's formula or a comma is no number."""
    path = csv(tmp_path / "c.csv", carbon(total_lbm_emissions_value=["1.0", " 2.0 ", text]))

    with pytest.raises(ColumnTypeError) as caught:
        read_carbon(path)
    assert (caught.value.column, caught.value.row) == ("total_lbm_emissions_value", 3)
    assert text in caught.value.message


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("total_lbm_emissions_value", ["1.0", "2.0", "3.0"]),
        ("total_lbm_emissions_value", pa.array([1, 2, 3], pa.decimal128(9, 3))),
        ("total_lbm_emissions_value", pa.array([1, 2, 3], pa.float32())),
        ("usage_account_id", [1, 2, 3]),
        ("payer_account_id", pa.array([1, 1, 1]).dictionary_encode()),
        ("usage_period_start", [1, 2, 3]),
        ("product_code", [["a"], ["b"], ["c"]]),
        ("total_lbm_emissions_unit", [1, 1, 1]),
    ],
)
def test_another_type_is_named(tmp_path: Path, column: str, values: Any) -> None:
    """An account id that was a number has lost its zeros."""
    path = parquet(tmp_path / "c.parquet", carbon(**{column: values}))

    with pytest.raises(ColumnTypeError) as caught:
        read_carbon(path)
    assert (caught.value.file, caught.value.column) == (str(path), column)


@pytest.mark.parametrize(
    "column",
    [
        "usage_account_id",
        "payer_account_id",
        "usage_period_start",
        "model_version",
        "total_lbm_emissions_unit",
        "total_scope_3_mbm_emissions_unit",
    ],
)
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    """A value without its unit is as bad as no value."""
    path = parquet(tmp_path / "c.parquet", without(carbon(), column))

    with pytest.raises(MissingColumnError) as caught:
        read_carbon(path)
    assert (caught.value.file, caught.value.column) == (str(path), column)


def test_a_file_without_any_emissions_is_refused(tmp_path: Path) -> None:
    """It is some other table."""
    path = parquet(tmp_path / "c.parquet", without(carbon(), *VALUES.values()))

    with pytest.raises(MissingColumnError, match="emissions"):
        read_carbon(path)


def test_the_folder_tells_what_the_rows_do_not(tmp_path: Path) -> None:
    """Month and version may be missing from the columns of a partition."""
    columns = without(carbon(), "usage_period_start", "model_version", "last_refresh_timestamp")
    parquet(partition(tmp_path) / "c.parquet", columns)

    delivery = only(read_carbon(tmp_path))

    assert (str(delivery.usage_period), str(delivery.model_version)) == ("2026-03", "v3.0.1")


@pytest.mark.parametrize("end", ["2026-03-31 23:59:59Z", "2026-04-01 00:00:00Z", "", "whenever"])
def test_the_end_of_the_period_is_not_looked_at(tmp_path: Path, end: str) -> None:
    """Whether it belongs to the month is not documented."""
    path = csv(partition(tmp_path) / "c.csv", carbon(usage_period_end=[end] * 3))

    assert str(only(read_carbon(path)).usage_period) == "2026-03"


@pytest.mark.parametrize(
    "start", ["2026-04-01 00:00:00Z", "2026-02-29 00:00:00Z", "1970-01-01 00:00:00Z", "March"]
)
def test_a_row_of_another_month_than_its_folder_is_named(tmp_path: Path, start: str) -> None:
    """So is a month that is none."""
    starts = ["2026-03-01 00:00:00Z", start, "2026-03-01 00:00:00Z"]
    path = csv(partition(tmp_path) / "c.csv", carbon(usage_period_start=starts))

    with pytest.raises(InvalidPeriodError) as caught:
        read_carbon(tmp_path)
    assert (caught.value.file, caught.value.row) == (str(path), 2)


def test_months_are_those_of_utc(tmp_path: Path) -> None:
    """The last afternoon of February in California is in March."""
    starts = ["2026-02-28T16:00:00-08:00"] * 3
    path = csv(partition(tmp_path) / "c.csv", carbon(usage_period_start=starts))

    assert str(only(read_carbon(path)).usage_period) == "2026-03"


@pytest.mark.parametrize(
    ("column", "error"),
    [("usage_period_start", InvalidPeriodError), ("model_version", InvalidModelVersionError)],
)
def test_a_row_alone_must_tell_month_and_version(
    tmp_path: Path, column: str, error: type[InputError]
) -> None:
    """Without folder there is no one else to ask."""
    values = carbon()[column]
    path = csv(tmp_path / "c.csv", carbon(**{column: [values[0], None, values[2]]}))

    with pytest.raises(error) as caught:
        read_carbon(path)
    assert caught.value.row == 2


@pytest.mark.parametrize(
    ("month", "version", "error"),
    [
        ("2026-13", "v3.0.1", InvalidPeriodError),
        ("..", "v3.0.1", InvalidPeriodError),
        ("2026-03", "latest", InvalidModelVersionError),
        ("2026-03", "%2e%2e", InvalidModelVersionError),
    ],
)
def test_a_folder_that_is_no_month_or_version_is_named(
    tmp_path: Path, month: str, version: str, error: type[InputError]
) -> None:
    """Values of partitions are checked like any other input."""
    parquet(partition(tmp_path, month, version) / "c.parquet", carbon())

    with pytest.raises(error) as caught:
        read_carbon(tmp_path)
    assert caught.value.file == str(partition(tmp_path, month, version))


def test_two_payers_are_refused(tmp_path: Path) -> None:
    """Within a file or across partitions; an account named by the user is no payer of rows."""
    parquet(partition(tmp_path, "2026-02") / "c.parquet", carbon("2026-02"))
    path = parquet(
        partition(tmp_path) / "c.parquet", carbon(payer_account_id=[PAYER, PAYER, "999999999999"])
    )

    with pytest.raises(MixedPayersError) as caught:
        read_carbon(tmp_path)
    assert (caught.value.file, caught.value.row) == (str(path), 3)
    path.unlink()
    assert only(read_carbon(tmp_path, payer_account_id=MEMBER)).payer_account_id == PAYER


@pytest.mark.parametrize("products", [["Other"] * 3, [None] * 3])
def test_one_cell_twice_is_refused(tmp_path: Path, products: list[str | None]) -> None:
    """Which of the two is right cannot be known; an absent product equals an absent one."""
    columns = carbon(
        product_code=products,
        usage_account_id=[PAYER, MEMBER, MEMBER],
        region_code=["eu-central-1"] * 3,
        location=["Europe (Frankfurt)"] * 3,
    )
    path = parquet(partition(tmp_path) / "c.parquet", columns)

    with pytest.raises(DuplicateRowError) as caught:
        read_carbon(tmp_path)
    assert (caught.value.file, caught.value.row) == (str(path), 3)


def test_a_cell_in_two_chunks_is_refused(tmp_path: Path) -> None:
    """A copy beside the original does not double the figure."""
    parquet(partition(tmp_path) / "c-00001.parquet", carbon())
    path = parquet(partition(tmp_path) / "c-00002.parquet", carbon())

    with pytest.raises(DuplicateRowError) as caught:
        read_carbon(tmp_path)
    assert (caught.value.file, caught.value.row) == (str(path), 1)


def test_accounts_of_unusual_length_are_told(tmp_path: Path) -> None:
    """Eleven digits may be twelve that lost a zero; they are never made a number."""
    intake = read_carbon(
        parquet(tmp_path / "c.parquet", carbon(usage_account_id=["00000000002", MEMBER, MEMBER]))
    )

    assert only(intake).rows.usage_account_id[0] == "00000000002"
    assert codes(intake) == ["unusual-account"]


def test_text_that_is_not_utf8_is_unreadable(tmp_path: Path) -> None:
    """In Parquet, too, where nobody checks it before it is shown."""
    columns = carbon()
    raw = pa.array([b"Europe \xff", b"b", b"c"], pa.binary()).view(pa.string())
    path = parquet(tmp_path / "c.parquet", columns | {"location": raw})

    with pytest.raises(UnreadableFileError):
        read_carbon(path)


def test_a_damaged_byte_is_harmless_or_named(tmp_path: Path) -> None:
    """Whatever byte of a column's pages is hit, as where an index leaves its dictionary."""
    path = parquet(tmp_path / "c.parquet", carbon(), compression="none")
    sound = path.read_bytes()
    index = list(carbon()).index("model_version")
    chunk = pq.read_metadata(path).row_group(0).column(index)
    start = chunk.dictionary_page_offset
    named: set[str] = set()
    for at in range(start, start + chunk.total_compressed_size):
        path.write_bytes(sound[:at] + b"\xfb" + sound[at + 1 :])
        try:
            read_carbon(path)
        except InputError as error:
            named.add(type(error).__name__)

    assert "UnreadableFileError" in named


def test_twin_columns_and_missing_places_have_their_names(tmp_path: Path) -> None:
    """The guards speak through the reader."""
    columns = carbon()
    path = parquet(tmp_path / "c.parquet", columns | {"Location": columns["location"]})

    with pytest.raises(DuplicateColumnError):
        read_carbon(path)
    with pytest.raises(InputNotFoundError):
        read_carbon(tmp_path / "nowhere")
    with pytest.raises(InvalidAccountError):
        read_carbon(path, payer_account_id="my account")


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    """Ids are made of bytes, so a delivery is recognised anywhere."""
    parquet(partition(tmp_path / "a") / "c.parquet", carbon())
    parquet(partition(tmp_path / "b") / "c.parquet", carbon())

    assert (
        only(read_carbon(tmp_path / "a")).delivery_id
        == only(read_carbon(tmp_path / "b")).delivery_id
    )
