"""The data behind charts and tables, as the page's script reads it.

A view is a table by period: the script draws the chart and the table from the same rows. The
first cell of a row is its kind, which decides how it is drawn; masses are exact decimals as text.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from crossfoot.report.aggregates import (
    ALL_PERIODS,
    BASES,
    BasisTotals,
    Ledger,
    LineType,
    ProofLine,
    added,
    missing_months,
)
from crossfoot.report.breakdowns import (
    NAMED,
    NONE,
    REST,
    UNALLOCATED,
    ByPeriod,
    Leaf,
    MethodRange,
    Moved,
    Reason,
    Slice,
)
from crossfoot.report.mass import exact
from crossfoot.report.periods import long_name, short_name

type Row = list[str | int | bool | None]

LBM_COLUMN: Final = {"label": "LBM, kg CO₂e", "type": "mass", "basis": "lbm"}
MBM_COLUMN: Final = {"label": "MBM, kg CO₂e", "type": "mass", "basis": "mbm"}
COUNT_COLUMN: Final = {"label": "Rows", "type": "count"}
SHARE_COLUMN: Final = {"label": "Share", "type": "share"}

LEVEL_LABELS: Final = {
    "service-key": "Method's key, same Region and service",
    "service-cost": "On-demand value, same Region and service",
    "region-cost": "On-demand value, same Region",
    "account-cost": "On-demand value, same account",
    "unallocated": "Unallocated",
}


def text_column(label: str) -> dict[str, str]:
    """Return the column of a text cell."""
    return {"label": label, "type": "text"}


def view(
    columns: Sequence[Mapping[str, str]],
    rows: Mapping[str, list[Row]],
    totals: Sequence[int] = (),
) -> dict[str, Any]:
    """Return a view; ``totals`` are the columns, from 0, that are summed under the table."""
    return {"columns": list(columns), "rows": dict(rows), "totals": list(totals)}


def period_axis(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the periods of the axis in order, months without a figure among them."""
    gaps = missing_months(ledger.periods)
    totals = {total.period: total for total in ledger.totals}
    revised = revised_periods(ledger)
    return [
        {
            "id": period,
            "label": long_name(period),
            "short": short_name(period),
            "isMissing": period in gaps,
            "isRevised": period in revised,
            "isTotalsOnly": period in totals and is_totals_only(totals[period].mbm),
        }
        for period in sorted((*ledger.periods, *gaps))
    ]


def is_totals_only(totals: BasisTotals) -> bool:
    """Whether AWS reported a total and none of its scopes."""
    return totals.total is not None and {totals.scope_1, totals.scope_2, totals.scope_3} == {None}


def revised_periods(ledger: Ledger) -> frozenset[str]:
    """Return the periods that were restated, or that AWS delivered more than once."""
    deliveries: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for vintage in ledger.vintages:
        deliveries[vintage.period].add((vintage.delivery_id, vintage.model_version))
    again = {period for period, found in deliveries.items() if len(found) > 1}
    return frozenset(again | {restatement.period for restatement in ledger.restatements})


def trend_data(ledger: Ledger) -> dict[str, dict[str, list[str | None]]]:
    """Return scope 1, 2, 3, the unsplit part and the total, per period and basis."""
    return {
        total.period: {basis: _stack_of(total.of(basis)) for basis in BASES}
        for total in ledger.totals
    }


def _stack_of(totals: BasisTotals) -> list[str | None]:
    parts = (totals.scope_1, totals.scope_2, totals.scope_3, totals.unsplit, totals.total)
    return [exact(part) for part in parts]


def region_view(regions: ByPeriod[Slice]) -> dict[str, Any]:
    """Return the Regions."""
    columns = (text_column("Region"), LBM_COLUMN, MBM_COLUMN, COUNT_COLUMN, SHARE_COLUMN)
    return view(columns, _slice_rows(regions, "No Region"), (1, 2, 3))


def level_view(levels: ByPeriod[Slice]) -> dict[str, Any]:
    """Return the allocation levels, in words."""
    columns = (text_column("Placed"), LBM_COLUMN, MBM_COLUMN, COUNT_COLUMN, SHARE_COLUMN)
    rows = _slice_rows(levels, "Level not recorded")
    for row in (row for period in rows.values() for row in period):
        row[1] = LEVEL_LABELS.get(str(row[1]), row[1])
    return view(columns, rows, (1, 2, 3))


def tag_view(label: str, values: ByPeriod[Slice]) -> dict[str, Any]:
    """Return the values of a tag."""
    columns = (text_column(label), LBM_COLUMN, MBM_COLUMN, COUNT_COLUMN, SHARE_COLUMN)
    return view(columns, _slice_rows(values, "Untagged"), (1, 2, 3))


def slice_labels(parts: Sequence[Slice], none: str) -> list[str]:
    """Return how each part of a breakdown is called; ``none`` names the part without a name."""
    return [_slice_label(part, none) for part in parts]


def _slice_rows(slices: ByPeriod[Slice], none: str) -> dict[str, list[Row]]:
    return {
        period: [
            [s.kind, label, exact(s.lbm), exact(s.mbm), s.n_rows]
            for s, label in zip(found, slice_labels(found, none), strict=True)
        ]
        for period, found in slices.items()
    }


def _slice_label(part: Slice, none: str) -> str:
    if part.kind == REST:
        return f"Other ({part.n_names:,} smaller values)"
    if part.kind == UNALLOCATED:
        return "Unallocated"
    if part.name is None:
        return none
    return part.name or "(empty text)"


def tree_view(leaves: ByPeriod[Leaf]) -> dict[str, Any]:
    """Return account, service and resource, each as its kind and label, with the two totals."""
    columns = (text_column("Account"), text_column("Service"), text_column("Resource"))
    rows: dict[str, list[Row]] = {
        period: [_leaf_row(leaf) for leaf in found] for period, found in leaves.items()
    }
    return view((*columns, LBM_COLUMN, MBM_COLUMN, COUNT_COLUMN), rows)


def _leaf_row(leaf: Leaf) -> Row:
    steps: tuple[tuple[str | None, str], ...] = (
        (leaf.account_kind, _account_label(leaf.account, leaf.account_name)),
        (leaf.service_kind, _service_label(leaf)),
        (leaf.resource_kind, leaf.resource or ""),
    )
    cells: Row = []
    for kind, label in steps:
        cells += [kind, "Other" if kind == REST else label]
    if leaf.resource_kind == NONE:
        cells[5] = "No resource id"
    return [*cells, exact(leaf.lbm), exact(leaf.mbm), leaf.n_rows]


def _service_label(leaf: Leaf) -> str:
    if leaf.service_kind == UNALLOCATED:
        return f"Unallocated ({leaf.service or 'no service'})"
    return leaf.service or "No service"


def _account_label(account: str | None, name: str | None) -> str:
    return f"{name} ({account})" if name else str(account)


def range_view(ranges: ByPeriod[MethodRange]) -> dict[str, Any]:
    """Return published figure, low and high of each basis; the highs are no sum of anything."""
    columns = [text_column("Service in account")]
    for basis in BASES:
        for end in ("low", "published", "high"):
            label = f"{basis.upper()} {end}, kg CO₂e"
            columns.append({"label": label, "type": "mass", "basis": basis})
    rows: dict[str, list[Row]] = {
        period: [
            [
                NAMED,
                f"{r.service} in {r.account_name or r.account}",
                *(exact(a) for a in (r.lbm_low, r.lbm, r.lbm_high, r.mbm_low, r.mbm, r.mbm_high)),
            ]
            for r in found
        ]
        for period, found in ranges.items()
    }
    return view(columns, rows)


def reason_view(reasons: ByPeriod[Reason]) -> dict[str, Any]:
    """Return what was not allocated, by reason and place."""
    places = [text_column(label) for label in ("Reason", "Account", "Region", "AWS service")]
    rows: dict[str, list[Row]] = {
        period: [_reason_row(reason) for reason in found] for period, found in reasons.items()
    }
    return view((*places, LBM_COLUMN, MBM_COLUMN, COUNT_COLUMN), rows, (4, 5, 6))


def _reason_row(reason: Reason) -> Row:
    is_rest = reason.account is None
    place: Row = ["Other places", "", ""]
    if not is_rest:
        place = [reason.account, reason.region, reason.service or "not given"]
    masses = exact(reason.lbm), exact(reason.mbm)
    kind = REST if is_rest else UNALLOCATED
    return [kind, reason.reason or "no reason recorded", *place, *masses, reason.n_rows]


def moved_view(moves: ByPeriod[Moved]) -> dict[str, Any]:
    """Return what shared pools moved; each pool sums to zero."""
    labels = ("Pool", "Method", "Driver", "Gives or receives")
    rows: dict[str, list[Row]] = {
        period: [
            [
                REST if m.consumer is None else NAMED,
                *(m.pool, m.method, m.driver, m.consumer or "Other consumers"),
                *(exact(m.lbm), exact(m.mbm)),
            ]
            for m in found
        ]
        for period, found in moves.items()
    }
    return view((*map(text_column, labels), LBM_COLUMN, MBM_COLUMN), rows, (4, 5))


def line_view(lines: Sequence[LineType]) -> dict[str, Any]:
    """Return usage lines by type, in and out; money is summed only within one currency."""
    money = {"type": "money"}
    columns = (
        *map(text_column, ("Line type", "Billed by", "Counted", "Why")),
        {"label": "Lines", "type": "count"},
        {"label": "On-demand value", **money},
        {"label": "Unblended cost", **money},
        text_column("Currency"),
    )
    grouped: defaultdict[str, defaultdict[tuple[Any, ...], list[LineType]]]
    grouped = defaultdict(lambda: defaultdict(list))
    for line in lines:
        kind = (line.is_included, line.line_item_type, line.billing_entity, line.reason)
        for period in (line.period, ALL_PERIODS):
            grouped[period][(*kind, line.currency)].append(line)
    rows = {
        period: [_line_row(found) for found in kinds.values()] for period, kinds in grouped.items()
    }
    one_currency = len({line.currency for line in lines}) == 1
    return view(columns, rows, (4, 5, 6) if one_currency else (4,))


def _line_row(lines: list[LineType]) -> Row:
    first = lines[0]
    return [
        NAMED if first.is_included else NONE,
        first.line_item_type,
        first.billing_entity,
        "in" if first.is_included else "out",
        first.reason,
        sum(line.n_lines for line in lines),
        exact(added(line.on_demand_cost for line in lines)),
        exact(added(line.unblended_cost for line in lines)),
        first.currency,
    ]


def proof_view(proof: Sequence[ProofLine]) -> dict[str, Any]:
    """Return both sides of every kind of check."""
    columns = (
        *map(text_column, ("Check", "Measure", "Unit")),
        {"label": "Came in", "type": "amount"},
        {"label": "Went out", "type": "amount"},
        {"label": "Difference", "type": "amount"},
        {"label": "Checks", "type": "count"},
        {"label": "Proven", "type": "count"},
    )
    grouped: defaultdict[str, defaultdict[tuple[str, str, str], list[ProofLine]]]
    grouped = defaultdict(lambda: defaultdict(list))
    for line in proof:
        for period in (line.period, ALL_PERIODS):
            grouped[period][line.check_name, line.measure, line.unit].append(line)
    rows = {
        period: [_proof_row(found) for _, found in sorted(checks.items())]
        for period, checks in grouped.items()
    }
    return view(columns, rows, (6, 7))


def _proof_row(lines: list[ProofLine]) -> Row:
    n_checks, n_proven = sum(p.n_checks for p in lines), sum(p.n_proven for p in lines)
    return [
        NAMED if n_checks == n_proven else NONE,
        lines[0].check_name,
        lines[0].measure,
        "count" if lines[0].unit == "1" else lines[0].unit,
        exact(sum((p.expected for p in lines), Decimal(0))),
        exact(sum((p.actual for p in lines), Decimal(0))),
        exact(sum((p.difference for p in lines), Decimal(0))),
        n_checks,
        n_proven,
    ]
