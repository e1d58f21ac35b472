"""Names of accounts, wherever their list lies."""

from pathlib import Path

import pytest

from crossfoot.adapters.account_directory import accounts_csv, parse_accounts, read_accounts
from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.errors import InputNotFoundError, InvalidAccountError
from crossfoot.domain.period import UsagePeriod

SHOP = "000000000002"
LATER = "000000000003"

LIST = "account_id,account_name,ou_path\n000000000002,{},/Shops\n"


@pytest.mark.parametrize("place", ["accounts.csv", "accounts/accounts.csv"])
def test_a_folder_has_the_list_beside_or_as_a_deployment_keeps_it(
    tmp_path: Path, place: str
) -> None:
    """A folder synced from the curated bucket serves as it is."""
    _write(tmp_path / place, "shop")

    account = read_accounts(tmp_path).get("000000000002")

    assert (account.name, account.ou_path) == ("shop", "/Shops")


def test_the_list_beside_goes_before_a_synced_one(tmp_path: Path) -> None:
    """Who puts a list of their own into the folder means it."""
    _write(tmp_path / "accounts.csv", "mine")
    _write(tmp_path / "accounts/accounts.csv", "theirs")

    assert read_accounts(tmp_path).get("000000000002").name == "mine"


def test_a_folder_without_a_list_is_named(tmp_path: Path) -> None:
    """The message names the file that was looked for."""
    with pytest.raises(InputNotFoundError, match=r"accounts\.csv"):
        read_accounts(tmp_path)


def _write(path: Path, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(LIST.format(name))


def test_an_account_is_known_as_it_was_at_the_end_of_the_month(tmp_path: Path) -> None:
    """A move in the middle of March counts from March on; April's newcomer is not in March."""
    directory = _dated(
        tmp_path,
        f"{SHOP},shop,/Old,,2026-03-15",
        f"{SHOP},shop,/New,2026-03-15,",
        f"{LATER},later,/New,2026-04-01,",
    )

    february, march, april = (
        directory.at(UsagePeriod(text)) for text in ("2026-02", "2026-03", "2026-04")
    )

    assert (february.get(SHOP).ou_path, march.get(SHOP).ou_path) == ("/Old", "/New")
    assert LATER not in march.accounts
    assert april.get(LATER).name == "later"


def test_an_account_that_has_left_keeps_its_last_name_and_is_not_known_before(
    tmp_path: Path,
) -> None:
    """Late emissions have to stand somewhere; a departure changes no month before it."""
    stays = _dated(tmp_path, f"{SHOP},shop,/Old,2025-06-10,2026-03-15")
    still_there = _dated(tmp_path, f"{SHOP},shop,/Old,2025-06-10,")

    assert stays.at(UsagePeriod("2026-06")).get(SHOP).name == "shop"
    assert SHOP not in stays.at(UsagePeriod("2025-05")).accounts
    for text in ("2025-06", "2026-02", "2026-03", "2026-04"):
        assert stays.at(UsagePeriod(text)) == still_there.at(UsagePeriod(text))


def test_a_list_without_days_is_the_same_in_every_month(tmp_path: Path) -> None:
    """As it was before there were days: the last row of an account counts."""
    path = tmp_path / "accounts.csv"
    path.write_text(f"account_id,account_name\n{SHOP},a\n{SHOP},b\n")

    directory = read_accounts(path)

    assert directory.at(UsagePeriod("2020-01")) == directory
    assert directory.get(SHOP).name == "b"


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        ((f"{SHOP},a,,,2026-03-15", f"{SHOP},b,,2026-03-14,"), 2),
        ((f"{SHOP},a,,,", f"{SHOP},b,,,"), 2),
        ((f"{SHOP},a,,2026-03-15,2026-03-15",), 1),
        ((f"{LATER},a,,,", f"{SHOP},a,,2026-02-30,"), 2),
        ((f"{SHOP},a,,20260301,",), 1),
    ],
)
def test_days_that_contradict_each_other_are_named(
    tmp_path: Path, rows: tuple[str, ...], row: int
) -> None:
    """Overlapping, empty and impossible times are refused with their row."""
    with pytest.raises(InvalidAccountError) as caught:
        _dated(tmp_path, *rows)

    assert f"row {row}" in str(caught.value)


def test_what_is_written_reads_back_as_it_was(tmp_path: Path) -> None:
    """A gap, a name with a comma and an unknown unit survive; equal lists are equal bytes."""
    directory = _dated(
        tmp_path,
        f"{LATER},,/New,2026-04-01,",
        f'{SHOP},"shop, west",/Old,,2026-03-15',
        f"{SHOP},shop,,2026-06-01,",
    )

    body = accounts_csv(directory.stays)

    assert parse_accounts(body, "list") == directory
    assert accounts_csv(parse_accounts(body, "list").stays) == body


def _dated(folder: Path, *rows: str) -> AccountDirectory:
    path = folder / "accounts.csv"
    path.write_text("\n".join(("account_id,account_name,ou_path,valid_from,valid_to", *rows, "")))
    return read_accounts(path)
