"""Where the process matters: interrupts, full disks, two runs at once, pipes, a failed proof."""

import contextlib
import ctypes
import ctypes.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossfoot.adapters import month_writer, usage_rollup
from crossfoot.adapters.sample import SampleReceipt, write_sample
from crossfoot.adapters.warehouse import Warehouse

PATIENCE_S = 60


@pytest.fixture(scope="module")
def long_sample(tmp_path_factory: pytest.TempPathFactory) -> SampleReceipt:
    """Make a sample whose one month takes seconds to close."""
    out = tmp_path_factory.mktemp("long") / "sample"
    return write_sample(out, accounts=10, months=1, rows=300_000)


def _command(sample: SampleReceipt, out: Path) -> list[str]:
    script = shutil.which("crossfoot", path=str(Path(sys.executable).parent))
    assert script is not None
    places = ["--carbon", str(sample.carbon), "--usage", str(sample.usage), "--out", str(out)]
    return [script, "run", *places]


def _interrupted(sample: SampleReceipt, out: Path, number: signal.Signals) -> tuple[int, str, str]:
    """Start a run, signal it as soon as it is at work in the warehouse, and wait for its end."""
    process = subprocess.Popen(
        _command(sample, out), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + PATIENCE_S
    while not list(out.glob(".scratch-*")) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    time.sleep(0.2)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=PATIENCE_S)
    return process.returncode, stdout, stderr


def _run_ids(warehouse: Path) -> dict[str, str]:
    months: dict[str, str] = json.loads((warehouse / "current" / "catalog.json").read_text())[
        "months"
    ]
    return months


def test_an_interrupted_run_leaves_nothing_and_the_next_one_heals(
    long_sample: SampleReceipt, tmp_path: Path, crossfoot: Any
) -> None:
    """Ctrl-C and a polite end: status 2 by name; a kill: a mess. One more run publishes."""
    out = tmp_path / "w"
    for number in (signal.SIGINT, signal.SIGTERM):
        status, stdout, stderr = _interrupted(long_sample, out, number)
        assert (status, stdout, stderr[:21]) == (2, "", "InterruptedRunError: ")
        assert "Traceback" not in stderr
        assert not out.exists()
    status, _, _ = _interrupted(long_sample, out, signal.SIGKILL)
    assert status == -signal.SIGKILL
    assert list(out.glob(".scratch-*"))
    assert not (out / "current").exists()

    after = crossfoot(*_command(long_sample, out)[1:])
    undisturbed = crossfoot(*_command(long_sample, tmp_path / "other")[1:])

    assert (after.exit_code, undisturbed.exit_code) == (0, 0)
    assert _run_ids(out) == _run_ids(tmp_path / "other")
    assert not list(out.glob(".scratch-*"))
    assert not list((out / ".staging").iterdir())


def test_two_runs_at_once_are_one_and_a_refusal(
    exports: Any, crossfoot: Any, warehouse: Path, bytes_of: Any
) -> None:
    """The second is told who is busy; the first is not disturbed."""
    before = bytes_of(warehouse)
    with Warehouse.open(warehouse).lock():
        result = crossfoot("run", "--carbon", exports.carbon, "--out", warehouse)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("WarehouseBusyError: ")
    assert bytes_of(warehouse) == before


@contextlib.contextmanager
def _disk(place: Path, kilobytes: int) -> Iterator[Path]:
    """Mount a small disk, where this process may."""
    libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
    place.mkdir()
    options = f"size={kilobytes}k".encode()
    if libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, options) != 0:
        pytest.skip("only root may mount a small disk")
    try:
        yield place
    finally:
        libc.umount2(os.fsencode(place), 2)


@pytest.mark.parametrize("kilobytes", [32, 100, 160, 250, 320])
def test_a_full_disk_is_named_and_holds_what_it_held(
    organisation: SampleReceipt, crossfoot: Any, tmp_path: Path, kilobytes: int
) -> None:
    """Wherever it fills, in staging or at publication: status 2, and nothing new on the disk."""
    with _disk(tmp_path / "disk", kilobytes) as disk:
        result = crossfoot(
            "run", "--carbon", organisation.carbon, "--usage", organisation.usage,
            "--out", disk / "w",
        )  # fmt: skip
        left = list(disk.iterdir())

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("WarehouseFullError: ")
    assert left == []


def test_a_full_disk_for_the_spill_is_named(
    organisation: SampleReceipt, crossfoot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit into memory goes to the warehouse's disk; that can be full as well."""
    monkeypatch.setattr(usage_rollup, "_BASE_MEMORY_MB", 4)
    with _disk(tmp_path / "disk", 600) as disk:
        result = crossfoot(
            "run", "--carbon", organisation.carbon, "--usage", organisation.usage,
            "--out", disk / "w", "--config", organisation.config,
        )  # fmt: skip
        left = list(disk.iterdir())

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("WarehouseFullError: ")
    assert left == []


@pytest.fixture
def dishonest_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ledger be one microgram off in what is read back."""
    honest = month_writer.cell_sums

    def off_by_one(*arguments: Any) -> Any:
        sums = honest(*arguments)
        amounts = np.array(sums.cells.amount_ug)
        amounts[-1, 0] += 1
        return replace(sums, cells=replace(sums.cells, amount_ug=amounts))

    monkeypatch.setattr(month_writer, "cell_sums", off_by_one)


@pytest.mark.usefixtures("dishonest_sums")
@pytest.mark.parametrize("is_fresh", [True, False])
def test_a_failed_proof_publishes_nothing(
    exports: Any, crossfoot: Any, warehouse: Path, bytes_of: Any, is_fresh: bool
) -> None:
    """One microgram is enough: status 3, the cell is named, all is as it was."""
    out = warehouse.with_name("fresh") if is_fresh else warehouse
    before = bytes_of(out) if out.exists() else {}
    result = crossfoot("run", "--carbon", exports.carbon, "--usage", exports.usage, "--out", out,
                       "--method", "cost")  # fmt: skip

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("ReconciliationError: ")
    assert "000000000002 / eu-central-1 / AmazonEC2 total_mbm" in result.stderr
    assert out.exists() is not is_fresh
    assert (bytes_of(out) if out.exists() else {}) == before


def test_a_run_in_a_pipe_is_silent_but_for_its_result(
    organisation: SampleReceipt, tmp_path: Path
) -> None:
    """No bars, no colours, no traceback: results on one stream, nothing on the other."""
    result = subprocess.run(
        _command(organisation, tmp_path / "w"), capture_output=True, text=True, check=True
    )

    assert result.stderr == ""
    assert "\x1b" not in result.stdout
    assert result.stdout.count("published\n") >= 3


def test_a_reader_that_leaves_early_is_no_crash(closed_warehouse: Path) -> None:
    """As in ``crossfoot query ... | head -1``."""
    script = shutil.which("crossfoot", path=str(Path(sys.executable).parent))
    sql = "SELECT a.resource_id FROM usage AS a, range(200) ORDER BY ALL"
    query = subprocess.Popen(
        [str(script), "query", "--warehouse", str(closed_warehouse), sql, "--format", "csv"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert query.stdout is not None
    first = query.stdout.readline()
    query.stdout.close()
    assert query.stderr is not None
    stderr = query.stderr.read()
    query.wait(timeout=PATIENCE_S)
    query.stderr.close()

    assert first.strip() == b"resource_id"
    assert stderr == b""
