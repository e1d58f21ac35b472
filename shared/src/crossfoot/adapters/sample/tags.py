"""Tag sets of the sample world: the usual, none at all, and values that break careless code."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from crossfoot.adapters.sample.organisation import Account

SETS_PER_ACCOUNT: Final = 10
"""Tag sets of each account: ten for its resources, three of them empty."""
CONTAINER_SETS_PER_ACCOUNT: Final = 5
UNTAGGED: Final = 0
"""Tag set of lines that carry no tags at all, such as taxes."""

_TEAMS: Final = (
    "checkout", "search", "platform", "data", "ml", "mobile", "billing", "identity", "fraud",
    "catalog", "shipping", "video",
)  # fmt: skip
_ENVIRONMENTS: Final = ("production", "staging", "development")
_NAMESPACES: Final = ("shop", "payments", "batch", "monitoring", "kube-system")
_KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet")
HOSTILE_TEAMS: Final = (
    'O\'Brien "the" team',
    "line one\nline two\r\nline three",
    "x'); DROP TABLE emissions; --",
    "<script>alert('carbon')</script><b>&amp;</b>",
    '=HYPERLINK("http://example.invalid","click")',
    "équipe 🌍 持続可能性 \u202etxet",
    "comma,semicolon;tab\tpipe|",
    "long " * 2000,
    " leading and trailing ",
    "null",
)
"""Tag values that are legal in some AWS service or arrive through an import."""


@dataclass(slots=True)
class TagSets:
    """All tag sets, by index: what ``resource_tags`` and ``tags`` hold, and the team."""

    resource_tags: list[dict[str, str]] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)

    def add(self, resource: dict[str, str], division: str | None) -> None:
        """Append one set; the account's own tag joins it in the prefixed map."""
        prefixed = {f"resourceTags/{_prefixed(key)}": value for key, value in resource.items()}
        if division is not None:
            prefixed["accountTag/division"] = division
        self.resource_tags.append(resource)
        self.tags.append(prefixed)

    def team(self, index: int) -> str | None:
        """Return the team of a set; None where it has none."""
        return self.resource_tags[index].get("user_team")


def _prefixed(key: str) -> str:
    return key.replace("aws_eks_", "aws:eks:").replace("_", "-") if "aws_eks" in key else key


def make_tag_sets(accounts: tuple[Account, ...]) -> TagSets:
    """Return the sets: none, the hostile ones, then those of each account in order."""
    sets = TagSets()
    sets.add({}, None)
    for team in HOSTILE_TEAMS:
        sets.add({"user_team": team, "user_environment": "production"}, None)
    for number, account in enumerate(accounts):
        for choice in range(SETS_PER_ACCOUNT):
            sets.add(_usual(number, choice), account.division)
        for choice in range(CONTAINER_SETS_PER_ACCOUNT):
            sets.add(_container(number, choice), account.division)
    return sets


def first_set(account: int) -> int:
    """Return the index of an account's first tag set."""
    return 1 + len(HOSTILE_TEAMS) + account * (SETS_PER_ACCOUNT + CONTAINER_SETS_PER_ACCOUNT)


def _usual(account: int, choice: int) -> dict[str, str]:
    if choice % 3 == 0 and choice > 0:
        return {}
    team = _TEAMS[(account + choice * choice) % len(_TEAMS)]
    tags = {"user_team": team, "user_environment": _ENVIRONMENTS[(account + choice) % 3]}
    if choice % 4 == 1:
        tags["user_cost_center"] = f"CC-{100 + account % 40:04d}"
    return tags


def _container(account: int, choice: int) -> dict[str, str]:
    namespace = _NAMESPACES[choice]
    return {
        "aws_eks_cluster_name": f"platform-{account:02d}",
        "aws_eks_namespace": namespace,
        "aws_eks_workload_name": f"{namespace}-api",
        "aws_eks_workload_type": _KINDS[choice % len(_KINDS)],
        "user_team": _TEAMS[(account + 2 * choice) % len(_TEAMS)],
    }


def map_template(maps: list[dict[str, str]]) -> pa.MapArray:
    """Return the maps as one Arrow array whose keys and values are dictionary-coded."""
    offsets = np.cumsum([0, *(len(one) for one in maps)], dtype=np.int32)
    keys = pa.array([key for one in maps for key in one], pa.string())
    values = pa.array([value for one in maps for value in one.values()], pa.string())
    return pa.MapArray.from_arrays(
        pa.array(offsets), keys.dictionary_encode(), values.dictionary_encode()
    )
