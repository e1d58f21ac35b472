"""The catalog: what one snapshot of the warehouse publishes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Self

from crossfoot.domain.errors import InputError, WarehouseError
from crossfoot.domain.period import UsagePeriod


def _empty[Key, Value]() -> Mapping[Key, Value]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Catalog:
    """What is published at one instant.

    Parameters
    ----------
    snapshot : int
        Number of the snapshot, from 1; 0 where nothing has been published yet.
    published_at : datetime, optional
        When the snapshot was published, UTC; None for snapshot 0.
    months : mapping of UsagePeriod to str
        The one run that speaks for each period.
    superseded : mapping of UsagePeriod to tuple of str
        Runs that spoke for the period before, oldest first.
    deliveries : mapping of str to UsagePeriod
        Every delivery ever kept, and its period.
    nowcasts : mapping of UsagePeriod to str
        The one run that stands in for each month that AWS has not published; none of ``months``.
    records : mapping of str to tuple of str
        By table of records, the ids that this snapshot shows, oldest first.
    """

    snapshot: int = 0
    published_at: datetime | None = None
    months: Mapping[UsagePeriod, str] = field(default_factory=_empty)
    superseded: Mapping[UsagePeriod, tuple[str, ...]] = field(default_factory=_empty)
    deliveries: Mapping[str, UsagePeriod] = field(default_factory=_empty)
    nowcasts: Mapping[UsagePeriod, str] = field(default_factory=_empty)
    records: Mapping[str, tuple[str, ...]] = field(default_factory=_empty)

    @property
    def run_ids(self) -> frozenset[tuple[UsagePeriod, str]]:
        """Every run that this snapshot knows: current, superseded, or of a nowcast."""
        earlier = ((period, run) for period, runs in self.superseded.items() for run in runs)
        return frozenset((*self.months.items(), *earlier, *self.nowcasts.items()))

    def followed_by(
        self,
        runs: Mapping[UsagePeriod, str],
        deliveries: Mapping[str, UsagePeriod],
        published_at: datetime,
        *,
        nowcasts: Mapping[UsagePeriod, str] = MappingProxyType({}),
        records: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> Self:
        """Return the next catalog: what the old one has, and the new; a month ends its nowcast.

        Raises
        ------
        ValueError
            A nowcast of a month that AWS has published.
        """
        months = dict(sorted({**self.months, **runs}.items()))
        if nowcasts.keys() & months.keys():
            raise ValueError(f"published already: {sorted(nowcasts.keys() & months.keys())}")
        standing_in = {**self.nowcasts, **nowcasts}
        return type(self)(
            snapshot=self.snapshot + 1,
            published_at=published_at.astimezone(UTC),
            months=months,
            superseded=self._superseded_after(runs),
            deliveries=dict(sorted({**self.deliveries, **deliveries}.items())),
            nowcasts={each: standing_in[each] for each in sorted(standing_in.keys() - months)},
            records=self._records_after(records),
        )

    def holds(
        self,
        runs: Mapping[UsagePeriod, str],
        deliveries: Iterable[str],
        *,
        nowcasts: Mapping[UsagePeriod, str] = MappingProxyType({}),
        records: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> bool:
        """Whether all of this is published already."""
        return (
            runs.items() <= self.months.items()
            and self.deliveries.keys() >= set(deliveries)
            and nowcasts.items() <= self.nowcasts.items()
            and all(set(ids) <= set(self.records.get(name, ())) for name, ids in records.items())
        )

    def _records_after(self, records: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        names = sorted({*self.records, *records})
        every = {name: (*self.records.get(name, ()), *records.get(name, ())) for name in names}
        return {name: tuple(dict.fromkeys(ids)) for name, ids in every.items() if ids}

    def _superseded_after(
        self, runs: Mapping[UsagePeriod, str]
    ) -> dict[UsagePeriod, tuple[str, ...]]:
        superseded = dict(self.superseded)
        for period, run_id in runs.items():
            before = self.months.get(period)
            earlier = (*superseded.get(period, ()), *((before,) if before is not None else ()))
            # a run that is published again is current, not superseded
            kept = tuple(dict.fromkeys(run for run in earlier if run != run_id))
            if kept:
                superseded[period] = kept
            else:
                superseded.pop(period, None)
        return superseded

    def to_json(self) -> dict[str, Any]:
        """Return the catalog as JSON values; what only newer versions know, where there is any."""
        document: dict[str, Any] = {
            "snapshot": self.snapshot,
            "published_at": None if self.published_at is None else self.published_at.isoformat(),
            "months": {period.text: run for period, run in self.months.items()},
            "superseded": {period.text: list(runs) for period, runs in self.superseded.items()},
            "deliveries": {key: period.text for key, period in self.deliveries.items()},
        }
        if self.nowcasts:
            document["nowcasts"] = {period.text: run for period, run in self.nowcasts.items()}
        if self.records:
            document["records"] = {name: list(ids) for name, ids in self.records.items()}
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Return the catalog that ``to_json`` wrote.

        Raises
        ------
        WarehouseError
            The document is not a catalog.
        """
        try:
            return cls(
                snapshot=int(document["snapshot"]),
                published_at=datetime.fromisoformat(document["published_at"]),
                months={UsagePeriod(key): str(run) for key, run in document["months"].items()},
                superseded={
                    UsagePeriod(key): tuple(runs) for key, runs in document["superseded"].items()
                },
                deliveries={
                    str(key): UsagePeriod(period) for key, period in document["deliveries"].items()
                },
                nowcasts={
                    UsagePeriod(key): str(run) for key, run in document.get("nowcasts", {}).items()
                },
                records={
                    str(name): tuple(ids) for name, ids in document.get("records", {}).items()
                },
            )
        except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
            raise WarehouseError(
                f"The catalog of the warehouse is damaged: {error!r}.",
                mend="Restore the warehouse from a backup, or rebuild it from its inputs.",
            ) from error
