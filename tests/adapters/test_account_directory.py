"""Names of accounts, wherever their list lies."""

from pathlib import Path

import pytest

from crossfoot.adapters.account_directory import read_accounts
from crossfoot.domain.errors import InputNotFoundError

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
