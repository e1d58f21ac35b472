from hypothesis import given
from hypothesis import strategies as st

from crossfoot.usecases.pipeline_ports import AccountShard, SurveyedAccount
from crossfoot.usecases.roll_up_usage import MOST_SHARDS, assign_shards

ACCOUNTS = st.integers(0, 400).map("{:012d}".format)
SURVEYED = st.dictionaries(ACCOUNTS, st.integers(1, 5_000), max_size=300)


def _assigned(lines: dict[str, int], reported: set[str], per_shard: int) -> list[AccountShard]:
    surveyed = [SurveyedAccount(account, f"n{account}", n) for account, n in lines.items()]
    return assign_shards(surveyed, reported, lines_per_shard=per_shard)


@given(SURVEYED, st.sets(ACCOUNTS, max_size=50), st.integers(1, 20_000))
def test_every_account_has_one_shard_and_every_shard_an_account(
    lines: dict[str, int], reported: set[str], per_shard: int
) -> None:
    """Sorted accounts are cut into runs: numbered from 0 without gaps, at most a hundred."""
    assigned = _assigned(lines, reported, per_shard)
    assert [each.account for each in assigned] == sorted(lines.keys() | reported)
    shards = [each.shard for each in assigned]
    assert shards == sorted(shards)
    assert sorted(set(shards)) == list(range(len(set(shards))))
    assert len(set(shards)) <= MOST_SHARDS


@given(SURVEYED, st.sets(ACCOUNTS, max_size=50), st.integers(1, 20_000))
def test_the_cut_does_not_depend_on_the_order_of_the_answer(
    lines: dict[str, int], reported: set[str], per_shard: int
) -> None:
    """Athena answers in any order; every attempt makes the same parts."""
    turned = dict(reversed(lines.items()))
    assert _assigned(turned, reported, per_shard) == _assigned(lines, reported, per_shard)


@given(SURVEYED, st.integers(1, 20_000))
def test_no_shard_is_far_larger_than_its_share(lines: dict[str, int], per_shard: int) -> None:
    """A shard has its equal share of all lines at most, and one account more."""
    assigned = _assigned(lines, set(), per_shard)
    total = sum(lines.values())
    wanted = min(MOST_SHARDS, max(1, -(-total // per_shard)), max(1, len(lines)))
    loads: dict[int, int] = {}
    for each in assigned:
        loads[each.shard] = loads.get(each.shard, 0) + lines[each.account]
    largest = max(lines.values(), default=0)
    assert max(loads.values(), default=0) <= total / wanted + largest


def test_an_account_that_used_nothing_has_a_shard_without_a_name() -> None:
    """AWS reports accounts that have no usage; their grams are placed as well."""
    (used, reported) = _assigned({"000000000002": 5}, {"000000000009"}, 100)
    assert (used.name, reported.name) == ("n000000000002", None)


def test_lines_without_an_account_are_left_to_the_count_of_lines() -> None:
    """They are counted as left out, and have no shard."""
    assert assign_shards([SurveyedAccount("", None, 3)], ()) == []
