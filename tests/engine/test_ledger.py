"""Placement, levels, splitting, ranges and the proof, against a plain row-by-row reference."""

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossfoot.domain.errors import AllocationError, ConfigurationError, ReconciliationError
from crossfoot.domain.measures import MEASURES, TOTAL_PARTS, TOTALS, Measure
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.engine.ledger import allocate_month
from crossfoot.engine.reconciliation import aws_rounding, difference
from crossfoot.engine.shapes import (
    AllocationLevel,
    Consumers,
    Ledger,
    MethodKey,
    Sources,
    UnallocatedReason,
)

SCOPE_3 = {MEASURES.index(Measure.SCOPE_3_LBM), MEASURES.index(Measure.SCOPE_3_MBM)}
TOTAL_INDICES = [MEASURES.index(total) for total in TOTALS]
PARTS = [[MEASURES.index(part) for part in TOTAL_PARTS[total]] for total in TOTALS]

type Cell = tuple[int, int, int]
type Entries = dict[tuple[int, int], list[int]]
"""Amounts of all measures by (source, row)."""


@dataclass
class Usage:
    """One usage row of the reference."""

    cell: Cell
    cost: int = 0
    keys: tuple[tuple[int, int], ...] = ((0, 0), (0, 0))
    parent: int = -1
    is_split: bool = False
    used: int = 0
    unused: int = 0


@dataclass
class Reported:
    """One cell of AWS in the reference; ``None`` where nothing is reported."""

    cell: Cell
    amounts: tuple[int | None, ...]


def sources_of(cells: list[Reported]) -> Sources:
    """Build the engine's table of AWS's cells."""
    amount = np.array([[a or 0 for a in cell.amounts] for cell in cells], dtype=np.int64)
    known = np.array([[a is not None for a in cell.amounts] for cell in cells], dtype=np.bool_)
    shape = (len(cells), len(MEASURES))
    return Sources(*_codes(cells), amount.reshape(shape).T, known.reshape(shape).T)


def consumers_of(rows: list[Usage]) -> Consumers:
    """Build the engine's table of usage; each row's money is its number plus one."""
    keys = {
        name: MethodKey(
            _column([row.keys[at][0] for row in rows]), _column([row.keys[at][1] for row in rows])
        )
        for at, name in enumerate(("first", "second"))
    }
    return Consumers(
        *_codes(rows),
        on_demand_nano=_column([row.cost for row in rows]),
        keys=keys,
        parent=_column([row.parent for row in rows]),
        is_split=np.array([row.is_split for row in rows], dtype=np.bool_),
        split_used=_column([row.used for row in rows]),
        split_unused=_column([row.unused for row in rows]),
        money_nano={"unblended_cost": np.arange(1, len(rows) + 1)},
    )


def _column(values: list[int]) -> Int64Array:
    return np.array(values, dtype=np.int64)


def _codes(table: list[Usage] | list[Reported]) -> tuple[Int64Array, Int64Array, Int64Array]:
    account, region, bucket = (_column([row.cell[at] for row in table]) for at in range(3))
    return account, region, bucket


def law(amount: int, weights: list[int]) -> list[int]:
    """Split by rounded running shares, in fractions."""
    total, running, before, parts = sum(weights), 0, 0, []
    for weight in weights:
        running += weight
        after = math.floor(Fraction(abs(amount) * running, total) + Fraction(1, 2))
        parts.append((after - before) * (-1 if amount < 0 else 1))
        before = after
    return parts


def weight_of(row: Usage, at: int | None, kind: int) -> int:
    """Return the weight of a row: its key by number of the method, or its cost for ``None``."""
    value = row.cost if at is None else row.keys[at][kind]
    return 0 if row.is_split else max(value, 0)


def level_of(cell: Reported, rows: list[Usage]) -> tuple[AllocationLevel, list[int]]:
    """Return the first level with weight under the first method, and the rows that bear it."""
    account, region, _ = cell.cell
    own = [i for i, row in enumerate(rows) if row.cell == cell.cell]
    in_region = [i for i, row in enumerate(rows) if row.cell[:2] == (account, region)]
    in_account = [i for i, row in enumerate(rows) if row.cell[0] == account]
    if any(weight_of(rows[i], 0, 0) for i in own):
        return AllocationLevel.SERVICE_KEY, own
    if any(weight_of(rows[i], None, 0) for i in own):
        return AllocationLevel.SERVICE_COST, own
    if not any(cell.amounts):
        return AllocationLevel.UNALLOCATED, []
    for level, bearers in (
        (AllocationLevel.REGION_COST, in_region),
        (AllocationLevel.ACCOUNT_COST, in_account),
    ):
        paying = [i for i in bearers if weight_of(rows[i], None, 0)]
        if paying:
            return level, paying
    return AllocationLevel.UNALLOCATED, []


def key_of(level: AllocationLevel, rows: list[Usage], at: int | None, kind: int) -> list[int]:
    """Return the weights of a method on the bearers of a source."""
    by_cost = [weight_of(row, None, 0) for row in rows]
    if level > AllocationLevel.SERVICE_COST or (level == AllocationLevel.SERVICE_COST and at == 0):
        return by_cost
    candidates = ([weight_of(row, at, kind) for row in rows], by_cost)
    published = [weight_of(row, 0, 0) for row in rows]
    return next((weights for weights in candidates if any(weights)), published)


def reference(cells: list[Reported], rows: list[Usage], at: int | None) -> Entries:
    """Compute the whole ledger row by row, under the method of number ``at`` (``None``: cost)."""
    entries: Entries = defaultdict(lambda: [0] * len(MEASURES))
    source_of = {cell.cell: source for source, cell in enumerate(cells)}
    for row_index, row in enumerate(rows):
        entries[source_of.get(row.cell, -1), row_index] = [0] * len(MEASURES)
    for source, cell in enumerate(cells):
        level, bearers = level_of(cell, rows)
        if level == AllocationLevel.UNALLOCATED:
            entries[source, -1] = [amount or 0 for amount in cell.amounts]
            continue
        for measure, amount in enumerate(cell.amounts):
            weights = key_of(level, [rows[i] for i in bearers], at, int(measure in SCOPE_3))
            for row_index, part in zip(bearers, law(amount or 0, weights), strict=True):
                entries[source, row_index][measure] = part
    for source, row_index in list(entries):
        _share(entries, rows, source, row_index)
    for (source, _), amounts in entries.items():
        for total, parts in zip(TOTAL_INDICES, PARTS, strict=True):
            if source >= 0 and all(cells[source].amounts[part] is not None for part in parts):
                amounts[total] = sum(amounts[part] for part in parts)
    return dict(entries)


def _share(entries: Entries, rows: list[Usage], source: int, parent: int) -> None:
    pods = [i for i, row in enumerate(rows) if parent >= 0 and row.parent == parent]
    weights = [max(rows[i].used, 0) for i in pods] + [sum(max(rows[i].unused, 0) for i in pods)]
    if not any(weights):
        return
    for measure, amount in enumerate(entries[source, parent]):
        for row_index, part in zip([*pods, parent], law(amount, weights), strict=True):
            entries[source, row_index][measure] = part


CELLS = st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(0, 1))
WEIGHTS = st.one_of(st.just(0), st.integers(-3, 10), st.integers(0, 10**12))
AMOUNTS = st.one_of(st.just(0), st.integers(-50, 1000), st.integers(0, 10**17))


@st.composite
def reported(draw: st.DrawFn, cell: Cell) -> Reported:
    """Draw a cell with scopes, with totals only, or with holes."""
    amounts: list[int | None] = [draw(AMOUNTS) for _ in MEASURES]
    holes = draw(st.sampled_from(["none", "scopes", "some"]))
    for measure in range(len(MEASURES)):
        is_hole = measure < 5 if holes == "scopes" else holes == "some" and draw(st.booleans())
        amounts[measure] = None if is_hole else amounts[measure]
    return Reported(cell, tuple(amounts))


@st.composite
def months(draw: st.DrawFn) -> tuple[list[Reported], list[Usage]]:
    """Draw a small month of two accounts, with pods, orphans and gaps."""
    cells = [draw(reported(cell)) for cell in sorted(draw(st.sets(CELLS, max_size=5)))]
    pair = st.tuples(WEIGHTS, WEIGHTS)
    rows = [
        Usage(cell, draw(WEIGHTS), draw(st.tuples(pair, pair)))
        for cell in sorted(draw(st.lists(CELLS, max_size=8)))
    ]
    for row in rows:
        row.is_split = draw(st.integers(0, 2)) == 0
    for row in rows:
        if row.is_split:
            carriers = [
                i for i, r in enumerate(rows) if not r.is_split and r.cell[0] == row.cell[0]
            ]
            row.parent = draw(st.sampled_from([-1, *carriers, *carriers]))
            row.used, row.unused = draw(WEIGHTS), draw(WEIGHTS)
    return cells, rows


def month_of(month: tuple[list[Reported], list[Usage]]) -> tuple[Sources, Consumers, Ledger]:
    """Run the engine on a drawn month."""
    sources, consumers = sources_of(month[0]), consumers_of(month[1])
    with np.errstate(all="raise"):
        return sources, consumers, allocate_month(sources, consumers, method="first")


def as_entries(ledger: Ledger, amount: Int64Array) -> Entries:
    """Return an array of the ledger by (source, row)."""
    keys = zip(ledger.source.tolist(), ledger.row.tolist(), strict=True)
    return dict(zip(keys, amount.T.tolist(), strict=True))


@settings(max_examples=150)
@given(months())
def test_the_ledger_equals_the_row_by_row_reference(
    month: tuple[list[Reported], list[Usage]],
) -> None:
    """Entries, amounts, levels and ranges are those of the plain reference."""
    _, _, ledger = month_of(month)

    expected = reference(*month, 0)
    others = [reference(*month, at) for at in (0, 1, None)]
    ends = [
        {key: [end(column) for column in zip(*(o[key] for o in others), strict=True)] for key in o}
        for end in (min, max)
        for o in others[:1]
    ]
    assert as_entries(ledger, ledger.amount_ug) == expected
    assert as_entries(ledger, ledger.low_ug) == ends[0]
    assert as_entries(ledger, ledger.high_ug) == ends[1]
    for source, level in zip(ledger.source.tolist(), ledger.level.tolist(), strict=True):
        assert level == (level_of(month[0][source], month[1])[0] if source >= 0 else 0)


@given(months())
def test_nothing_is_lost(month: tuple[list[Reported], list[Usage]]) -> None:
    """For each source and measure the entries sum to AWS's figure, with no tolerance."""
    sources, _, ledger = month_of(month)

    assert not difference(sources, ledger).any()


@given(months())
def test_every_usage_row_is_at_home_once_and_money_cross_foots(
    month: tuple[list[Reported], list[Usage]],
) -> None:
    """Rows appear once as home, in order, and their money is all there."""
    _, consumers, ledger = month_of(month)

    assert sorted(ledger.row[ledger.is_home].tolist()) == list(range(consumers.n_rows))
    order = list(zip(ledger.source.tolist(), ledger.row.tolist(), strict=True))
    assert order == sorted(set(order))
    money = ledger.money_nano["unblended_cost"]
    assert money.sum() == consumers.money_nano["unblended_cost"].sum()


@given(months())
def test_totals_are_sums_of_scopes_and_unreported_is_zero_and_marked(
    month: tuple[list[Reported], list[Usage]],
) -> None:
    """Columns cross-foot where AWS gave scopes; a missing figure is marked, never a zero."""
    _, _, ledger = month_of(month)

    for total, parts in zip(TOTAL_INDICES, PARTS, strict=True):
        is_sum = ledger.is_reported[parts].all(axis=0)
        sums = ledger.amount_ug[parts].sum(axis=0)
        assert (ledger.amount_ug[total, is_sum] == sums[is_sum]).all()
    assert not ledger.amount_ug[~ledger.is_reported].any()
    assert not ledger.is_reported[:, ledger.source < 0].any()


@given(months())
def test_shards_by_account_give_the_bytes_of_the_whole(
    month: tuple[list[Reported], list[Usage]],
) -> None:
    """Accounts do not know each other, so a shard is as good as the organisation."""
    cells, rows = month
    _, _, whole = month_of(month)

    sharded: Entries = {}
    for account in (0, 1):
        own_cells = [i for i, cell in enumerate(cells) if cell.cell[0] == account]
        own_rows = [i for i, row in enumerate(rows) if row.cell[0] == account]
        shard = month_of(
            (
                [cells[i] for i in own_cells],
                [
                    replace(rows[i], parent=own_rows.index(p) if (p := rows[i].parent) >= 0 else -1)
                    for i in own_rows
                ],
            )
        )[2]
        for (source, row), amounts in as_entries(shard, shard.amount_ug).items():
            at = own_cells[source] if source >= 0 else -1, own_rows[row] if row >= 0 else -1
            sharded[at] = amounts
    assert sharded == as_entries(whole, whole.amount_ug)


@given(months())
def test_a_replay_gives_the_same_bytes(month: tuple[list[Reported], list[Usage]]) -> None:
    """The same inputs give the same ledger, byte for byte."""
    first, second = month_of(month)[2], month_of(month)[2]

    for name in ("source", "row", "amount_ug", "low_ug", "high_ug", "is_home", "is_unused_part"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()


@given(months())
def test_the_range_holds_the_published_figure(month: tuple[list[Reported], list[Usage]]) -> None:
    """Low, published and high stand in this order."""
    _, _, ledger = month_of(month)

    assert (ledger.low_ug <= ledger.amount_ug).all()
    assert (ledger.amount_ug <= ledger.high_ug).all()


AMOUNT = (100, 200, 50, 30, 20, 330, 170)


def test_each_level_is_reached_and_named() -> None:
    """Key, cost, Region, account and nothing: five cells, five levels."""
    cells = [
        Reported((account, region, bucket), AMOUNT)
        for account, region, bucket in ((0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 0), (1, 0, 0))
    ]
    rows = [Usage((0, 0, 0), 4, ((1, 1), (0, 0))), Usage((0, 0, 1), 6), Usage((2, 0, 0), 5)]

    _, _, ledger = month_of((cells, rows))

    texts = [AllocationLevel(level).text for level in ledger.level]
    assert list(zip(ledger.source.tolist(), ledger.row.tolist(), texts, strict=True)) == [
        (-1, 2, "none"),
        (0, 0, "service-key"),
        (1, 1, "service-cost"),
        (2, 0, "region-cost"),
        (2, 1, "region-cost"),
        (3, 0, "account-cost"),
        (3, 1, "account-cost"),
        (4, -1, "unallocated"),
    ]
    assert ledger.amount_ug[0].tolist() == [0, 100, 100, 40, 60, 40, 60, 100]
    assert ledger.counts.rows_without_reported_cell == 1


def test_what_cannot_be_placed_says_why() -> None:
    """No usage, usage without weight, and nothing to place are three reasons."""
    cells = [
        Reported((0, 0, 0), AMOUNT),
        Reported((1, 0, 0), AMOUNT),
        Reported((2, 0, 0), (0,) * len(MEASURES)),
    ]

    _, _, ledger = month_of((cells, [Usage((1, 0, 0)), Usage((2, 1, 0), 5)]))

    lost = ledger.row == -1
    assert [UnallocatedReason(reason).text for reason in ledger.reason[lost]] == [
        "no-usage-of-account",
        "usage-without-weight",
        "nothing-to-allocate",
    ]


def test_pods_share_their_node_and_the_unused_part_stays() -> None:
    """A node of 100 with pods of 30 and 20 used, 25 and 25 unused: 30, 20 and 50."""
    cells = [Reported((0, 0, 0), (100,) * 5 + (300, 300))]
    rows = [
        Usage((0, 0, 0), 9, ((1, 1), (1, 1))),
        Usage((0, 0, 0), 0, parent=0, is_split=True, used=30, unused=25),
        Usage((0, 0, 1), 0, parent=0, is_split=True, used=20, unused=25),
        Usage((0, 0, 1), 0, is_split=True, used=20, unused=25),
    ]

    _, _, ledger = month_of((cells, rows))

    entries = list(zip(ledger.source.tolist(), ledger.row.tolist(), strict=True))
    assert entries == [(-1, 2), (-1, 3), (0, 0), (0, 1), (0, 2)]
    assert ledger.amount_ug[0].tolist() == [0, 0, 50, 30, 20]
    assert ledger.is_unused_part.tolist() == [False, False, True, False, False]
    assert ledger.is_home.tolist() == [True, True, True, True, False]
    assert ledger.counts.orphans == 1


def test_pods_share_what_their_node_bears_for_other_cells() -> None:
    """A node that bears another bucket's grams by cost passes them on as well."""
    cells = [Reported((0, 0, 0), AMOUNT), Reported((0, 0, 1), AMOUNT)]
    rows = [
        Usage((0, 0, 0), 9, ((1, 1), (1, 1))),
        Usage((0, 0, 0), parent=0, is_split=True, used=3, unused=1),
    ]

    _, _, ledger = month_of((cells, rows))

    assert ledger.amount_ug[0].tolist() == [25, 75, 25, 75]
    assert [AllocationLevel(level).text for level in ledger.level[2:]] == ["region-cost"] * 2


def test_a_node_whose_pods_have_no_weight_keeps_everything() -> None:
    """Pods of no use and no unused part say nothing about who caused the node."""
    rows = [
        Usage((0, 0, 0), 9, ((1, 1), (1, 1))),
        Usage((0, 0, 0), parent=0, is_split=True),
    ]

    _, _, ledger = month_of(([Reported((0, 0, 0), AMOUNT)], rows))

    assert ledger.amount_ug[0].tolist() == [100, 0]
    assert not ledger.is_unused_part.any()


def test_scope_3_without_embodied_weight_goes_by_cost_and_is_counted() -> None:
    """The operational key places scope 1, cost places scope 3, and the count says so."""
    rows = [Usage((0, 0, 0), 1, ((1, 0), (0, 0))), Usage((0, 0, 0), 4, ((1, -7), (0, 0)))]

    _, _, ledger = month_of(([Reported((0, 0, 0), AMOUNT)], rows))

    assert ledger.amount_ug[0].tolist() == [50, 50]
    assert ledger.amount_ug[3].tolist() == [6, 24]
    assert ledger.counts.sources_without_embodied == 1
    assert ledger.counts.clipped_keys == 1


def test_partitions_without_scopes_allocate_their_totals() -> None:
    """Only totals are reported: they are placed themselves, scopes stay missing."""
    cells = [Reported((0, 0, 0), (None,) * 5 + (300, None))]

    _, _, ledger = month_of((cells, [Usage((0, 0, 0), 1), Usage((0, 0, 0), 2)]))

    assert ledger.amount_ug[5].tolist() == [100, 200]
    assert ledger.is_reported[:, 0].tolist() == [False] * 5 + [True, False]


def test_the_rounding_of_totals_is_kept_apart() -> None:
    """AWS's total of 331 beside scopes of 330: 1 of rounding, and nothing is out of proof."""
    cells = [Reported((0, 0, 0), (100, 200, 50, 30, 20, 331, None))]
    sources, _, ledger = month_of((cells, [Usage((0, 0, 0), 1)]))

    rounding, is_known = aws_rounding(sources)

    assert rounding.tolist() == [[1], [0]]
    assert is_known.tolist() == [[True], [False]]
    assert ledger.amount_ug[5].tolist() == [330]
    assert not difference(sources, ledger).any()


def test_a_lost_or_moved_gram_is_found() -> None:
    """The proof names the source and measure that do not add up."""
    cells = [Reported((0, 0, 0), AMOUNT), Reported((0, 0, 1), AMOUNT)]
    rows = [Usage((0, 0, 0), 1), Usage((0, 0, 1), 1), Usage((0, 0, 1), 1)]
    sources, _, ledger = month_of((cells, rows))
    ledger.amount_ug[2, 0] -= 1
    ledger.amount_ug[2, 1] += 1

    gap = difference(sources, ledger)

    assert np.argwhere(gap).tolist() == [[2, 0], [2, 1]]


def test_amounts_outside_awss_cells_fail_the_proof() -> None:
    """An entry without a source must be empty."""
    sources, _, ledger = month_of(([], [Usage((0, 0, 0), 1)]))
    ledger.amount_ug[0, 0] = 1

    with pytest.raises(ReconciliationError, match="usage row 0"):
        difference(sources, ledger)


def test_entries_out_of_order_fail_the_proof() -> None:
    """The proof reads sums by order, so it checks the order first."""
    cells = [Reported((0, 0, 0), AMOUNT), Reported((0, 0, 1), AMOUNT)]
    sources, _, ledger = month_of((cells, []))

    with pytest.raises(ReconciliationError, match="order"):
        difference(sources, replace(ledger, source=ledger.source[::-1]))


def test_an_unknown_method_is_refused_with_the_known_ones() -> None:
    """The message offers what there is, cost always among it."""
    with pytest.raises(ConfigurationError, match="cost, first, second"):
        allocate_month(sources_of([]), consumers_of([]), method="guess")


def test_cost_can_be_the_published_method() -> None:
    """Cost needs no key of its own."""
    ledger = allocate_month(
        sources_of([Reported((0, 0, 0), AMOUNT)]),
        consumers_of([Usage((0, 0, 0), 1), Usage((0, 0, 0), 3)]),
        method="cost",
    )

    assert ledger.amount_ug[0].tolist() == [25, 75]


def test_unused_parts_beyond_int64_are_refused() -> None:
    """Sums of split weights are checked in float64, which cannot wrap."""
    rows = [Usage((0, 0, 0), 1, ((1, 1), (1, 1)))] + [
        Usage((0, 0, 0), parent=0, is_split=True, unused=2**62) for _ in range(3)
    ]

    with pytest.raises(AllocationError, match="too large"):
        month_of(([Reported((0, 0, 0), AMOUNT)], rows))


def test_axes_of_different_lengths_keep_their_places() -> None:
    """Two sources, three rows, four entries: shapes say which is which."""
    cells = [Reported((0, 0, 0), AMOUNT), Reported((1, 0, 0), AMOUNT)]

    _, _, ledger = month_of((cells, [Usage((0, 0, 0), 1), Usage((0, 0, 0), 1), Usage((0, 1, 0))]))

    assert ledger.n_entries == 4
    assert ledger.amount_ug.shape == ledger.is_reported.shape == (7, 4)


def _with(**changes: Int64Array | BoolArray) -> Consumers:
    base = consumers_of([Usage((0, 0, 0)), Usage((0, 0, 1)), Usage((1, 0, 0))])
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bucket": np.array([1, 0, 0])}, "not sorted"),
        ({"region": np.array([-1, 0, 0])}, "negative code"),
        ({"on_demand_nano": np.array([1, 2])}, "on_demand_nano has shape"),
        ({"parent": np.array([5, -1, -1])}, "outside the table"),
        ({"parent": np.array([1, -1, -1])}, "not marked as split"),
        (
            {"parent": np.array([1, -1, -1]), "is_split": np.array([True, True, False])},
            "itself a split row",
        ),
        (
            {"parent": np.array([2, -1, -1]), "is_split": np.array([True, False, False])},
            "another account",
        ),
    ],
)
def test_malformed_usage_is_refused_when_made(changes: dict[str, Int64Array], message: str) -> None:
    """A table that breaks its contract never reaches the ledger."""
    with pytest.raises(ValueError, match=message):
        _with(**changes)


def test_malformed_sources_are_refused_when_made() -> None:
    """A cell twice, or an amount where nothing is reported, is a caller's mistake."""
    with pytest.raises(ValueError, match="twice"):
        sources_of([Reported((0, 0, 0), AMOUNT)] * 2)
    good = sources_of([Reported((0, 0, 0), AMOUNT)])
    with pytest.raises(ValueError, match="is_reported"):
        replace(good, is_reported=np.zeros((7, 1), dtype=np.bool_))
    with pytest.raises(TypeError, match="int64"):
        replace(good, amount_ug=good.amount_ug.astype(np.float64))


def test_codes_too_large_to_pack_are_refused() -> None:
    """Codes are dense numbers, not account ids."""
    cells = [Reported((10**12, 10**12, 0), AMOUNT)]

    with pytest.raises(ValueError, match="from 0"):
        month_of((cells, []))
