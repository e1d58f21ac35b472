"""CUR 2.0 and FOCUS as they are delivered: the same lines in any clothes give the same roll-up."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from crossfoot.adapters.usage_exports import find_usage
from crossfoot.domain.configuration import TagKey
from crossfoot.domain.errors import MissingColumnError, UsagePeriodMismatchError
from crossfoot.domain.period import UsagePeriod

TEAM = TagKey("team")
FOCUS_SAMPLE = Path(__file__).parents[3].parent / "shared/samples/focus-1.0_focus_sample.csv"
LINES: list[dict[str, Any]] = [
    {"resource_tags": {"user_team": "blue"}},
    {"line_item_resource_id": "i-2", "line_item_usage_amount": 744.0, "resource_tags": {}},
    {
        "line_item_product_code": "AmazonS3",
        "line_item_usage_type": "EUC1-TimedStorage-ByteHrs",
        "line_item_operation": "StandardStorage",
        "pricing_unit": "GB-Mo",
        "line_item_resource_id": "bucket",
        "line_item_usage_amount": 5.5,
    },
]


def test_all_clothes_of_cur_give_one_roll_up(delivered: Any, roll_up: Any, tmp_path: Path) -> None:
    """INT96 or microseconds, 130 columns or the few, dictionaries or none, CSV plain or gzipped."""
    table = delivered.cur(*LINES)
    few = table.select([name for name in table.column_names if not name.startswith(_SPARED)])
    encoded = table.set_column(0, table.column_names[0], table.column(0).dictionary_encode())
    backwards = table.select(list(reversed(table.column_names)))
    places = [
        delivered.parquet(tmp_path / "aws" / "a.parquet", table),
        delivered.parquet(tmp_path / "few" / "a.parquet", few),
        delivered.parquet(
            tmp_path / "us" / "a.parquet", table, use_deprecated_int96_timestamps=False
        ),
        delivered.parquet(tmp_path / "plain" / "a.parquet", table, use_dictionary=False),
        delivered.parquet(tmp_path / "coded" / "a.parquet", encoded, store_schema=True),
        delivered.parquet(tmp_path / "backwards" / "a.parquet", backwards),
        delivered.parquet(tmp_path / "groups" / "a.parquet", table, row_group_size=1),
        delivered.csv(tmp_path / "csv" / "a.csv", table),
        delivered.csv(tmp_path / "gz" / "a.csv.gz", table),
    ]

    first, *others = [roll_up(place, [TEAM]) for place in places]

    assert len(first.rows) == 3
    assert [other.rows for other in others] == [first.rows] * len(others)
    assert [other.counts for other in others] == [first.counts] * len(others)


_SPARED = ("reservation_", "savings_plan_", "split_", "capacity_", "product_from", "tags", "disc")


def test_chunks_may_differ_in_columns(delivered: Any, roll_up: Any, tmp_path: Path) -> None:
    """A chunk without an optional column reads as null there, in whichever order chunks come."""
    table = delivered.cur(*LINES)
    bare = delivered.cur(
        {"line_item_resource_id": "i-3"}, without=("resource_tags", "product", "cost_category")
    )
    for name, tables in {"x": (table, bare), "y": (bare, table)}.items():
        for number, chunk in enumerate(tables):
            delivered.parquet(tmp_path / name / f"{number}.parquet", chunk)

    one, other = (roll_up(tmp_path / name, [TEAM]) for name in "xy")

    assert len(one.rows) == 4
    assert one.rows == other.rows
    assert {row["resource_id"]: row["tag_team"] for row in one.rows}["i-3"] is None


def test_numbers_may_be_decimals_and_times_may_have_a_zone(
    delivered: Any, roll_up: Any, tmp_path: Path
) -> None:
    """Athena writes both; they mean the same."""
    table = delivered.cur(*LINES)
    recast = table
    for name, kind in {
        "line_item_usage_amount": pa.decimal128(20, 6),
        "line_item_usage_start_date": pa.timestamp("us", "UTC"),
    }.items():
        at = recast.schema.get_field_index(name)
        recast = recast.set_column(at, name, recast.column(at).cast(kind))
    place = delivered.parquet(tmp_path / "a" / "a.parquet", table)
    other = delivered.parquet(
        tmp_path / "b" / "a.parquet", recast, use_deprecated_int96_timestamps=False
    )

    assert roll_up(place).rows == roll_up(other).rows


@pytest.mark.parametrize("folder", ["exports [2026]", "a*b", "what?", "it's", "ünï"])
def test_a_path_is_a_path_and_not_a_pattern(
    delivered: Any, roll_up: Any, tmp_path: Path, folder: str
) -> None:
    """Brackets, stars and quotes in folder names read the folder of that name, and no other."""
    delivered.parquet(tmp_path / "axb" / "a.parquet", delivered.cur({}, {}))
    parquet = delivered.parquet(tmp_path / folder / "a.parquet", delivered.cur({}))
    csv = delivered.csv(tmp_path / f"{folder} csv" / "a.csv", delivered.cur({}))

    assert roll_up(parquet.parent).control.line_count == 1
    assert roll_up(csv.parent).control.line_count == 1


def test_focus_parquet_reads_like_focus_csv(delivered: Any, roll_up: Any, tmp_path: Path) -> None:
    """1.2 comes with maps and meters, 1.0 as CSV with an unquoted NULL for nothing."""
    table = delivered.focus(
        {"Tags": {"team": "blue"}},
        {"Tags": {"user:team": "red"}, "ResourceId": "i-2", "RegionId": None},
    )
    parquet = roll_up(delivered.parquet(tmp_path / "p" / "a.parquet", table), [TEAM])
    csv = roll_up(delivered.csv(tmp_path / "c" / "a.csv", table, null="NULL"), [TEAM])

    assert parquet.rows == csv.rows
    assert parquet.counts == csv.counts
    assert [(row["resource_id"], row["region_code"], row["tag_team"]) for row in csv.rows] == [
        ("i-1", "eu-central-1", "blue"),
        ("i-2", "global", "red"),
    ]


def test_focus_1_2_names_product_and_meter(delivered: Any, roll_up: Any, tmp_path: Path) -> None:
    """With ``x_ServiceCode`` and ``SkuMeter`` a line is classified as CUR's would be."""
    line = {
        "x_ServiceCode": "AmazonS3",
        "SkuMeter": "EUC1-TimedStorage-ByteHrs",
        "x_Operation": "StandardStorage",
        "ServiceName": "Amazon Simple Storage Service",
        "ConsumedUnit": "GB-Mo",
        "ConsumedQuantity": 12.0,
    }
    row = roll_up(delivered.parquet(tmp_path / "a.parquet", delivered.focus(line))).only()

    assert (row["carbon_service"], row["service_code"]) == ("AmazonS3", "AmazonS3")
    assert (row["driver_unit"], row["driver_nano"]) == ("gb-months", 12 * 10**9)


def test_focus_counts_commitments_corrections_and_others_apart(
    delivered: Any, roll_up: Any, tmp_path: Path
) -> None:
    """An unused commitment and a correction are money; a seller's usage is not AWS's."""
    table = delivered.focus(
        {},
        {"ChargeClass": "", "CommitmentDiscountStatus": ""},
        {"CommitmentDiscountStatus": "Used"},
        {"CommitmentDiscountStatus": "Unused"},
        {"ChargeClass": "Correction"},
        {"ChargeCategory": "Tax"},
        {"PublisherName": "A Seller Ltd"},
        {"ProviderName": "Another Cloud"},
    )
    month = roll_up(delivered.parquet(tmp_path / "a.parquet", table))

    assert month.only()["line_count"] == 3
    assert month.excluded() == {"money only, no usage": 3, "not usage of AWS itself": 2}
    assert sum(count.unblended_nano for count in month.counts) == 8 * 50_000_000


def test_the_published_focus_sample_is_read_whole(roll_up: Any) -> None:
    """Every row of FOCUS's own sample is counted, in or out, with its money."""
    if not FOCUS_SAMPLE.is_file():
        pytest.skip(f"{FOCUS_SAMPLE.name} is not beside the repository")
    found = find_usage(FOCUS_SAMPLE)
    months = [roll_up(FOCUS_SAMPLE, (), UsagePeriod(text)) for text in ("2024-09", "2024-10")]

    assert len(found.parts) == 1
    assert sum(count.line_count for month in months for count in month.counts) == 1000
    assert all(
        sum(count.unblended_nano for count in month.counts) == month.control.unblended_nano
        for month in months
    )


def test_two_formats_do_not_mix(delivered: Any, tmp_path: Path) -> None:
    """A folder is of one format; the file of the other is named."""
    delivered.parquet(tmp_path / "a.parquet", delivered.focus({}))
    delivered.parquet(tmp_path / "b.parquet", delivered.cur({}))

    with pytest.raises(MissingColumnError, match=r"b\.parquet.*another format"):
        find_usage(tmp_path)


def test_one_month_in_two_places_is_refused(delivered: Any, roll_up: Any, tmp_path: Path) -> None:
    """Parquet beside CSV of one month is most likely the same export twice."""
    delivered.parquet(tmp_path / "a.parquet", delivered.cur({}))
    delivered.csv(tmp_path / "b.csv", delivered.cur({}))

    with pytest.raises(UsagePeriodMismatchError, match="would count twice"):
        roll_up(tmp_path)


def test_a_later_execution_replaces_an_earlier_one(
    delivered: Any, roll_up: Any, tmp_path: Path
) -> None:
    """Of two executions of one month the later is read, and the other is told of."""
    partition = tmp_path / "cur" / "data" / "BILLING_PERIOD=2026-03"
    for day, lines in ((14, [{}]), (15, [{}, {}])):
        folder = partition / f"2026-04-{day}T07:52:10.494Z-1111{day}"
        delivered.parquet(folder / "cur-00001.parquet", delivered.cur(*lines))

    assert roll_up(tmp_path / "cur").control.line_count == 2
    assert [note.code for note in find_usage(tmp_path / "cur").notes] == ["older-execution"]
