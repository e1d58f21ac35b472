"""What an outsider computes from our Parquet is AWS's own figure, read from AWS's own file.

The expected side is read here, from the raw export, without a line of ours: pyarrow and integers.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SCOPES = ["scope_1", "scope_2_lbm", "scope_2_mbm", "scope_3_lbm", "scope_3_mbm"]
MEASURES = [*SCOPES, "total_lbm", "total_mbm"]
PARTS = {"total_lbm": ("scope_1", "scope_2_lbm", "scope_3_lbm"),
         "total_mbm": ("scope_1", "scope_2_mbm", "scope_3_mbm")}  # fmt: skip
MICROGRAMS_PER_TONNE = 1e12
KEYS = ["usage_period", "usage_account_id", "region_code", "carbon_service"]
OTHERS = ["account_name", "ou_path", "service_code", "resource_id", "usage_family",
          "allocation_level", "allocation_key", "tag_user_team", "tag_aws_eks_namespace",
          "tag_division", "status", "model_version", "payer_account_id"]  # fmt: skip

type Sums = dict[str, Counter[tuple[str | None, ...]]]


@pytest.fixture(scope="session")
def reported(organisation: Any) -> Sums:
    """Return AWS's micrograms by month, account, Region and bucket, for each measure."""
    sums: Sums = {measure: Counter() for measure in MEASURES}
    for path in sorted(organisation.carbon.rglob("*.parquet")):
        period = path.parent.name.removeprefix("usage_period=")
        for row in pq.read_table(path, partitioning=None).to_pylist():
            region = row["region_code"] or "global"
            key = (period, row["usage_account_id"], region.replace("Global", "global"),
                   row["product_code"])  # fmt: skip
            ug = {
                scope: int(np.rint(row[f"total_{scope}_emissions_value"] * MICROGRAMS_PER_TONNE))
                for scope in SCOPES
            }
            for total, parts in PARTS.items():
                ug[total] = sum(ug[part] for part in parts)
            for measure in MEASURES:
                sums[measure][key] += ug[measure]
    return sums


@pytest.fixture(scope="session")
def emissions(closed_warehouse: Path) -> str:
    """Return what an outsider would give DuckDB to read."""
    return str(closed_warehouse / "emissions" / "**" / "*.parquet")


def _by(sums: Counter[tuple[str | None, ...]], columns: Sequence[str]) -> dict[Any, int]:
    grouped: Counter[tuple[str | None, ...]] = Counter()
    for key, amount in sums.items():
        grouped[tuple(key[KEYS.index(column)] for column in columns)] += amount
    return dict(grouped)


def _micrograms(kilograms: Decimal | None) -> int:
    return 0 if kilograms is None else int(kilograms.scaleb(9))


def _asked(emissions: str, columns: Sequence[str], measure: str) -> dict[Any, int]:
    names = ", ".join(columns)
    rows = duckdb.sql(
        f"SELECT {names}{',' if names else ''} sum({measure}_kgco2e) "
        f"FROM read_parquet('{emissions}') {'GROUP BY ' + names if names else ''}"
    ).fetchall()
    return {row[:-1]: _micrograms(row[-1]) for row in rows}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    "columns", [[], KEYS[:1], KEYS[1:2], KEYS[2:3], KEYS[3:], KEYS[:2], KEYS], ids="-".join
)
def test_every_cut_by_awss_keys_is_awss_figure(
    emissions: str, reported: Sums, measure: str, columns: list[str]
) -> None:
    """Month, account, Region, bucket, all or none: the sums are equal as integers."""
    expected = _by(reported[measure], columns)
    found = _asked(emissions, columns, measure)

    assert {key: ug for key, ug in found.items() if ug} == {
        key: ug for key, ug in expected.items() if ug
    }
    assert expected.keys() <= found.keys()


@given(
    keys=st.sets(st.sampled_from(KEYS)),
    others=st.sets(st.sampled_from(OTHERS)),
    measure=st.sampled_from(MEASURES),
)
@settings(max_examples=40, deadline=None)
def test_any_grouping_adds_up(
    emissions: str, reported: Sums, keys: set[str], others: set[str], measure: str
) -> None:
    """Group by anything, add the groups up again, and AWS's figures come back to the microgram."""
    columns = [*sorted(keys, key=KEYS.index), *sorted(others)]
    again: Counter[tuple[Any, ...]] = Counter()
    for key, amount in _asked(emissions, columns, measure).items():
        again[key[: len(keys)]] += amount

    expected = _by(reported[measure], columns[: len(keys)])
    assert +again == Counter({key: ug for key, ug in expected.items() if ug > 0})
    assert sum(again.values()) == sum(expected.values())


def test_pyarrow_reads_the_same_integers(closed_warehouse: Path, reported: Sums) -> None:
    """Without DuckDB: the decimals of a dataset, cast to integers and summed."""
    files = sorted(str(path) for path in (closed_warehouse / "emissions").rglob("*.parquet"))
    table = ds.dataset(files, format="parquet").to_table()
    for measure in MEASURES:
        kilograms = pc.sum(table[f"{measure}_kgco2e"].cast(pa.decimal128(38, 9))).as_py()
        assert _micrograms(kilograms) == sum(reported[measure].values())


def test_scopes_cross_foot_with_totals_in_every_row(emissions: str) -> None:
    """Not just in sum: the two totals are the sums of their scopes, row by row."""
    conditions = " OR ".join(
        f"{total}_kgco2e <> {' + '.join(f'{part}_kgco2e' for part in parts)}"
        for total, parts in PARTS.items()
    )
    ((n_wrong,),) = duckdb.sql(
        f"SELECT count(*) FROM read_parquet('{emissions}') WHERE {conditions}"
    ).fetchall()

    assert n_wrong == 0


def test_money_cross_foots_with_the_export(emissions: str, organisation: Any) -> None:
    """Costs in the ledger are those of the counted lines; all lines stand in ``usage_lines``."""
    files = [str(path) for path in sorted(organisation.usage.rglob("*.parquet"))]
    raw = ds.dataset(files, format="parquet").to_table(
        columns=["line_item_line_item_type", "line_item_unblended_cost", "bill_billing_entity",
                 "split_line_item_parent_resource_id"]
    )  # fmt: skip
    nano = np.rint(np.asarray(raw["line_item_unblended_cost"].fill_null(0)) * 1e9).astype(np.int64)
    counted = np.asarray(
        pc.and_(
            pc.is_in(
                raw["line_item_line_item_type"],
                pa.array(["Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"]),
            ),
            pc.and_(
                pc.equal(raw["bill_billing_entity"], "AWS"),
                pc.is_null(raw["split_line_item_parent_resource_id"]),
            ),
        )
    )
    lines = emissions.replace("/emissions/", "/usage_lines/")

    def total(files: str) -> tuple[int, int]:
        ((usd, n_rows),) = duckdb.sql(
            f"SELECT sum(unblended_cost), count(*) FROM read_parquet('{files}')"
        ).fetchall()
        return _micrograms(usd), n_rows

    assert total(emissions)[0] == int(nano[counted].sum())
    assert total(lines)[0] == int(nano.sum())
    ((n_lines,),) = duckdb.sql(f"SELECT sum(line_count) FROM '{lines}'").fetchall()
    assert n_lines == len(nano)


def _truth(organisation: Any) -> Iterable[tuple[Path, str]]:
    for path in sorted(organisation.truth.glob("*/truth.parquet")):
        yield path, path.parent.name.removeprefix("usage_period=")


@pytest.mark.parametrize("measure", MEASURES)
def test_the_truth_is_met(emissions: str, organisation: Any, measure: str) -> None:
    """Every cell within the gram that AWS rounds, every resource within its cell's rounding.

    Cells that AWS reports without any usage of their bucket have no true resource to compare.
    """
    for path, period in _truth(organisation):
        compared = duckdb.sql(f"""
            WITH t AS (SELECT usage_account_id AS a, region_code AS r, carbon_service AS b,
                    resource_id AS i, sum({measure}_kgco2e) AS kg, count(*) AS n
                FROM '{path}' GROUP BY ALL),
            e AS (SELECT usage_account_id AS a, region_code AS r, carbon_service AS b,
                    resource_id AS i, sum({measure}_kgco2e) AS kg, count(*) AS n,
                    bool_and(allocation_level LIKE 'service-%') AS has_usage
                FROM read_parquet('{emissions}') WHERE usage_period = '{period}' GROUP BY ALL),
            both_sides AS (SELECT coalesce(t.a, e.a) AS a, coalesce(t.r, e.r) AS r,
                    coalesce(t.b, e.b) AS b, coalesce(t.kg, 0) AS truth, coalesce(e.kg, 0) AS found,
                    coalesce(t.n, 0) + coalesce(e.n, 0) AS n, e.has_usage
                FROM t FULL JOIN e ON t.a = e.a AND t.r = e.r AND t.b = e.b
                    AND t.i IS NOT DISTINCT FROM e.i),
            cells AS (SELECT a, r, b, sum(truth) AS truth, sum(found) AS found, sum(n) AS n,
                    max(abs(found - truth)) AS furthest, bool_and(has_usage) AS has_usage
                FROM both_sides GROUP BY ALL)
            SELECT count(*), max(abs(found - truth) - n * 1e-9),
                max(furthest - abs(found - truth) - n * 1e-9) FILTER (has_usage),
                count(*) FILTER (has_usage) FROM cells
        """).fetchall()
        ((n_cells, cell_off, resource_off, n_explained),) = compared

        assert n_cells > n_explained > 30
        # a total is the sum of three figures that AWS rounds one by one
        assert cell_off <= (0.0015 if measure.startswith("total") else 0.0005) + 1e-9
        assert resource_off <= 1e-9
