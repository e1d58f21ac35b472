"""The sample as a whole: what lies where, and that it is the same each time."""

import hashlib
import json
from pathlib import Path

import duckdb
import pytest

from crossfoot.adapters.sample import SampleReceipt, write_sample
from crossfoot.domain.errors import InputError

N_ROWS = 24_000
MONTHS = 8


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleReceipt:
    """Make a small sample with a history, once."""
    out = tmp_path_factory.mktemp("sample") / "organisation"
    return write_sample(out, accounts=14, months=MONTHS, rows=N_ROWS)


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_arguments_give_the_same_bytes(sample: SampleReceipt, tmp_path: Path) -> None:
    """Two runs write the same files, byte for byte."""
    again = write_sample(tmp_path / "again", accounts=14, months=MONTHS, rows=N_ROWS)

    assert _digests(again.out) == _digests(sample.out)


def test_another_seed_gives_another_organisation(sample: SampleReceipt, tmp_path: Path) -> None:
    """The seed changes the usage."""
    other = write_sample(tmp_path / "other", accounts=14, months=MONTHS, rows=N_ROWS, seed=1)

    assert _digests(other.out) != _digests(sample.out)


def test_the_rows_are_as_many_as_asked(sample: SampleReceipt) -> None:
    """All months together have the lines asked for, within five in a hundred."""
    files = sample.usage / "data/*/*.parquet" if sample.usage else None
    n_lines = duckdb.sql(f"SELECT count(*) FROM read_parquet('{files}')").fetchall()[0][0]

    assert n_lines == sample.n_usage_rows
    assert n_lines == pytest.approx(N_ROWS, rel=0.05)


def test_the_last_month_is_september_2026(sample: SampleReceipt) -> None:
    """The sample never depends on the clock."""
    assert str(sample.periods[-1]) == "2026-09"
    assert len(sample.periods) == MONTHS


def test_every_manifest_names_files_that_exist(sample: SampleReceipt) -> None:
    """What a manifest promises lies in the bucket, with the columns it lists."""
    manifests = list((sample.out / "exports").rglob("*-Manifest.json"))
    for path in manifests:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        files = [uri.removeprefix("s3://sample-landing/") for uri in manifest["dataFiles"]]
        assert files
        assert all((sample.out / file).is_file() for file in files)
        assert manifest["executionId"]
        assert manifest["billingPeriod"]["start"] < manifest["billingPeriod"]["end"]
        assert {"name", "type"} == set(manifest["columns"][0])
    assert len(manifests) > 2 * MONTHS


def test_create_new_deliveries_have_a_manifest_each(sample: SampleReceipt) -> None:
    """One manifest per execution, and one that the latest execution overwrote."""
    corrected = sample.carbon / "metadata/carbon_model_version=v3.0.1/usage_period=2026-06"
    per_execution = sorted(corrected.glob("*Z-*/*-Manifest.json"))
    latest = (corrected / "crossfoot-carbon-Manifest.json").read_text(encoding="utf-8")

    assert len(per_execution) == 2
    assert latest == per_execution[-1].read_text(encoding="utf-8")


def test_a_leftover_chunk_is_empty_and_in_no_manifest(sample: SampleReceipt) -> None:
    """In overwrite mode a chunk that is no longer needed is emptied, and not named."""
    assert sample.usage is not None
    leftover = sample.usage / "data/BILLING_PERIOD=2026-08/crossfoot-cur2-00002.snappy.parquet"
    manifest = sample.usage / "metadata/BILLING_PERIOD=2026-08/crossfoot-cur2-Manifest.json"

    assert duckdb.sql(f"SELECT count(*) FROM '{leftover}'").fetchall() == [(0,)]
    assert "00002" not in manifest.read_text(encoding="utf-8")


def test_account_ids_keep_their_leading_zeros(sample: SampleReceipt) -> None:
    """The payer's id starts with a zero and has twelve digits in every file."""
    assert sample.accounts is not None
    listed = [row.split(",")[0] for row in sample.accounts.read_text().splitlines()[1:]]
    usage = duckdb.sql(
        f"SELECT DISTINCT line_item_usage_account_id FROM '{sample.usage}/data/*/*.parquet'"
    ).fetchall()

    assert listed[0].startswith("0")
    assert all(len(account) == 12 for account in listed)
    assert {len(account) for (account,) in usage} == {12}


def test_one_account_has_left_and_one_has_emissions_alone(sample: SampleReceipt) -> None:
    """The exports name an account that the organisation does not list, and one without usage."""
    assert sample.accounts is not None
    rows = [row.split(",") for row in sample.accounts.read_text().splitlines()[1:]]
    in_usage = {a for (a,) in duckdb.sql(
        f"SELECT DISTINCT line_item_usage_account_id FROM '{sample.usage}/data/*/*.parquet'"
    ).fetchall()}  # fmt: skip
    in_carbon = {a for (a,) in duckdb.sql(
        f"SELECT DISTINCT usage_account_id FROM read_parquet("
        f"'{sample.carbon}/data/**/*.parquet', union_by_name = true)"
    ).fetchall()}  # fmt: skip
    idle = next(row[0] for row in rows if row[1] == "carbon-only")

    assert len(in_carbon - {row[0] for row in rows}) == 1
    assert idle in in_carbon
    assert idle not in in_usage


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    """Nobody's files are overwritten."""
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(InputError, match="not empty"):
        write_sample(tmp_path, accounts=2, months=1, rows=500)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_older_sample_is_replaced(tmp_path: Path) -> None:
    """Writing over a sample of ours leaves nothing of the older one."""
    write_sample(tmp_path / "s", accounts=2, months=3, rows=1500)
    write_sample(tmp_path / "s", accounts=2, months=1, rows=600)

    assert len(list((tmp_path / "s/truth").iterdir())) == 1


@pytest.mark.parametrize("numbers", [{"accounts": 0}, {"months": -1}, {"rows": 0}])
def test_a_number_below_one_is_refused(tmp_path: Path, numbers: dict[str, int]) -> None:
    """The error names the argument."""
    with pytest.raises(InputError, match=next(iter(numbers))):
        write_sample(tmp_path / "s", **numbers)


@pytest.mark.parametrize(("accounts", "months", "rows"), [(1, 1, 1), (2, 3, 900), (40, 2, 3000)])
def test_any_size_can_be_made(tmp_path: Path, accounts: int, months: int, rows: int) -> None:
    """Very small organisations and very small files are samples too."""
    receipt = write_sample(tmp_path / "s", accounts=accounts, months=months, rows=rows)

    assert receipt.n_usage_rows >= rows * 0.95
    assert receipt.n_carbon_rows > 0


def test_progress_is_told(tmp_path: Path) -> None:
    """The callback hears the lines grow to their end."""
    heard: list[tuple[str, int, int]] = []
    receipt = write_sample(
        tmp_path / "s", accounts=3, months=2, rows=2000,
        progress=lambda *step: heard.append(step),
    )  # fmt: skip

    done = [step[1] for step in heard]
    assert done == sorted(done)
    assert done[-1] == receipt.n_usage_rows
