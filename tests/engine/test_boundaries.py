"""Who came, left, was renamed or moved."""

from crossfoot.domain.accounts import Account
from crossfoot.domain.history import AccountFigures, BoundaryChange
from crossfoot.domain.measures import Measure
from crossfoot.engine.boundaries import boundary


def figures(name: str | None, unit: str | None, amount_ug: int) -> AccountFigures:
    """Return an account with one figure."""
    return AccountFigures(Account(name, unit), {Measure.TOTAL_LBM: amount_ug})


def test_every_change_of_an_account_is_a_line_with_its_grams() -> None:
    """In the order of what happened; an account that stands has none."""
    before = {
        "1": figures("a", "/x", 1), "2": figures("b", "/x", 2), "3": figures("c", "/x", 3),
    }  # fmt: skip
    after = {
        "1": figures("a", "/x", 9), "2": figures("bb", "/y", 5), "4": figures("d", "/y", 7),
    }  # fmt: skip

    lines = boundary(before, after)

    assert [(line.change, line.account_id, line.before, line.after) for line in lines] == [
        (BoundaryChange.JOINED, "4", None, "d"),
        (BoundaryChange.LEFT, "3", "c", None),
        (BoundaryChange.RENAMED, "2", "b", "bb"),
        (BoundaryChange.MOVED, "2", "/x", "/y"),
    ]
    assert (lines[0].before_ug, lines[0].after_ug) == ({}, {Measure.TOTAL_LBM: 7})
    assert (lines[3].before_ug, lines[3].after_ug) == (
        {Measure.TOTAL_LBM: 2}, {Measure.TOTAL_LBM: 5},
    )  # fmt: skip
    assert boundary(before, before) == ()


def test_a_name_that_nobody_told_is_no_other_name() -> None:
    """A unit that was told only once is a move all the same: the grams lie elsewhere."""
    lines = boundary({"1": figures("a", None, 1)}, {"1": figures(None, "/x", 1)})

    assert [(line.change, line.before, line.after) for line in lines] == [
        (BoundaryChange.MOVED, None, "/x")
    ]
