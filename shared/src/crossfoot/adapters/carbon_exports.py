"""Read AWS's carbon figures: a Data Exports tree, single files, or a console report."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

from crossfoot.adapters.carbon_deliveries import (
    Draft,
    delivery_of,
    draft_of_partition,
    drafts_by_row,
)
from crossfoot.adapters.carbon_pages import (
    CarbonPage,
    empty_page,
    export_page,
    read_csv_columns,
    read_parquet_columns,
)
from crossfoot.adapters.console_report import checked_account, console_page, is_console_report
from crossfoot.adapters.data_exports import ExportPartition, find_partitions
from crossfoot.domain.errors import (
    InvalidModelVersionError,
    InvalidPeriodError,
    MixedPayersError,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery, CarbonIntake, IntakeNote
from crossfoot.domain.versions import ModelVersion

CARBON_KEY_SETS: Final = (
    frozenset({"carbon_model_version", "usage_period"}),
    frozenset({"model_version", "usage_period"}),
)
"""Real deliveries have the first set, AWS's page names the second."""
_TOLD_BY_FOLDER: Final = frozenset({"usage_period_start", "model_version"})


def read_carbon(path: Path, *, payer_account_id: str | None = None) -> CarbonIntake:
    """Return every delivery of carbon figures at a place, oldest first.

    Parameters
    ----------
    path : Path
        A Data Exports tree, a folder, a file (``.parquet``, ``.csv``, ``.csv.gz``), or a console
        report.
    payer_account_id : str, optional
        Account of inputs that name none: console reports, and deliveries without rows.

    Raises
    ------
    InputError
        One of its kinds, for anything that cannot be trusted; nothing of the place is returned.

    Notes
    -----
    A delivery that was repeated byte for byte is one. All versions and executions are returned;
    which is current is for :func:`crossfoot.usecases.choose_vintage.current_deliveries` to say.
    """
    account = None if payer_account_id is None else checked_account(payer_account_id)
    reading = _Reading(account)
    drafts = [
        draft
        for partition in find_partitions(path, key_sets=CARBON_KEY_SETS)
        for draft in reading.drafts(partition)
    ]
    deliveries = list(reading.deliveries(drafts))
    return CarbonIntake(_once(deliveries), _merged(reading.notes))


@dataclass
class _Reading:
    """What is learnt while one place is read."""

    account: str | None
    notes: list[IntakeNote] = field(default_factory=list)
    payers: dict[str, tuple[str, int]] = field(default_factory=dict)

    def drafts(self, partition: ExportPartition) -> list[Draft]:
        """Read one partition."""
        self.notes += partition.notes
        if partition.values:
            month, version = _told_by(partition)
            pages = [self._page(path, _TOLD_BY_FOLDER) for path in partition.files]
            return [draft_of_partition(partition, month, version, pages)]
        pages = [self._page(path, frozenset()) for path in partition.files]
        for page in pages:
            if not page.n_rows:
                message = f"{page.source.path}: no rows, and no folder that tells its month"
                self.notes.append(IntakeNote("empty-file", message))
        return drafts_by_row(partition, pages)

    def deliveries(self, drafts: Sequence[Draft]) -> Iterable[CarbonDelivery]:
        """Yield the deliveries of one payer; those without rows belong to it as well."""
        self._refuse_second_payer()
        payer = next(iter(self.payers), self.account)
        for draft in drafts:
            if payer is not None:
                yield delivery_of(draft, payer)
            else:
                self.notes.append(
                    IntakeNote(
                        "empty-delivery",
                        f"{draft.partition.folder}: no rows and no known payer; left out",
                    )
                )

    def _page(self, path: Path, told: frozenset[str]) -> CarbonPage:
        is_parquet = path.name.lower().endswith(".parquet")
        source, names = read_parquet_columns(path) if is_parquet else read_csv_columns(path)
        if not names and not source.n_rows:
            return empty_page(path)
        if source.is_text and is_console_report(names):
            page = console_page(source, names, self.account)
        else:
            page = export_page(source, names, told)
        self.notes += page.notes
        payers = page.payer_account_id
        for index in payers.used():
            payer = payers.values[index]
            if payer is not None:
                self.payers.setdefault(payer, (str(path), payers.row_of(index)))
        return page

    def _refuse_second_payer(self) -> None:
        if len(self.payers) > 1:
            first, second = list(self.payers)[:2]
            file, row = self.payers[second]
            raise MixedPayersError(
                f"payer {second}, where {first} came before.",
                mend="Read the export of each management account on its own.",
                file=file,
                column="payer_account_id",
                row=row,
            )


def _told_by(partition: ExportPartition) -> tuple[UsagePeriod, ModelVersion]:
    """Return month and version as the folders say; raise errors that name the folder."""
    values = partition.values
    folder, mend = str(partition.folder), "Fetch the tree again as AWS delivered it."
    try:
        month = UsagePeriod(values["usage_period"])
    except InvalidPeriodError as error:
        raise InvalidPeriodError(error.message, mend=mend, file=folder) from error
    version = values.get("carbon_model_version") or values["model_version"]
    try:
        return month, ModelVersion(version)
    except InvalidModelVersionError as error:
        raise InvalidModelVersionError(error.message, mend=mend, file=folder) from error


def _age(delivery: CarbonDelivery) -> tuple[object, ...]:
    return (
        delivery.delivered_at,
        delivery.usage_period,
        delivery.model_version,
        delivery.delivery_id,
    )


def _once(deliveries: Sequence[CarbonDelivery]) -> tuple[CarbonDelivery, ...]:
    """Return the deliveries by age, each once.

    Of a delivery repeated at once the first is kept, for it was known since then; of one that came
    back after another the last, for it is current.
    """
    by_cell = sorted(deliveries, key=lambda d: (d.usage_period, d.model_version, *_age(d)))
    repeated = {id(b) for a, b in pairwise(by_cell) if a.delivery_id == b.delivery_id}
    latest = {d.delivery_id: d for d in by_cell if id(d) not in repeated}
    return tuple(sorted(latest.values(), key=_age))


def _merged(notes: Iterable[IntakeNote]) -> tuple[IntakeNote, ...]:
    """Return equal notes once, with their counts added."""
    counts: Counter[tuple[str, str]] = Counter()
    for note in notes:
        counts[note.code, note.message] += note.count
    return tuple(IntakeNote(*key, count) for key, count in counts.items())
