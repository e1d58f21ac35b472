"""Start what looks at a month once it was published: once for each version of the month."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crossfoot.domain.deliveries import Pointer
from crossfoot.domain.period import UsagePeriod
from crossfoot.usecases.deployment_ports import Machine, MonthLedger


@dataclass(frozen=True, slots=True)
class Sequel:
    """A state machine that follows publications.

    ``name`` begins the names of its executions; ``follows_nowcasts`` is whether it looks at
    nowcasts too. What makes nowcasts must not, or it would call itself. ``is_wanted`` tells of a
    month whether its publication leaves anything to do.
    """

    name: str
    machine: Machine
    follows_nowcasts: bool
    is_wanted: Callable[[UsagePeriod], bool] = lambda _: True


class StartSequels:
    """Start every sequel of what speaks for a month now.

    Parameters
    ----------
    months, nowcasts : MonthLedger
        Pointers of published months, and of nowcasts.
    sequels : sequence of Sequel
        What follows.
    """

    def __init__(
        self, months: MonthLedger, nowcasts: MonthLedger, sequels: Sequence[Sequel]
    ) -> None:
        self._months = months
        self._nowcasts = nowcasts
        self._sequels = sequels

    def run(self, period: UsagePeriod) -> int:
        """Return how many are new; a name that exists is started already."""
        published = self._months.pointer(period)
        if published is not None:
            wanted = [each for each in self._sequels if each.is_wanted(period)]
            return sum(self._start(each, published, "publication") for each in wanted)
        nowcast = self._nowcasts.pointer(period)
        if nowcast is None:
            return 0
        after = (each for each in self._sequels if each.follows_nowcasts)
        return sum(self._start(each, nowcast, "nowcast") for each in after)

    def _start(self, sequel: Sequel, pointer: Pointer, cause: str) -> bool:
        """Start under the month and its version; those of nowcasts are counted on their own."""
        period = pointer.usage_period.text
        name = f"{sequel.name}-{period}-{cause[0]}{pointer.version}"
        told = {"cause": cause, "usage_period": period, "version": pointer.version}
        return sequel.machine.start(name, told)
