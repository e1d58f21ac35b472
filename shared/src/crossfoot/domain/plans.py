"""What one execution is going to build, decided once and written down before anything is built."""

from dataclasses import dataclass

from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.statuses import Status, status_of


@dataclass(frozen=True, slots=True)
class MonthPlan:
    """One run of one month: its inputs, its policy, and the claim under which it is published.

    Parameters
    ----------
    run_id, identity : str
        Name of the run, and the digest of everything that decides its figures.
    delivery_id, model_version : str
        The carbon delivery that is current for the month; of a nowcast, the nowcast.
    usage_digest : str or None
        Digest of the pinned usage delivery; ``None`` where the month closes on carbon alone.
    previous_run_id : str or None
        Run that spoke for the month when the plan was made.
    policy_digest : str
        Digest of configuration, accounts, engine version and factor set.
    accounts_version : str or None
        Object version of ``accounts.csv`` that names the accounts; ``None`` where there is none.
    holder, fence
        See ``domain.deliveries.Claim``.
    inventory_digest : str or None
        Digest of the pinned inventory that tells loads; ``None`` where no day tells any.
    """

    usage_period: UsagePeriod
    run_id: str
    identity: str
    delivery_id: str
    model_version: str
    payer_account_id: str
    usage_digest: str | None
    previous_run_id: str | None
    policy_digest: str
    accounts_version: str | None
    holder: str
    fence: int
    inventory_digest: str | None = None

    @property
    def status(self) -> Status:
        """Whose figure the run places: AWS's, or ours until AWS publishes the month."""
        return status_of(self.delivery_id)

    @property
    def has_usage(self) -> bool:
        """Whether the month is allocated over usage."""
        return self.usage_digest is not None
