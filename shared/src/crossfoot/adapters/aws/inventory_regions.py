"""Which Regions accounts have enabled, asked of each account itself."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from crossfoot.adapters.aws.member_account import MemberRole, session_policy
from crossfoot.domain.errors import AccessDeniedError, StorageError
from crossfoot.domain.inventory import INVENTORY_ACTIONS, RegionAnswers

_AT_ONCE: Final = 16
_PATIENCE_SECONDS: Final = 600
"""Time for asking; a function has 15 minutes, and the largest organizations 50,000 accounts."""

_ACTIONS: Final = [each for each in INVENTORY_ACTIONS if each.action == "ec2:DescribeRegions"]


@dataclass(frozen=True, slots=True)
class AwsRegions:
    """Regions as the accounts have them: enabled by default, or by opting in.

    Accounts whose turn has not come when the patience ends count as not having answered.
    """

    role: MemberRole
    patience_seconds: float = _PATIENCE_SECONDS

    @property
    def home(self) -> str:
        """The deployment's Region."""
        return self.role.home

    def known(self) -> Sequence[str]:
        """Return the Regions that this release of the SDK knows in our partition."""
        return self.role.session.get_available_regions("ec2", self.role.partition)

    def enabled(self, collection: str, account_ids: Sequence[str]) -> RegionAnswers:
        """Ask every account; who does not answer is in neither part of the answer."""
        ask = partial(self._ask, collection, time.monotonic() + self.patience_seconds)
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="regions") as pool:
            told = dict(zip(account_ids, pool.map(ask, account_ids), strict=True))
        return RegionAnswers(
            enabled={account: regions for account, regions in told.items() if regions},
            refused=frozenset(account for account, regions in told.items() if regions is None),
        )

    def _ask(self, collection: str, until: float, account_id: str) -> tuple[str, ...] | None:
        """Return the enabled Regions, none where nobody answered, ``None`` where nobody opened."""
        if time.monotonic() >= until:
            return ()
        policy = session_policy(_ACTIONS, self.home)
        try:
            credentials = self.role.credentials(self.role.of(account_id), collection, policy)
            ec2 = self.role.client("ec2", self.home, credentials)
            return tuple(each["RegionName"] for each in ec2.describe_regions()["Regions"])
        except AccessDeniedError:
            return None
        except (StorageError, ClientError, BotoCoreError):
            # the account is asked in every known Region instead, and names its troubles there
            return ()
