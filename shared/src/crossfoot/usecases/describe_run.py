"""What a run says of itself: the policy that it was made under, and its manifest."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.configuration import Configuration
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.domain.versions import EngineVersion, FactorSetVersion

_METHOD: Final = ("engine_version", "factor_set", "configuration")


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything but the inputs that decides a figure."""

    configuration: Configuration
    accounts: AccountDirectory
    engine_version: EngineVersion
    factor_set: FactorSetVersion

    def at(self, period: UsagePeriod) -> "Policy":
        """Return the policy of one month: with the accounts as they were in it, and no others.

        So a later rename, move or newcomer is no other policy for the month.
        """
        return replace(self, accounts=self.accounts.at(period))

    def digest(self) -> str:
        """Return a digest that changes whenever a figure or a label could."""
        return digest_of(
            {
                "configuration": asdict(self.configuration),
                "accounts": {key: asdict(value) for key, value in self.accounts.accounts.items()},
                "engine_version": self.engine_version,
                "factor_set": self.factor_set,
            }
        )

    def described(self) -> dict[str, Any]:
        """Return what a manifest says of the policy."""
        return {
            "engine_version": self.engine_version,
            "factor_set": self.factor_set,
            "policy_digest": self.digest(),
            "configuration": asdict(self.configuration),
        }


def describe_run(
    policy: Policy,
    delivery: CarbonDelivery,
    origin: Mapping[str, Any],
    cells: ReportedCells,
    *,
    n_checks: int,
    counts: Mapping[str, int],
) -> dict[str, Any]:
    """Return a run's manifest as JSON values, without what the place it lies in adds.

    Parameters
    ----------
    origin : mapping
        Where the usage came from: ``kind`` and ``files``.
    cells : ReportedCells
        AWS's figures, whose totals the manifest repeats.
    counts : mapping
        How many entries, rows and unallocated cells the ledger has.
    """
    return {
        **policy.described(),
        "payer_account_id": delivery.payer_account_id,
        "carbon": {
            "delivery_id": delivery.delivery_id,
            "model_version": delivery.model_version.text,
            "delivered_at": delivery.delivered_at.isoformat(),
            "files": [asdict(file) for file in delivery.files],
        },
        "usage": {**origin},
        "reported_ug": cells.totals_ug(),
        "n_checks": n_checks,
        "counts": dict(counts),
    }


def is_other_method(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two manifests tell of another configuration, factor set or engine."""
    sides = [digest_of({name: each[name] for name in _METHOD}) for each in (before, after)]
    return sides[0] != sides[1]


def is_other_organisation(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether accounts are known otherwise, as far as two manifests tell.

    Where the method changed as well, they do not.
    """
    is_one_policy = before["policy_digest"] == after["policy_digest"]
    return not is_one_policy and not is_other_method(before, after)


def usage_of(manifest: Mapping[str, Any]) -> tuple[list[str], list[str], object]:
    """Return the bytes that the usage was read from, whatever their files were called.

    A deployment names them by the digests of deliveries and days.
    """
    usage = manifest["usage"]
    delivered = usage.get("delivery")
    lines = [delivered] if delivered else [file["sha256"] for file in usage["files"]]
    observed = [file.get("sha256") or file["digest"] for file in usage.get("observations", ())]
    return sorted(lines), sorted(observed), usage.get("intensity_boundary")


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document in canonical JSON."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
