"""Write ``docs/operations/costs.md`` from list prices and a model of what is called: ``make docs``.

The model counts what the stacks and the code do; every assumption stands in ``ASSUMPTIONS`` and is
printed on the page.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
PRICES: Final = HERE / "operations" / "prices.csv"
PAGE: Final = HERE / "operations" / "costs.md"
SIZES: Final = (10, 500, 5_000)

ASSUMPTIONS: Final[dict[str, tuple[float, str]]] = {
    "lines": (200_000, "lines of hourly usage with resources, for each account and month"),
    "line_bytes": (64, "bytes of a line of the named columns as Parquet, measured on a sample"),
    "refreshes": (44, "deliveries of one month of usage: daily while it runs, two weeks after"),
    "old_version_days": (14, "days that a delivery which was written over is kept"),
    "months_kept": (13, "months of usage in the landing bucket"),
    "closings": (6, "closings of one month: carbon, then five usage deliveries after it"),
    "nowcasts": (44, "nowcasts of one month, each a closing: one for every delivery of its usage"),
    "scanned_bytes": (75, "bytes of a line that the five queries of a closing read"),
    "row_share": (0.06, "rows of the ledger for each line, measured on the sample organisation"),
    "row_bytes": (225, "bytes of a row in usage, ledger, ranges and estimate together, measured"),
    "history_months": (36, "months of published runs that are kept"),
    "standard_months": (2, "months of them at the price of Standard: before and after the move"),
    "infrequent_months": (2, "months of them after that at infrequent access, unread"),
    "shard_objects": (4, "objects that a shard of a run leaves in the tables"),
    "run_objects": (5, "objects that a run leaves in the tables beside those of its shards"),
    "row_seconds": (32e-6, "seconds of one core to allocate, estimate and write a row, measured"),
    "file_lines": (1_000_000, "lines in one file of the usage export"),
    "shard_rows": (120_000, "rows of the ledger that one function call allocates, at most 100"),
    "regions": (17, "Regions that are looked at in every account"),
    "look_seconds": (3, "seconds of a function of 1,024 MB to look at one account and Region"),
    "look_memory": (0.0625, "gigabytes of an express execution around it, the least there is"),
    "look_log_bytes": (4_500, "bytes of logs of a look, of the function and the execution"),
    "machines": (40, "instances, databases and functions with figures, for each account"),
    "readings": (3, "figures asked for, for each of them"),
    "buckets": (20, "buckets of each account"),
    "bucket_readings": (3, "figures asked for, for each of them"),
    "statistics_days": (1, "days of a month on which figures are read"),
    "rule_figures": (10, "figures that thresholds ask for, each by a query over the ledger"),
    "rule_bytes": (8, "bytes of a row of the ledger that such a query reads"),
    "looks_ahead": (36, "looks ahead: daily, and after publications"),
    "silent_months": (1.5, "months that a look finds silent, on average"),
    "silent_bytes": (75, "bytes of a line that the five queries of a silent month read"),
    "history_bytes": (24, "bytes of a row of usage that the history of a look reads"),
    "alarms": (30, "alarms of the stacks, each paid for by the metrics that it looks at"),
    "alarm_metrics": (59, "metrics that the alarms look at"),
    "own_metrics": (28, "metrics that the functions write"),
}


@dataclass(frozen=True, slots=True)
class Price:
    """One list price of us-east-1. ``per`` is how many of the counted things cost ``usd``."""

    service: str
    what: str
    unit: str
    usd: Decimal
    source: str

    @property
    def per(self) -> int:
        """Number of counted things in one unit."""
        first = self.unit.split(" ", maxsplit=1)[0]
        if first == "million":
            return 1_000_000
        return int(first) if first.isdigit() else 1


def read_prices() -> dict[str, Price]:
    """Return the list prices by their keys."""
    with PRICES.open(encoding="utf-8", newline="") as stream:
        return {
            row["key"]: Price(
                row["service"], row["what"], row["unit"], Decimal(row["usd"]), row["source"]
            )
            for row in csv.DictReader(stream)
        }


def counted(accounts: int, *, has_nowcasts: bool = True) -> dict[str, float]:
    """Return how much of everything priced an organisation of so many accounts needs a month."""
    a = {name: value for name, (value, _) in ASSUMPTIONS.items()}
    if not has_nowcasts:
        a |= dict.fromkeys(("nowcasts", "looks_ahead"), 0.0)
    lines = accounts * a["lines"]
    rows = lines * a["row_share"]
    files = max(1.0, lines / a["file_lines"])
    shards = min(100.0, max(1.0, rows / a["shard_rows"]))
    figures = a["machines"] * a["readings"] + a["buckets"] * a["bucket_readings"]
    looks = accounts * a["regions"] * 30
    closings = a["closings"] + a["nowcasts"]
    allocating = rows * a["row_seconds"] * closings * 3
    calls = closings * (20 + 2 * shards) + a["looks_ahead"] * 6
    loads = closings * accounts * a["regions"] * 2
    return {
        **_stored(a, lines, rows, shards),
        "s3_write": closings * (2 * files + 12 * shards + 60) + 2 * looks,
        "s3_read": closings * (6 * files + 20 * shards + 100) + looks + loads,
        "athena_scan": _scanned_bytes(a, lines, rows, closings) / 1e12,
        "lambda_compute": allocating + calls * 0.5 + looks * a["look_seconds"],
        "lambda_request": calls + looks + 30 * 96,
        "states_request": looks,
        "states_duration": looks * a["look_seconds"] * a["look_memory"],
        "states_transition": closings * (25 + 4 * shards) + a["looks_ahead"] * 40 + 30 * 8,
        "dynamodb_write": closings * 60 + a["refreshes"] * 10 + 30 * 96,
        "dynamodb_read": closings * 80 + a["looks_ahead"] * 600 + a["refreshes"] * 10 + 30 * 96 * 4,
        "events_custom": closings * 2 + 31,
        "sqs_request": 30 * 24 * 180 * 5 + a["refreshes"] * 4,
        "kms_key": 1,
        "kms_request": calls * 6 + closings * shards * 8 + 30 * 96 * 4 + looks * 2,
        "alarm_metric": a["alarm_metrics"],
        "dashboard": 1,
        "own_metric": a["own_metrics"],
        "log_ingest": calls * 1.5e-6 + looks * a["look_log_bytes"] / 1e9,
        "metric_read": accounts * figures * a["statistics_days"],
    }


def _scanned_bytes(a: Mapping[str, float], lines: float, rows: float, closings: float) -> float:
    ledger_bytes = max(rows * a["history_months"] * a["rule_bytes"], 10e6)
    judged_bytes = closings * a["rule_figures"] * ledger_bytes
    closed_bytes = max(lines * a["scanned_bytes"], 5 * 10e6) * closings
    looked_bytes = a["looks_ahead"] * (
        a["silent_months"] * max(lines * a["silent_bytes"], 5 * 10e6)
        + max(rows * a["history_months"] * a["history_bytes"], 2 * 10e6)
    )
    return closed_bytes + judged_bytes + looked_bytes


def _stored(a: Mapping[str, float], lines: float, rows: float, shards: float) -> dict[str, float]:
    """Return what lies in the buckets, by the class that it has reached."""
    gigabytes = lines * a["line_bytes"] / 1e9
    old = gigabytes * a["refreshes"] * a["old_version_days"] / 30
    closings = a["closings"] + a["nowcasts"]
    copies = gigabytes * closings * 14 / 30
    runs = rows * a["row_bytes"] * closings / 1e9  # of one month
    rest = a["history_months"] - a["standard_months"] - a["infrequent_months"]
    objects = closings * (a["shard_objects"] * shards + a["run_objects"])
    return {
        "s3_storage": gigabytes * a["months_kept"] + old + copies + runs * a["standard_months"],
        "s3_infrequent": runs * a["infrequent_months"],
        "s3_archive": runs * rest,
        "s3_monitored": objects * (a["history_months"] - 1),
        "s3_transition": objects,
    }


def cost_of(
    accounts: int, prices: dict[str, Price], *, has_nowcasts: bool = True
) -> dict[str, Decimal]:
    """Return what each service costs a month. [USD]."""
    found: dict[str, Decimal] = {}
    for key, amount in counted(accounts, has_nowcasts=has_nowcasts).items():
        price = prices[key]
        cost = Decimal(amount) / price.per * price.usd
        found[price.service] = found.get(price.service, Decimal(0)) + cost
    return found


def render() -> str:
    """Return the page."""
    prices = read_prices()
    return "\n".join([*_head(), *_totals(prices), "", *_assumed(), "", *_listed(prices), ""])


def _head() -> Iterator[str]:
    yield "# What a deployment costs"
    yield ""
    yield (
        "This page is computed by `docs/build_costs.py` from the list prices of us-east-1 in "
        "[prices.csv](prices.csv) and a count of what the stacks call; `make docs` writes it again."
    )
    yield (
        "It has never been held against a bill. Free tiers, support, taxes, QuickSight seats and "
        "the usage export of other tools are left out."
    )
    yield ""


def _totals(prices: dict[str, Price]) -> Iterator[str]:
    columns = [cost_of(accounts, prices) for accounts in SIZES]
    yield "## USD a month"
    yield ""
    yield "| service | " + " | ".join(f"{size:,} accounts" for size in SIZES) + " |"
    yield "| --- |" + " ---: |" * len(SIZES)
    for service in columns[0]:
        cells = (f"{column[service]:,.2f}" for column in columns)
        yield f"| {service} | " + " | ".join(cells) + " |"
    totals = (f"**{sum(column.values()):,.2f}**" for column in columns)
    yield "| **together** | " + " | ".join(totals) + " |"
    without = [cost_of(accounts, prices, has_nowcasts=False) for accounts in SIZES]
    bare = (f"{sum(column.values()):,.2f}" for column in without)
    yield "| with `nowcasts = false` | " + " | ".join(bare) + " |"


def _assumed() -> Iterator[str]:
    yield "## What is assumed"
    yield ""
    yield "| assumption | value |"
    yield "| --- | ---: |"
    for value, text in ASSUMPTIONS.values():
        yield f"| {text} | {value:,.10g} |"


def _listed(prices: dict[str, Price]) -> Iterator[str]:
    yield "## List prices"
    yield ""
    yield "| service | what | unit | USD | source |"
    yield "| --- | --- | --- | ---: | --- |"
    for price in prices.values():
        yield (
            f"| {price.service} | {price.what} | {price.unit} | {price.usd} "
            f"| [price page]({price.source}) |"
        )


def main() -> None:
    """Write the page into ``operations/``."""
    PAGE.write_text(render(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(HERE)}")


if __name__ == "__main__":
    main()
