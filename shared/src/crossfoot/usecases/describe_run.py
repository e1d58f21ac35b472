"""What a run says of itself: the policy that it was made under, and its manifest."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.configuration import Configuration
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.domain.versions import EngineVersion, FactorSetVersion


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
        "engine_version": policy.engine_version,
        "factor_set": policy.factor_set,
        "policy_digest": policy.digest(),
        "configuration": asdict(policy.configuration),
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


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document in canonical JSON."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
