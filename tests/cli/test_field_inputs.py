"""What was observed, from the command line to the published impacts, and back in a check."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from crossfoot.adapters.inventory_table import parquet_of
from crossfoot.domain.inventory import Resource, ResourceKind, Utilization, WorkItem

HEADER = "timestamp,project_name,duration,emissions_rate,energy_consumed\n"


def _inventory(folder: Path, load_percent: float, day: str = "2026-04-01") -> Path:
    """Write an inventory that knows how busy i-1 was."""
    one = Resource(
        service_code="AmazonEC2",
        kind=ResourceKind.EC2_INSTANCE,
        resource_id="i-1",
        utilization=Utilization(measured_days=30, cpu_mean_percent=load_percent),
    )
    path = folder / f"inventory/day={day}/machines.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    item = WorkItem("000000000002", "eu-central-1")
    at = datetime(2026, 4, 1, tzinfo=UTC)
    path.write_bytes(parquet_of("c", date.fromisoformat(day), item, at, [one]))
    return folder


def _measured(folder: Path, energy_kwh: float, resource: str = "i-1") -> Path:
    """Write half an hour of CodeCarbon, with the list that names the machine."""
    folder.mkdir(parents=True, exist_ok=True)
    row = f"2026-03-02T05:30:00,lab,1800,0.1,{energy_kwh}\n"
    (folder / "emissions.csv").write_text(HEADER + row)
    (folder / "resources.toml").write_text(f'[resources]\nlab = "{resource}"\n')
    return folder


def _impacts(crossfoot: Any, warehouse: Path, columns: str) -> list[dict[str, Any]]:
    sql = (
        f"select resource_id, {columns} from impacts where usage_family is not null "
        "order by resource_id"
    )
    result = crossfoot("query", "--warehouse", warehouse, "--format", "json", sql)
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def _usage_of(warehouse: Path) -> dict[str, Any]:
    (current,) = (warehouse / "current").resolve().glob("catalog.json")
    run = json.loads(current.read_text())["months"]["2026-03"]
    manifest = next(warehouse.glob(f"runs/*2026-03/*{run}/manifest.json"))
    found: dict[str, Any] = json.loads(manifest.read_text())["usage"]
    return found


@pytest.fixture
def run(exports: Any, crossfoot: Any, tmp_path: Path) -> Any:
    """Return a function that runs the good pair with more arguments."""

    def run(*more: object, usage: bool = True) -> Any:
        given = ["--usage", exports.usage] if usage else []
        out = tmp_path / "observed"
        return crossfoot("run", "--carbon", exports.carbon, *given, *more, "--out", out), out

    return run


def test_a_load_of_the_inventory_is_published_and_changes_the_energy(
    run: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """Nearly idle instead of half loaded; the other machine keeps what is assumed."""
    _, out = run()
    assumed = _impacts(crossfoot, out, "cpu_load_percent, energy_kwh")

    result, _ = run("--inventory", _inventory(tmp_path / "inv", 2.0))
    found = _impacts(crossfoot, out, "cpu_load_percent, energy_kwh")

    assert result.exit_code == 0, result.stderr
    assert [row["cpu_load_percent"] for row in assumed] == [None, None]
    assert [float(row["cpu_load_percent"] or -1) for row in found] == [2.0, -1.0]
    assert float(found[0]["energy_kwh"]) < float(assumed[0]["energy_kwh"])
    assert found[1] == assumed[1]


def test_measured_energy_takes_the_place_of_the_model_and_keeps_it_beside(
    run: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """Half of the hour was measured, the model tells the other half."""
    result, out = run("--measured", _measured(tmp_path / "measured", 0.5))
    first, second = _impacts(crossfoot, out, "estimate_basis, energy_kwh, modelled_energy_kwh")

    assert result.exit_code == 0, result.stderr
    assert (first["estimate_basis"], second["estimate_basis"]) == ("measured", "machine-listed")
    assert float(first["energy_kwh"]) > 0.5
    assert 0 < float(first["modelled_energy_kwh"]) < 0.5
    assert second["modelled_energy_kwh"] is None


def test_an_hourly_grid_weighs_the_hours_of_use_and_is_checked_again(
    run: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """At 1 g/kWh, life cycle, the use of the hour emits a gram for each of its kilowatt hours."""
    file = tmp_path / "maps.csv"
    header = "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (Life cycle)"
    hours = [f"2026-03-02 {hour:02}:00:00,Germany,Germany,DE,1" for hour in range(24)]
    file.write_text("\n".join([header, *hours, ""]), encoding="utf-8")

    result, out = run("--intensity", file)
    rows = _impacts(crossfoot, out, "energy_kwh, ghg_use_kgco2e")
    proven = crossfoot("check", "--warehouse", out)

    assert result.exit_code == 0, result.stderr
    assert [float(row["ghg_use_kgco2e"]) for row in rows] == pytest.approx(
        [float(row["energy_kwh"]) / 1000 for row in rows], rel=1e-5
    )
    assert _usage_of(out)["intensity_boundary"] == "life-cycle"
    assert proven.exit_code == 0
    assert "proven from the usage files themselves" in proven.stdout


def test_a_check_reads_the_observations_again(run: Any, crossfoot: Any, tmp_path: Path) -> None:
    """Bytes are compared from the files; where one has changed, from what the run kept."""
    measured = _measured(tmp_path / "measured", 0.5)
    _, out = run("--measured", measured, "--inventory", _inventory(tmp_path / "inv", 7.0))

    proven = crossfoot("check", "--warehouse", out)
    (measured / "emissions.csv").write_text(HEADER)
    changed = crossfoot("check", "--warehouse", out)

    assert (proven.exit_code, changed.exit_code) == (0, 0), proven.stdout
    assert "proven from the usage files themselves" in proven.stdout
    assert "a replay gives the same bytes" in proven.stdout
    assert "proven from the usage files themselves" not in changed.stdout
    assert "a replay gives the same bytes" in changed.stdout


def test_a_file_that_came_since_does_not_pass_for_the_runs_own(
    run: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """A folder of measurements with one more is not what was read."""
    measured = _measured(tmp_path / "measured", 0.5)
    _, out = run("--measured", measured)
    (measured / "more.csv").write_text(HEADER + "2026-03-02T05:50:00,lab,60,0.1,0.1\n")

    result = crossfoot("check", "--warehouse", out)

    assert result.exit_code == 0, result.stdout
    assert "proven from the usage files themselves" not in result.stdout


def test_measurements_that_are_gone_leave_the_proof_from_what_the_run_kept(
    run: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """An emptied folder is no failure of the ledger."""
    measured = _measured(tmp_path / "measured", 0.5)
    _, out = run("--measured", measured)
    (measured / "emissions.csv").unlink()

    result = crossfoot("check", "--warehouse", out)

    assert result.exit_code == 0, result.stdout
    assert "proven from the usage files themselves" not in result.stdout


def test_the_manifest_lists_the_files_with_their_digests(run: Any, tmp_path: Path) -> None:
    """Each with its kind; of the inventory only the days that tell of the month."""
    inventory = _inventory(_inventory(tmp_path / "inv", 7.0), 9.0, day="2026-01-01")
    _, out = run("--measured", _measured(tmp_path / "m", 0.5), "--inventory", inventory)

    listed = _usage_of(out)["observations"]

    assert [(file["kind"], Path(file["path"]).name) for file in listed] == [
        ("inventory", "machines.parquet"),
        ("measured", "emissions.csv"),
        ("measured", "resources.toml"),
    ]
    assert all(len(file["sha256"]) == 64 for file in listed)
    assert "day=2026-04-01" in listed[0]["path"]


def test_the_same_observations_publish_nothing_new_and_others_do(run: Any, tmp_path: Path) -> None:
    """Observations are part of a run's identity."""
    _, out = run("--inventory", _inventory(tmp_path / "inv", 7.0))
    first = sorted(out.glob("runs/*/*"))
    run("--inventory", tmp_path / "inv")
    again = sorted(out.glob("runs/*/*"))
    run("--inventory", _inventory(tmp_path / "inv", 8.0))

    assert again == first
    assert len(sorted(out.glob("runs/*/*"))) == len(first) + 1


def test_new_carbon_over_kept_usage_keeps_what_was_observed(
    run: Any, exports: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """The roll-up that a run keeps has its loads and energies with it."""
    _, out = run("--inventory", _inventory(tmp_path / "inv", 7.0))
    before = _impacts(crossfoot, out, "cpu_load_percent, energy_kwh")
    exports.report({"total_scope_1_emissions_value": 0.000002}, {"product_code": "Other"})

    result, _ = run(usage=False)

    assert result.exit_code == 0, result.stderr
    assert _impacts(crossfoot, out, "cpu_load_percent, energy_kwh") == before


def test_measured_energy_without_a_machine_in_the_bill_is_told(run: Any, tmp_path: Path) -> None:
    """Nothing is lost silently."""
    result, _ = run("--measured", _measured(tmp_path / "m", 0.5, resource="i-9"))

    assert result.exit_code == 0
    assert "the energy of i-9 was measured" in " ".join(result.stdout.split())


def test_an_inventory_that_says_nothing_of_the_month_is_told(run: Any, tmp_path: Path) -> None:
    """Loads are assumed then, and the reader of the run knows it."""
    loose = _inventory(tmp_path / "inv", 7.0, day="2026-01-01")
    file = next(loose.rglob("*.parquet")).rename(tmp_path / "old.parquet")

    result, _ = run("--inventory", file)

    assert result.exit_code == 0
    assert "loads are assumed" in " ".join(result.stdout.split())


def test_an_inventory_without_usage_names_accounts_and_says_so(run: Any, tmp_path: Path) -> None:
    """Its loads have nothing to be laid beside, which is no error: a list may be all it is for."""
    result, _ = run("--inventory", _inventory(tmp_path / "inv", 7.0), usage=False)

    assert result.exit_code == 0, result.stderr
    assert "loads-not-read" in result.stdout


@pytest.mark.parametrize("option", ["--measured", "--intensity"])
def test_observations_without_usage_are_refused(run: Any, tmp_path: Path, option: str) -> None:
    """There is nothing to lay them beside; no warehouse is made."""
    result, out = run(option, _measured(tmp_path / "m", 0.5), usage=False)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("InvalidArgumentError: ")
    assert option in result.stderr
    assert not out.exists()
