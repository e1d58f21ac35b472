"""A deployment's own history of its organization, listing by listing."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.accounts import Account, AccountDirectory, Stay
from crossfoot.domain.inventory import AccountState, ListedAccount
from crossfoot.domain.period import UsagePeriod
from crossfoot.usecases.keep_accounts import keep_accounts

JOINED = date(2024, 2, 1)
SHOP = ListedAccount("000000000002", "shop", "/Old", AccountState.ACTIVE, JOINED)
DAY = date(2026, 3, 15)
NEXT = DAY + timedelta(days=1)


def test_an_account_is_known_since_it_joined_until_something_changes() -> None:
    """A move begins on the day on which it is first seen; what was before stays."""
    first = keep_accounts({}, [SHOP], DAY)
    moved = keep_accounts(first, [replace(SHOP, ou_path="/New")], NEXT)

    assert first == {"000000000002": (Stay(Account("shop", "/Old"), JOINED, None, "active"),)}
    assert moved["000000000002"] == (
        Stay(Account("shop", "/Old"), JOINED, NEXT, "active"),
        Stay(Account("shop", "/New"), NEXT, None, "active"),
    )


def test_an_account_that_is_listed_no_more_has_left_and_may_come_back() -> None:
    """Its last day stays known; it begins anew on the day on which it joins again."""
    left = keep_accounts(keep_accounts({}, [SHOP], DAY), [], NEXT)
    again = keep_accounts(left, [replace(SHOP, joined=date(2026, 9, 3))], date(2026, 9, 4))

    assert left["000000000002"][-1].valid_to == NEXT
    assert keep_accounts(left, [], date(2026, 6, 1)) == left
    assert [(stay.valid_from, stay.valid_to) for stay in again["000000000002"]] == [
        (JOINED, NEXT), (date(2026, 9, 3), None),
    ]  # fmt: skip


def test_two_listings_of_one_day_are_one() -> None:
    """The later one is how the account was known; who came and went on a day was there."""
    came = keep_accounts({}, [replace(SHOP, joined=DAY)], DAY)
    renamed = keep_accounts(came, [replace(SHOP, name="store", joined=DAY)], DAY)
    gone = keep_accounts(renamed, [], DAY)

    (stay,) = renamed["000000000002"]
    assert (stay.account.name, stay.valid_from) == ("store", DAY)
    assert gone["000000000002"][0].valid_to == NEXT


LISTINGS = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.dictionaries(
            st.sampled_from(["000000000001", "000000000002"]),
            st.tuples(st.sampled_from("ab"), st.sampled_from(["/", "/x"]), st.booleans()),
        ),
    ),
    max_size=12,
)


@given(LISTINGS)
def test_stays_never_overlap_and_later_listings_change_no_earlier_month(
    listings: list[tuple[int, dict[str, tuple[str, str, bool]]]],
) -> None:
    """Whatever is listed in which order: a month that is over keeps its accounts."""
    known: dict[str, tuple[Stay, ...]] = {}
    day, before = DAY, {}
    for days, listed in listings:
        day += timedelta(days=days)
        accounts = [
            ListedAccount(
                key, name, unit, AccountState.ACTIVE if active else AccountState.INACTIVE, day
            )
            for key, (name, unit, active) in listed.items()
        ]
        known = {k: tuple(v) for k, v in keep_accounts(known, accounts, day).items()}
        assert {k: tuple(v) for k, v in keep_accounts(known, accounts, day).items()} == known
        over = [m for m in months_until(day) if m.end.date() <= day]
        now = {month: AccountDirectory.of_stays(known).at(month) for month in over}
        assert {month: now[month] for month in before} == before
        before = now
    for stays in known.values():
        for earlier, later in pairwise(stays):
            assert (earlier.valid_to or date.max) <= (later.valid_from or date.min)
        for stay in stays:
            assert (
                stay.valid_to is None or stay.valid_from is None or stay.valid_from < stay.valid_to
            )


def months_until(day: date) -> list[UsagePeriod]:
    """Return the months from March 2026 to that of a day."""
    n_months = (day.year - 2026) * 12 + day.month
    return [UsagePeriod.of_month(2026 + m // 12, m % 12 + 1) for m in range(2, n_months)]
