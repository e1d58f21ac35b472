"""The laws of the allocation kernel, against exact fractions."""

import math
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crossfoot.domain.errors import AllocationError
from crossfoot.domain.units import Int64Array
from crossfoot.engine import allocation
from crossfoot.engine.allocation import allocate

type Problem = tuple[list[list[int]], list[list[int]]]
"""Weights by source, and amounts by measure and source."""

LARGEST = 10**18
# all three ways of the kernel: float64 alone, remainders in wrapping int64, Python's integers
AMOUNTS = st.one_of(
    st.integers(-1000, 1000),
    st.integers(-(2**49), 2**49),
    st.integers(-(10**17), 10**17),
    st.integers(-LARGEST, LARGEST),
    st.sampled_from([2**49, 2**49 + 1, -(2**60), 2**60 + 1, 2**63 - 1, -(2**63)]),
)
WEIGHTS = st.one_of(
    st.integers(0, 3),
    st.integers(0, 10**9),
    st.integers(0, 2**53),
    st.integers(0, 2**62),
)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Draw weights per source, each source with some weight, and amounts per measure."""
    groups = draw(
        st.lists(st.lists(WEIGHTS, min_size=1, max_size=6).filter(any), min_size=1, max_size=6)
    )
    n_measures = draw(st.integers(1, 3))
    row = st.lists(AMOUNTS, min_size=len(groups), max_size=len(groups))
    return groups, draw(st.lists(row, min_size=n_measures, max_size=n_measures))


def split(groups: list[list[int]], amounts: list[list[int]]) -> Int64Array:
    """Call the kernel on lists."""
    with np.errstate(all="raise"):
        return allocate(np.array(amounts, dtype=np.int64), offsets_of(groups), flat(groups))


def offsets_of(groups: list[list[int]]) -> Int64Array:
    """Return where each source's rows begin, and where the last ends."""
    return np.cumsum([0, *(len(group) for group in groups)], dtype=np.int64)


def flat(groups: list[list[int]]) -> Int64Array:
    """Return all weights in one row."""
    return np.array([weight for group in groups for weight in group], dtype=np.int64)


def exact_law(amount: int, weights: list[int]) -> list[int]:
    """Split by rounded running shares in fractions; halves go away from zero."""
    total, running, before, parts = sum(weights), 0, 0, []
    for weight in weights:
        running += weight
        rounded = math.floor(Fraction(abs(amount) * running, total) + Fraction(1, 2))
        parts.append((rounded - before) * (-1 if amount < 0 else 1))
        before = rounded
    return parts


@given(problems())
def test_the_kernel_equals_the_law_in_fractions(problem: Problem) -> None:
    """Whatever the size of amounts and weights, the result is the law's, digit by digit."""
    groups, amounts = problem

    result = split(groups, amounts)

    expected = [
        [
            part
            for amount, group in zip(row, groups, strict=True)
            for part in exact_law(amount, group)
        ]
        for row in amounts
    ]
    assert result.tolist() == expected


@given(problems())
def test_rows_sum_to_their_source_exactly(problem: Problem) -> None:
    """Nothing is lost and nothing is made, in Python's own integers."""
    groups, amounts = problem

    result = split(groups, amounts)

    ends = offsets_of(groups)
    for measure, row in enumerate(amounts):
        for source, amount in enumerate(row):
            rows = result[measure, ends[source] : ends[source + 1]]
            assert sum(rows.tolist()) == amount


@given(problems())
def test_each_row_is_within_one_microgram_of_its_exact_share(problem: Problem) -> None:
    """The oracle is a fraction; the bound is strict."""
    groups, amounts = problem

    result = split(groups, amounts)

    ends = offsets_of(groups)
    for measure, row in enumerate(amounts):
        for source, (amount, group) in enumerate(zip(row, groups, strict=True)):
            got = result[measure, ends[source] : ends[source + 1]].tolist()
            for part, weight in zip(got, group, strict=True):
                assert abs(part - Fraction(amount * weight, sum(group))) < 1


@given(problems())
def test_a_row_without_weight_receives_nothing(problem: Problem) -> None:
    """Zero weight is exactly zero, not one microgram by rounding."""
    groups, amounts = problem

    result = split(groups, amounts)

    assert not result[:, flat(groups) == 0].any()


@given(problems())
def test_a_negative_amount_mirrors_the_positive_one(problem: Problem) -> None:
    """A correction takes back exactly what was given."""
    groups, amounts = problem
    assume(all(amount > -(2**63) for row in amounts for amount in row))

    mirrored = split(groups, [[-amount for amount in row] for row in amounts])

    assert (mirrored == -split(groups, amounts)).all()


@given(problems(), st.integers(2, 1000))
def test_only_the_ratio_of_weights_matters(problem: Problem, factor: int) -> None:
    """All weights times a whole number: the same bytes."""
    groups, amounts = problem
    assume(max(map(max, groups)) * factor < 2**63)

    scaled = split([[weight * factor for weight in group] for group in groups], amounts)

    assert scaled.tobytes() == split(groups, amounts).tobytes()


@given(problems(), st.randoms(use_true_random=False))
def test_order_of_consumers_moves_no_row_by_more_than_one(problem: Problem, random: Random) -> None:
    """Key order decides who bears the rounding, and nothing else."""
    groups, amounts = problem
    amounts = [[amount // 4 for amount in row] for row in amounts]
    orders = [random.sample(range(len(group)), len(group)) for group in groups]

    shuffled = split(
        [[group[at] for at in order] for group, order in zip(groups, orders, strict=True)], amounts
    )

    ends = offsets_of(groups)
    order = np.concatenate([ends[source] + np.array(o) for source, o in enumerate(orders)])
    assert np.abs(shuffled - split(groups, amounts)[:, order]).max() <= 1


@given(problems(), st.integers(1, 7))
def test_sources_and_blocks_do_not_know_each_other(problem: Problem, n_block: int) -> None:
    """Source by source, or cut into blocks anywhere: the same bytes as all at once."""
    groups, amounts = problem
    whole = split(groups, amounts)
    alone = [
        split([group], [[row[source]] for row in amounts]) for source, group in enumerate(groups)
    ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(allocation, "_BLOCK_ROWS", n_block)
        in_blocks = split(groups, amounts)

    assert np.concatenate(alone, axis=1).tobytes() == whole.tobytes()
    assert in_blocks.tobytes() == whole.tobytes()


def test_a_large_month_obeys_the_law_across_real_blocks() -> None:
    """Blocks as shipped: sums are exact and a replay gives the same bytes."""
    random = np.random.default_rng(20)
    counts = random.integers(1, 40, 5_000)
    counts[700] = 70_000
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    weight = random.integers(0, 10**10, offsets[-1])
    weight[offsets[:-1]] += 1
    amount = random.integers(-(10**13), 10**13, (5, len(counts)))

    result = allocate(amount, offsets, weight)

    assert (np.add.reduceat(result, offsets[:-1], axis=1) == amount).all()
    assert result.tobytes() == allocate(amount.copy(), offsets.copy(), weight.copy()).tobytes()
    for source in (0, 699, 4_999):
        rows = slice(offsets[source], offsets[source + 1])
        assert result[0, rows].tolist() == exact_law(int(amount[0, source]), weight[rows].tolist())


def test_near_ties_are_settled_in_integers() -> None:
    """Shares within 1e-15 of a half: float64 alone cannot tell on which side they are."""
    total = 2**52 - 1
    amount = 2**48 + 1
    for first in (total // 2, total // 2 + 1, total // 3):
        weights = [first, total - first]
        assert split([weights], [[amount]]).tolist() == [exact_law(amount, weights)]


def test_axes_of_different_lengths_keep_their_places() -> None:
    """Two measures, three sources, five rows give (2, 5)."""
    result = split([[1, 1], [5], [1, 3]], [[10, 7, 8], [-1, 0, 100]])

    assert result.tolist() == [[5, 5, 7, 2, 6], [-1, 0, 0, 25, 75]]


def test_arguments_are_not_changed() -> None:
    """The kernel reads its arguments and writes only its result."""
    amount, offsets, weight = np.array([[7, -3]]), np.array([0, 2, 3]), np.array([1, 2, 2**62])
    copies = amount.copy(), offsets.copy(), weight.copy()

    allocate(amount, offsets, weight)

    assert all((a == b).all() for a, b in zip((amount, offsets, weight), copies, strict=True))


@pytest.mark.parametrize(("n_measures", "n_sources"), [(0, 0), (2, 0), (0, 2)])
def test_an_empty_axis_gives_an_empty_result(n_measures: int, n_sources: int) -> None:
    """No measures or no sources is a valid, empty month."""
    result = allocate(
        np.zeros((n_measures, n_sources), dtype=np.int64),
        np.arange(n_sources + 1),
        np.ones(n_sources, dtype=np.int64),
    )

    assert result.shape == (n_measures, n_sources)


def test_sums_of_weights_beyond_int64_do_not_wrap() -> None:
    """Four times the largest int64: a quarter each."""
    assert split([[2**63 - 1] * 4], [[8]]).tolist() == [[2, 2, 2, 2]]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([[1], [2, -1]], "Row 2 has a negative weight"),
        ([[1], [0, 0]], "Source 1 has no positive weight"),
        ([[1], []], "Source 1 has no row"),
    ],
)
def test_unusable_weights_are_refused_by_name(groups: list[list[int]], message: str) -> None:
    """Negative or missing weights raise; nothing is spread by guess."""
    with pytest.raises(AllocationError, match=message):
        split(groups, [[1, 1]])


@pytest.mark.parametrize("offsets", [[0, 2], [1, 2, 3], [0, 2, 4]])
def test_offsets_must_fit_amounts_and_rows(offsets: list[int]) -> None:
    """A caller's mistake in shapes is a ValueError, not a wrong split."""
    with pytest.raises(ValueError, match="offsets"):
        allocate(np.array([[1, 1]]), np.array(offsets), np.array([1, 1, 1]))
