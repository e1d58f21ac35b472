"""Judge nowcasts: once AWS has published a month, keep how far what was told of it was off."""

from typing import Any

from crossfoot.domain.deliveries import Pointer
from crossfoot.domain.errors import RunContentError
from crossfoot.usecases.deployment_ports import RunShelf
from crossfoot.usecases.nowcast_ports import NowcastShelf, PublishedNow
from crossfoot.usecases.pipeline_ports import KeptCarbon
from crossfoot.usecases.ports import Clock


class JudgeNowcasts:
    """Keep the errors of every month that was nowcast and is published by now.

    Parameters
    ----------
    published, shelf
        See ``nowcast_ports``.
    runs, carbon, clock
        See ``deployment_ports``, ``pipeline_ports`` and ``ports``.
    """

    def __init__(
        self,
        published: PublishedNow,
        runs: RunShelf,
        carbon: KeptCarbon,
        *,
        shelf: NowcastShelf,
        clock: Clock,
    ) -> None:
        self._published = published
        self._runs = runs
        self._carbon = carbon
        self._shelf = shelf
        self._clock = clock

    def run(self) -> list[str]:
        """Return the months whose errors are new; each is kept once."""
        seen = self._published.current()
        nowcast = {pointer.usage_period for pointer in seen.nowcasts}
        judged = [
            pointer
            for pointer in seen.months
            if pointer.usage_period in nowcast and not self._shelf.has_errors(pointer.usage_period)
        ]
        for pointer in judged:
            first = self._carbon.delivery(self._first_delivery(pointer))
            self._shelf.keep_errors(first, self._clock.now())
        return [pointer.usage_period.text for pointer in judged]

    def _first_delivery(self, pointer: Pointer) -> str:
        """Return the delivery that the month was first published from: runs name those before."""
        run_id: str | None = pointer.run_id
        manifest: dict[str, Any] = {}
        while run_id is not None:
            manifest = dict(self._runs.manifest(pointer.usage_period, run_id))
            run_id = manifest.get("previous_run_id")
        delivery_id = manifest.get("carbon", {}).get("delivery_id")
        if not isinstance(delivery_id, str):
            raise RunContentError(
                f"the first run of {pointer.usage_period} does not tell its delivery.",
                mend="Restore the version of the manifest that Crossfoot wrote.",
            )
        return delivery_id
