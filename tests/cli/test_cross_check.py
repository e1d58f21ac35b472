"""Our estimate beside BoaviztAPI's: against a server on this machine that answers as it does."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, override
from urllib.parse import parse_qs, urlsplit

import pytest

from crossfoot.adapters.boavizta import PINNED_VERSION

pytestmark = pytest.mark.enable_socket

# BoaviztAPI 2.5.0 for an hour in France at half load: use and embodied of GWP, PE and ADP
FIGURES: Final = {
    "a1.2xlarge": {
        "gwp": ((0.00221402, 0.00199761, 0.00266348), (0.00431157, 0.00252555, 0.00577419)),
        "pe": ((0.255042, 0.22954, 0.30605), (0.0602782, 0.035, 0.08)),
        "adp": ((1.09752e-9, 9.9e-10, 1.3e-9), (9.41098e-7, 5e-7, 1.2e-6)),
    },
    "c5.2xlarge": {
        "gwp": ((0.00546453, 0.00493041, 0.00657387), (0.0014947, 0.000898525, 0.00223454)),
        "pe": ((0.629481, 0.56, 0.75), (0.0203023, 0.012, 0.03)),
        "adp": ((2.70884e-9, 2.4e-9, 3.2e-9), (2.8926e-7, 1.7e-7, 4e-7)),
    },
}
WATTS: Final = {"a1.2xlarge": (22.592045, 20.3838, 27.1784), "c5.2xlarge": (55.760546, 50.3, 67.1)}
GRID: Final = 0.098

type Change = Callable[[dict[str, Any]], None]


def _bounds(triple: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(("value", "min", "max"), triple, strict=True))


def _impacts(name: str) -> dict[str, Any]:
    parts = {
        criterion: {"use": _bounds(use), "embedded": _bounds(made)}
        for criterion, (use, made) in FIGURES[name].items()
    }
    verbose = {"gwp_factor": {"value": GRID}, "avg_power": _bounds(WATTS[name])}
    return {"impacts": parts, "verbose": verbose}


@contextmanager
def _served(change: Change | None = None) -> Iterator[tuple[str, list[Any]]]:
    """Serve answers; yield the address and what was asked."""
    answers: dict[str, Any] = {
        "/v1/utils/version": PINNED_VERSION,
        "/v1/utils/country_code": {"France": "FRA", "Ireland": "IRL"},
        "/v1/cloud/instance/all_instances": [*FIGURES, "p4d.24xlarge"],
        "/v1/cloud/instance": _impacts,
    }
    if change is not None:
        change(answers)
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(answers[urlsplit(self.path).path])

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((parse_qs(urlsplit(self.path).query), body))
            answer = answers["/v1/cloud/instance"]
            self._answer(answer(body["instance_type"]) if callable(answer) else answer)

        def _answer(self, document: Any) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        @override
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _checked(crossfoot: Any, url: str, *options: str) -> dict[str, Any]:
    result = crossfoot("cross-check", "--url", url, *options, "--json")
    assert result.exit_code == 0, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_both_sides_stand_beside_each_other(crossfoot: Any) -> None:
    """Power, energy and every criterion; PUE is ours on both sides, and theirs has none."""
    with _served() as (url, asked):
        found = _checked(crossfoot, url, "--types", "a1.2xlarge, c5.2xlarge")
    first, second = found["instances"]
    pue = found["pue"]

    assert (found["version"], found["location"], found["hours"]) == (PINNED_VERSION, "FRA", 1)
    assert first["figures"]["watts"]["theirs"]["value"] == pytest.approx(22.592045)
    assert second["figures"]["watts"]["theirs"]["value"] == pytest.approx(55.760546)
    use = first["figures"]["ghg_use_kgco2e"]
    assert use["theirs"]["value"] == pytest.approx(0.00221402 * pue)
    assert use["ratio"] == pytest.approx(use["ours"]["value"] / use["theirs"]["value"])
    made = first["figures"]["ghg_embodied_kgco2e"]["theirs"]
    assert made == {"value": 0.00431157, "low": 0.00252555, "high": 0.00577419}
    assert first["figures"]["energy_kwh"]["theirs"]["value"] == pytest.approx(
        22.592045 * pue / 1000
    )
    assert first["their_answer"] == _impacts("a1.2xlarge")["impacts"]
    query, body = asked[0]
    assert query["duration"] == ["1"]
    assert query["verbose"] == ["true"]
    assert body["usage"] == {"usage_location": "FRA", "time_workload": 50.0}


def test_what_the_other_side_lacks_is_blocked_by_name(crossfoot: Any) -> None:
    """Without power of GPUs, and with a type spelled alike for an unknown one, it is not asked."""
    with _served() as (url, asked):
        found = _checked(crossfoot, url, "--types", "p4d.24xlarge,db.m7g.large,a1.2xlarge")
    blocked = {each["type"]: each["blocked"] for each in found["instances"]}

    assert "no power of its" in blocked["p4d.24xlarge"]
    assert "does not know it" in blocked["db.m7g.large"]
    assert blocked["a1.2xlarge"] is None
    assert [body["instance_type"] for _, body in asked] == ["a1.2xlarge"]


def test_the_comparison_is_told_in_words(crossfoot: Any) -> None:
    """Twenty usual types where none are named; who is blocked, and what both were asked with."""
    with _served() as (url, _):
        told = crossfoot("cross-check", "--url", url).stdout
        named = crossfoot("cross-check", "--url", url, "--types", "a1.2xlarge").stdout

    assert told.count("Blocked: ") == 19
    assert any(line.startswith("c5.2xlarge ") for line in told.splitlines())
    assert "Blocked: g4dn.xlarge: BoaviztAPI has no power of its" in told
    assert "a1.2xlarge" in named
    assert f"BoaviztAPI {PINNED_VERSION} in FRA" in named
    assert "PUE" in named


def _another_version(answers: dict[str, Any]) -> None:
    answers["/v1/utils/version"] = "2.4.1"


def _half_an_answer(answers: dict[str, Any]) -> None:
    answers["/v1/cloud/instance"] = {"impacts": {}, "verbose": {}}


def _no_power(answers: dict[str, Any]) -> None:
    impacts = _impacts("a1.2xlarge")
    del impacts["verbose"]["avg_power"]
    answers["/v1/cloud/instance"] = impacts


def _no_primary_energy(answers: dict[str, Any]) -> None:
    impacts = _impacts("a1.2xlarge")
    impacts["impacts"]["pe"]["use"] = "not implemented"
    answers["/v1/cloud/instance"] = impacts


def test_a_figure_that_the_other_side_lacks_is_none(crossfoot: Any) -> None:
    """It says so in words; that is not zero, and has no ratio."""
    with _served(_no_primary_energy) as (url, _):
        found = _checked(crossfoot, url, "--types", "a1.2xlarge")
    figure = found["instances"][0]["figures"]["pe_use_mj"]

    assert figure["theirs"] is None
    assert figure["ratio"] is None
    assert figure["ours"]["value"] > 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_another_version, "BoaviztAPI '2.4.1'; figures change between versions"),
        (_half_an_answer, "its answer for a1.2xlarge lacks"),
        (_no_power, "its answer for a1.2xlarge lacks 'avg_power'"),
    ],
)
def test_an_answer_that_cannot_be_compared_is_named(
    crossfoot: Any, change: Change, told: str
) -> None:
    """Another version, or an answer without its figures, is status 2 and never a ratio."""
    with _served(change) as (url, _):
        result = crossfoot("cross-check", "--url", url, "--types", "a1.2xlarge")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("ReferenceApiError: ")
    assert told in result.stderr


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--region", "us-east-1"], "InvalidArgumentError: BoaviztAPI has no electricity of US"),
        (["--region", "global"], "InvalidArgumentError: BoaviztAPI has no electricity of a place"),
        (["--region", "xx-north-9"], "UnknownRegionError"),
        (["--types", "nothing"], "InvalidArgumentError"),
        (["--load", "150"], "InvalidArgumentError"),
    ],
)
def test_what_cannot_be_asked_is_named(crossfoot: Any, options: list[str], error: str) -> None:
    """It would take Europe's mix for a place that it does not know."""
    with _served() as (url, asked):
        result = crossfoot("cross-check", "--url", url, *options)

    assert result.exit_code == 2
    assert error in result.stderr
    assert asked == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "file:///etc/hostname", "localhost:5000", "", "http://[::1"]
)
def test_an_address_that_does_not_answer_is_named(crossfoot: Any, url: str) -> None:
    """Nobody listens, or it is not HTTP at all: a file is never read for an answer."""
    result = crossfoot("cross-check", "--url", url)

    assert result.exit_code == 2
    assert result.stderr.startswith("ReferenceApiError: ")
    assert "BoaviztAPI" in result.stderr
