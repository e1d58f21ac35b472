"""Thresholds at the door: what is breached is told once, with what is behind it."""

import fcntl
import json
import shutil
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crossfoot.bootstrap import watching

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "events" / "schemas" / "emission-threshold-breached.json"
EVERYTHING = '[[threshold]]\nname = "all"\nmeasure = "total_lbm"\ncritical = 0.242'


class Door:
    """The command over one warehouse, with one configuration file."""

    def __init__(self, crossfoot: Any, warehouse: Path, config: Path) -> None:
        self._crossfoot = crossfoot
        self.warehouse = warehouse
        self.config = config

    def ask(self, configuration: str, *arguments: str) -> Any:
        """Write the configuration, and return the command's result."""
        self.config.write_text(configuration, encoding="utf-8")
        return self._crossfoot(
            "thresholds", "--warehouse", self.warehouse, "--config", self.config, *arguments
        )

    def found(self, configuration: str) -> dict[str, Any]:
        """Return what ``--json`` says."""
        result = self.ask(configuration, "--json")
        assert result.exit_code == 0, result.stderr
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    def outbox(self) -> list[dict[str, Any]]:
        """Return the notices of the warehouse."""
        path = self.warehouse / "outbox" / "notices.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def restate(self, exports: Any, delivered: Any, day: int, **changed: float) -> None:
        """Deliver March again, with other figures of its first row."""
        folder = exports.carbon_file.parent / f"2026-05-{day:02d}T07:52:10.494Z-e{day}"
        rows = ({f"total_{name}_emissions_value": each for name, each in changed.items()},)
        delivered.parquet(
            folder / "carbon-00001.snappy.parquet",
            delivered.carbon(*rows, {"product_code": "Other"}),
        )
        result = self._crossfoot(
            "run", "--carbon", exports.carbon, "--usage", exports.usage, "--out", self.warehouse
        )
        assert result.exit_code == 0, result.stderr


@pytest.fixture
def door(crossfoot: Any, warehouse: Path, tmp_path: Path) -> Door:
    """Return the command over a copy of the small warehouse: March, 0.242 kg in two rows."""
    return Door(crossfoot, warehouse, tmp_path / "thresholds.toml")


def test_a_breach_is_told_once_and_its_recovery_once(
    door: Door, exports: Any, delivered: Any, bytes_of: Any
) -> None:
    """At the limit is silence; a gram above is told, and by a restatement below it again."""
    assert door.found(EVERYTHING)["notices"] == []
    assert not (door.warehouse / "outbox").exists()
    door.restate(exports, delivered, 20, scope_1=0.000002, lbm=0.000122, mbm=0.000105)
    breached = door.found(EVERYTHING)
    before = bytes_of(door.warehouse)
    again = door.found(EVERYTHING)
    assert bytes_of(door.warehouse) == before
    door.restate(exports, delivered, 21, scope_1=0.0000005, lbm=0.0001205, mbm=0.0001035)
    recovered = door.found(EVERYTHING)
    door.found(EVERYTHING)

    assert [each["state"] for each in breached["thresholds"]] == ["breached"]
    assert again == {**breached, "notices": []}
    assert [each["state"] for each in recovered["thresholds"]] == ["within"]
    assert door.outbox() == [*breached["notices"], *recovered["notices"]]
    told = [each["detail"]["data"] for each in door.outbox()]
    assert [(each["direction"], each["actual"], each["limit"]) for each in told] == [
        ("breached", "0.243000000", "0.242000000"),
        ("recovered", "0.241500000", "0.242000000"),
    ]
    assert [each["cause"] for each in told] == ["restated", "restated"]
    assert all(each["is_restatement"] for each in told)
    assert all(each["actual"] == each["low"] == each["high"] for each in told)
    assert len({each["breach_id"] for each in told}) == 1


def test_a_notice_is_what_its_schema_says(door: Door) -> None:
    """Measures and criteria, filtered or not, pass as the third version of the event."""
    configuration = "\n".join(
        f'[[threshold]]\nname = "{name}"\n{figure}\nwarning = 0\n{rows}'
        for name, figure, rows in (
            ("all", 'measure = "total_mbm"', ""),
            ("one", 'measure = "scope_1"\nwindow = "month"', 'accounts = ["000000000002"]'),
            ("energy", 'criterion = "energy_kwh"', 'service_codes = ["AmazonEC2"]'),
            ("minerals", 'criterion = "adp_embodied_kgsbeq"', 'regions = ["eu-central-1"]'),
        )
    )
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    notices = door.found(configuration)["notices"]

    assert [each["detail"]["data"]["threshold"] for each in notices] == [
        "all", "one", "energy", "minerals",
    ]  # fmt: skip
    for each in notices:
        validator.validate(each["detail"])
        assert each["detail"]["metadata"]["event_id"] == each["event_id"]
        assert each["detail"]["metadata"]["schema_version"] == "3"
        for name in each["detail"]["data"]:
            data = {key: value for key, value in each["detail"]["data"].items() if key != name}
            assert not validator.is_valid({**each["detail"], "data": data}), name


def test_the_query_of_a_notice_shows_its_figure(door: Door, crossfoot: Any) -> None:
    """What its SQL sums up is what was told, and the accounts are the same."""
    configuration = (
        '[[threshold]]\nname = "o\'clock"\nmeasure = "total_lbm"\nwarning = 0.1\n'
        'carbon_services = ["Other", "it\'s"]\nwindow = "month"'
    )
    (notice,) = door.found(configuration)["notices"]
    data = notice["detail"]["data"]
    result = crossfoot("query", "--warehouse", door.warehouse, data["query"], "--format", "csv")

    assert data["actual"] == "0.121000000"
    assert data["rows"] == {"carbon_service": ["Other", "it's"]}
    assert [tuple(each.values()) for each in data["contributors"]] == [
        tuple(line.split(",")) for line in result.stdout.split()[1:]
    ]
    assert sum(Decimal(each["actual"]) for each in data["contributors"]) == Decimal("0.121")


ROWS = {
    "": "true",
    'ous = ["Root/Workloads"]': "ou_path LIKE 'Root/Workloads%'",
    'ous = ["Root/Work"]': "false",
    'regions = ["us-east-1", "us-west-2"]': "region_code IN ('us-east-1', 'us-west-2')",
    'tags = {user_team = ["data"]}': "tag_user_team = 'data'",
    'carbon_services = ["Other"]\ntags = {user_team = ["data", "billing"]}': (
        "carbon_service = 'Other' AND tag_user_team IN ('data', 'billing')"
    ),
}
FIGURES = {
    'measure = "total_mbm"': ("emissions", "total_mbm_kgco2e"),
    'criterion = "water_generation_l"': ("impacts", "water_generation_l"),
}


def test_a_figure_is_the_sum_of_its_rows(
    crossfoot: Any, closed_warehouse: Path, tmp_path: Path
) -> None:
    """Filters mean what their words say, of AWS's figures and the estimate, to the last digit."""
    copy = tmp_path / "warehouse"
    shutil.copytree(closed_warehouse, copy, symlinks=True)
    door = Door(crossfoot, copy, tmp_path / "thresholds.toml")
    cases = [(figure, rows) for figure in FIGURES for rows in ROWS]
    tables = (
        f'[[threshold]]\nname = "{number}"\n{figure}\nwarning = 0\n{rows}'
        for number, (figure, rows) in enumerate(cases)
    )
    sums = (
        f"SELECT {number} AS n, sum({column})::VARCHAR AS amount FROM {table} WHERE {ROWS[rows]} "
        f"AND usage_period = (SELECT max(usage_period) FROM {table})"
        for number, (figure, rows) in enumerate(cases)
        for table, column in [FIGURES[figure]]
    )
    sql = f"{' UNION ALL '.join(sums)} ORDER BY n"
    answer = crossfoot("query", "--warehouse", copy, sql, "--format", "json")
    expected = [each["amount"] for each in json.loads(answer.stdout)]

    assert [each["actual"] for each in door.found("\n".join(tables))["thresholds"]] == expected
    assert sum(each is not None and Decimal(each) > 0 for each in expected) == 10


def test_what_is_not_selected_is_no_figure(door: Door) -> None:
    """A misspelt account is told from one that emits nothing."""
    configuration = f'{EVERYTHING}\naccounts = ["999999999999"]'
    found = door.found(configuration)

    assert found["thresholds"][0]["state"] == "no figure"
    assert found["thresholds"][0]["reason"] == "no published row is selected"
    assert "no published row is selected" in door.ask(configuration).stdout


def test_last_year_is_missing_not_zero(door: Door) -> None:
    """Without the month of a year ago there is no verdict."""
    configuration = (
        '[[threshold]]\nname = "more"\nmeasure = "total_lbm"\n'
        'against = "last-year"\nwarning_percent = 10\ncritical_percent = 50'
    )
    found = door.found(configuration)

    assert {each["reason"] for each in found["thresholds"]} == {"2025-03 is not published"}
    assert [each["severity"] for each in found["thresholds"]] == ["warning", "critical"]


def test_what_is_printed_says_how_things_stand(door: Door) -> None:
    """One line a limit, one a notice, and breaches of what is configured no more."""
    low = EVERYTHING.replace("0.242", "0.2")
    first = door.ask(low).stdout.splitlines()
    second = door.ask(EVERYTHING).stdout.splitlines()

    assert first[1].split()[:5] == ["all", "critical", "total_lbm", "month", "2026-03"]
    assert first[1].endswith("breached since 2026-03")
    assert first[2].startswith("breached: all (critical) in 2026-03: 0.242000000 kg CO2e, limit")
    assert first[3] == "New notices: 1. Snapshot 1."
    assert second[2] == "Not configured any more, and never recovered: all (critical)"
    assert "no [[threshold]]" in door.ask("").stdout


def test_a_tag_that_the_ledger_does_not_have_is_refused(door: Door, bytes_of: Any) -> None:
    """By name, before anything is told."""
    before = bytes_of(door.warehouse)
    result = door.ask(
        f"{EVERYTHING.replace('0.242', '0')}\n\n"
        '[[threshold]]\nname = "team"\nmeasure = "scope_1"\nwarning = 1\ntags = {team = ["a"]}'
    )

    assert result.exit_code == 2
    assert "ConfigurationError: The warehouse has no column tag_team" in (result.stderr)
    assert bytes_of(door.warehouse).keys() - before.keys() <= {".lock"}


def test_an_evaluation_waits_for_whoever_is_writing(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes after, and is refused by name only when the other one does not end."""
    with (door.warehouse / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with monkeypatch.context() as patched:
            patched.setattr(watching, "PATIENCE_S", 0.0)
            refused = door.ask(EVERYTHING)
        release = threading.Timer(0.3, fcntl.flock, (held, fcntl.LOCK_UN))
        release.start()
        waited = door.ask(EVERYTHING)
        release.join()

    assert (refused.exit_code, waited.exit_code) == (2, 0)
    assert "WarehouseBusyError" in refused.stderr


def test_two_processes_at_once_tell_once(door: Door) -> None:
    """Both succeed, and one of them tells."""
    door.config.write_text(EVERYTHING.replace("0.242", "0.2"), encoding="utf-8")
    program = Path(sys.executable).with_name("crossfoot")
    command = [program, "thresholds", "--warehouse", door.warehouse, "--config", door.config]
    both = [
        subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    told = [json.loads(each.communicate()[0])["notices"] for each in both]

    assert [each.returncode for each in both] == [0, 0]
    assert sorted(len(each) for each in told) == [0, 1]
    assert len(door.outbox()) == 1


def test_an_instant_is_judged_as_then_and_told_to_nobody(
    door: Door, exports: Any, delivered: Any, bytes_of: Any
) -> None:
    """By the figures of the snapshot that was published then; the warehouse is only read."""
    catalog = json.loads((door.warehouse / "current" / "catalog.json").read_text(encoding="utf-8"))
    door.restate(exports, delivered, 20, scope_1=0.000002, lbm=0.000122, mbm=0.000105)
    before = bytes_of(door.warehouse)
    then = json.loads(
        door.ask(EVERYTHING, "--as-known-at", catalog["published_at"], "--json").stdout
    )
    never = door.ask(EVERYTHING, "--as-known-at", "2020-01-01")
    assert bytes_of(door.warehouse) == before
    now = door.found(EVERYTHING)

    stood = [then["thresholds"][0], now["thresholds"][0]]
    assert [each["state"] for each in stood] == ["within", "breached"]
    assert [each["actual"] for each in stood] == ["0.242000000", "0.243000000"]
    assert then["notices"] == []
    assert never.exit_code == 2
    assert "nothing was published at 2020-01-01" in never.stderr


def test_a_budget_that_changes_is_said_to(door: Door) -> None:
    """The figure is the same; whoever reads of it must not look for a restatement."""

    def rule(amount: float) -> str:
        return (
            '[[threshold]]\nname = "budget"\nmeasure = "total_lbm"\nagainst = "budget"\n'
            f'critical_percent = 100\nbudget = {{"2026-03" = {amount}, "2026-04" = 1}}'
        )

    assert door.found(rule(0.3))["notices"] == []
    (breached,) = door.found(rule(0.2))["notices"]
    (recovered,) = door.found(rule(0.25))["notices"]

    told = [each["detail"]["data"] for each in (breached, recovered)]
    assert [(each["direction"], each["base"], each["cause"]) for each in told] == [
        ("breached", "0.200000000", "budget"),
        ("recovered", "0.250000000", "budget"),
    ]
    assert not any(each["is_restatement"] for each in told)


def test_a_state_that_is_gone_or_damaged_is_refused(door: Door) -> None:
    """Starting afresh would tell everything again."""
    low = EVERYTHING.replace("0.242", "0.2")
    door.found(low)
    state = door.warehouse / "thresholds" / "state.json"
    for content in ("{}", "no JSON", '{"format": 2, "watched": {}, "pending": []}'):
        state.write_text(content)
        result = door.ask(low)
        assert (result.exit_code, result.stderr.split(":")[0]) == (2, "WarehouseError")
    state.unlink()
    result = door.ask(low)

    assert result.exit_code == 2
    assert "holds notices" in result.stderr
    assert len(door.outbox()) == 1


def test_notices_that_a_reader_has_taken_away_do_not_come_back(door: Door) -> None:
    """An emptied outbox stays empty, as long as nothing new is to tell."""
    low = EVERYTHING.replace("0.242", "0.2")
    door.found(low)
    (door.warehouse / "outbox" / "notices.jsonl").write_text("")

    assert door.found(low)["notices"] == []
    assert door.outbox() == []


def test_an_outbox_that_is_damaged_is_refused(door: Door) -> None:
    """Lines that cannot be read might be the notice that is to be told."""
    (door.warehouse / "outbox").mkdir()
    (door.warehouse / "outbox" / "notices.jsonl").write_text("not a notice\n")
    (door.warehouse / "thresholds").mkdir()
    (door.warehouse / "thresholds" / "state.json").write_text(
        '{"format": 1, "watched": {}, "pending": []}'
    )
    result = door.ask(EVERYTHING.replace("0.242", "0.2"))

    assert (result.exit_code, result.stderr.split(":")[0]) == (2, "WarehouseError")
