"""The restatement bridge: exact by cell, measure and cause, whatever the states are."""

from collections.abc import Mapping

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.history import Cause
from crossfoot.engine.bridges import bridge

type Figures = Mapping[tuple[str, str, str | None], tuple[int | None, int | None]]

MEASURES = ("total_lbm", "total_mbm")
AMOUNTS = st.none() | st.integers(-(10**18) + 1, 10**18 - 1)
KEYS = st.tuples(
    st.sampled_from(["1", "2"]), st.sampled_from(["eu", "us"]), st.sampled_from(["S3", None])
)
STATES = st.lists(
    st.dictionaries(KEYS, st.tuples(AMOUNTS, AMOUNTS), max_size=8), min_size=1, max_size=5
)


def cells(figures: Figures) -> ReportedCells:
    """Return one state in columns; what stands where there is no figure must not matter."""
    columns = [texts([key[part] for key in figures]) for part in range(3)]
    amounts = np.array(list(figures.values()), dtype=object).reshape(-1, 2).T
    is_known = np.array([[it is not None for it in row] for row in amounts], np.bool_)
    numbers = np.array([[4711 if it is None else it for it in row] for row in amounts], np.int64)
    return ReportedCells(columns[0], columns[1], columns[2], numbers, is_known)


@given(STATES, st.data())
def test_the_causes_sum_to_the_change_of_every_cell(
    states: list[Figures], data: st.DataObject
) -> None:
    """As whole numbers, without a tolerance, for any chain of states and causes."""
    n_steps = len(states) - 1
    causes = data.draw(st.lists(st.sampled_from(Cause), min_size=n_steps, max_size=n_steps))

    made = bridge(MEASURES, [cells(state) for state in states], causes)

    keys = list(zip(made.account, made.region, made.service, strict=True))
    assert set(keys) == {key for state in states for key in state}
    total = [[0] * len(keys) for _ in MEASURES]
    for change in made.change_ug.values():
        total = [[a + b for a, b in zip(*rows, strict=True)]
                 for rows in zip(total, change.tolist(), strict=True)]  # fmt: skip
    nothing = (None, None)
    for cell, key in enumerate(keys):
        for row in range(2):
            ends = [state.get(key, nothing)[row] for state in (states[0], states[-1])]
            assert total[row][cell] == (ends[1] or 0) - (ends[0] or 0)
            assert [made.is_before[row, cell], made.is_after[row, cell]] == [
                end is not None for end in ends
            ]


@given(STATES, st.data())
def test_a_cause_holds_its_own_steps_only(states: list[Figures], data: st.DataObject) -> None:
    """What one cause changes is the sum over its steps, and another's steps are not in it."""
    n_steps = len(states) - 1
    causes = data.draw(st.lists(st.sampled_from(Cause), min_size=n_steps, max_size=n_steps))
    made = bridge(MEASURES, [cells(state) for state in states], causes)

    for cause, change in made.change_ug.items():
        expected = sum(
            (after.get(key, (None,))[0] or 0) - (before.get(key, (None,))[0] or 0)
            for said, before, after in zip(causes, states, states[1:], strict=False)
            if said == cause
            for key in {*before, *after}
        )
        assert sum(change[0].tolist()) == expected


def test_one_state_alone_has_no_change() -> None:
    """From a state to itself nothing changes, and its figures are both ends."""
    made = bridge(MEASURES, [cells({("1", "eu", None): (7, None)})], [])

    assert made.before_ug.tolist() == made.after_ug.tolist() == [[7], [0]]
    assert made.is_after.tolist() == [[True], [False]]
    assert not any(change.any() for change in made.change_ug.values())


def test_an_unnamed_bucket_comes_last() -> None:
    """Cells are sorted by account, Region and bucket, nulls last, as everywhere."""
    state = cells({("2", "eu", "S3"): (1, 1), ("1", "us", None): (1, 1), ("1", "us", "S3"): (1, 1)})
    made = bridge(MEASURES, [state], [])

    assert list(zip(made.account, made.service, strict=True)) == [
        ("1", "S3"), ("1", None), ("2", "S3")
    ]  # fmt: skip
