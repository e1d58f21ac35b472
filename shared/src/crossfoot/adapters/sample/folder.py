"""The folder that a sample is written to, and the small files that explain it."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crossfoot.adapters.sample.organisation import Account, accounts_csv
from crossfoot.adapters.sample.story import is_lived
from crossfoot.domain.errors import InputError
from crossfoot.domain.period import UsagePeriod

_MARK: Final = "A sample organisation, made by `crossfoot sample`."
_README: Final = "README.txt"
_OWN_FOLDERS: Final = ("exports", "inventory", "truth")


_EXPLANATION: Final = """\
exports/crossfoot-carbon  AWS's carbon Data Export: {n_carbon} rows
exports/crossfoot-cur2    AWS's CUR 2.0 Data Export: {n_usage} lines of {n_months} months
truth/                    kilograms of every resource before AWS rounded its cells to one gram
inventory/                machines as a deployment collects them on the first of the next month,
                          with the load of their processors, where they have one
accounts.csv              {accounts}
crossfoot.toml            tags and shared pools that fit

Everything is invented, and follows from the arguments: {arguments}.
Months run from {first} to {last}.

What to look for
{told}- One month of usage has a leftover chunk file that its manifest does not name.
- CloudFront has no Region, or `Global`. Some cells are zero. Some emissions have no usage: their
  rows in truth/ have no resource.
- Truth rows without a resource id belong to usage that has none, or to nothing at all.
- Pods and tasks share the grams of their node by on-demand split cost; the unused part stays on it.
"""

_LISTED: Final = "the organisation's own list; one account has left it"
_LISTED_WITH_DAYS: Final = """\
the organisation's own list, with the days from and to which each row held:
                          one account was moved, one renamed, one closed, one left, one came"""
_BACKFILLED: Final = """\
- The oldest month of a long history has totals only (v2.0.1); later ones have v3.0.1, older ones
  v3.0.0 as well, with one empty file and one negative row.
- One month was corrected inside v3.0.1: its second delivery counts.
"""
_LIVED: Final = """\
- Every month came when AWS would have published it: after some 84 days, and from 2025-12-15 on
  after 16. The files are dated so.
- v3.0.0 (2025-10-22) and v3.0.1 (2026-04-22) recalculated all that was published before in v2.0.0
  and v2.0.1, but for the oldest month, which keeps its totals. v3.0.0 has an empty file and a
  negative row.
- On 2026-06-18 the months of 2025 were recast with invoices inside v3.0.1. One month was corrected
  there without a word. The later delivery counts.
"""
_SILENT: Final = """\
- Usage goes on from {first} to {last}, which AWS has not published: their truth/ is there.
"""


@dataclass(frozen=True, slots=True)
class SampleReceipt:
    """What was written, and where.

    ``usage``, ``truth``, ``config``, ``accounts`` and ``inventory``, the folder of both lists,
    are None where only carbon was asked for; ``silent`` are months of usage without carbon.
    """

    out: Path
    carbon: Path
    periods: tuple[UsagePeriod, ...]
    n_carbon_rows: int
    usage: Path | None = None
    truth: Path | None = None
    config: Path | None = None
    accounts: Path | None = None
    inventory: Path | None = None
    silent: tuple[UsagePeriod, ...] = ()
    n_usage_rows: int = 0
    n_resources: int = 0
    n_bytes: int = 0


def prepare_folder(out: Path, explanation: str) -> None:
    """Make the folder ready; an older sample in it is replaced.

    Raises
    ------
    InputError
        The folder has something else in it, or is a file.
    """
    if out.exists() and not out.is_dir():
        raise InputError("this is a file.", file=str(out), mend="Name a folder with --out.")
    readme = out / _README
    if out.is_dir() and any(out.iterdir()):
        if not (readme.is_file() and readme.read_text(encoding="utf-8").startswith(_MARK)):
            raise InputError(
                "the folder is not empty and holds no sample of ours.",
                file=str(out),
                mend="Name a new or an empty folder with --out; nothing was changed.",
            )
        for folder in _OWN_FOLDERS:
            shutil.rmtree(out / folder, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    # first, so that an interrupted sample can be told from a stranger's folder
    readme.write_text(f"{_MARK}\n\n{explanation}", encoding="utf-8")


def explain(
    out: Path,
    arguments: str,
    periods: tuple[UsagePeriod, ...],
    silent: tuple[UsagePeriod, ...],
    *,
    n_usage: int,
    n_carbon: int,
) -> None:
    """Write the README of a finished sample."""
    text = _EXPLANATION.format(
        n_carbon=n_carbon,
        n_usage=n_usage,
        n_months=len(periods) + len(silent),
        arguments=arguments,
        first=periods[0],
        last=periods[-1],
        accounts=_LISTED_WITH_DAYS if is_lived(len(periods)) else _LISTED,
        told=_LIVED if is_lived(len(periods)) else _BACKFILLED,
    )
    if silent:
        text += _SILENT.format(first=silent[0], last=silent[-1])
    (out / _README).write_text(f"{_MARK}\n\n{text}", encoding="utf-8")


def explain_carbon(
    out: Path, periods: tuple[UsagePeriod, ...], seed: int, *, n_carbon: int
) -> None:
    """Write the README of carbon that was made for somebody's usage."""
    text = (
        f"exports/crossfoot-carbon  a carbon Data Export of {n_carbon} rows, {periods[0]} to "
        f"{periods[-1]}, seed {seed}\n\n"
        "Accounts, Regions and months are those of the usage it was made for. The emissions are "
        "invented:\nthey follow from on-demand cost and round figures, and say nothing about that "
        "usage.\n"
    )
    (out / _README).write_text(f"{_MARK}\n\n{text}", encoding="utf-8")


def write_organisation(
    out: Path, accounts: tuple[Account, ...], periods: tuple[UsagePeriod, ...]
) -> tuple[Path, Path]:
    """Write the list of accounts and a configuration that fits them; return both paths."""
    listing, config = out / "accounts.csv", out / "crossfoot.toml"
    listing.write_text(accounts_csv(accounts, periods), encoding="utf-8")
    config.write_text(_config(accounts), encoding="utf-8")
    return listing, config


def _config(accounts: tuple[Account, ...]) -> str:
    pools = "".join(
        f'\n[[redistribution.pools]]\nname = "{account.name}"\n'
        f'accounts = ["{account.account_id}"]\ndriver = "on_demand_cost"\n'
        for account in accounts
        if account.role in {"network", "log archive"}
    )
    head = (
        "# Fits the sample organisation beside it.\n"
        'tags = ["user_team", "user_environment", "aws_eks_namespace"]\n'
        'cost_categories = ["Division"]\n'
    )
    return f'{head}\n[redistribution]\nhow = "direct"\n{pools}' if pools else head
