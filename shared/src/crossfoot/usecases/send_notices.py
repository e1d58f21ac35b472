"""Send what waits in the outbox."""

from crossfoot.domain.errors import StorageError
from crossfoot.usecases.deployment_ports import Bus, Outbox
from crossfoot.usecases.ports import Clock


class SendNotices:
    """Send every unsent notice, at least once each, under its stable id.

    Parameters
    ----------
    outbox, bus, clock
        See ``deployment_ports`` and ``ports``.
    """

    def __init__(self, outbox: Outbox, bus: Bus, *, clock: Clock) -> None:
        self._outbox = outbox
        self._bus = bus
        self._clock = clock

    def run(self) -> int:
        """Return how many the bus took; what it did not take waits for the next time.

        A silent bus holds nothing up: the notice is safe in the outbox, and a month is published
        whether or not people have heard of it.
        """
        try:
            return self._send()
        except StorageError:
            return 0

    def _send(self) -> int:
        waiting = self._outbox.unsent()
        taken = self._bus.send(waiting) if waiting else ()
        for event_id in taken:
            self._outbox.mark_sent(event_id, self._clock.now())
        return len(taken)
