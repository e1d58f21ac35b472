"""Kinds of usage lines and their classes, as the tables that the roll-up joins with."""

from collections.abc import Iterable, Sequence
from typing import Final

import pyarrow as pa

from crossfoot.domain.errors import UsagePeriodMismatchError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.work_columns import KIND_KEYS, KINDS, PLACES, WorkTable
from crossfoot.engine.classification import ClassifiedKind, UsageKind, classify

_ARROW_TYPES: Final = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
}

_NANOS_PER_MICRO: Final = 1000.0

type _Places = dict[tuple[str | None, ...], int]


def work_schema(work: WorkTable) -> pa.Schema:
    """Return the Arrow schema of a work table."""
    return pa.schema([(c.name, _ARROW_TYPES[c.athena_type]) for c in work.table.columns])


def classified(found: Iterable[Sequence[str | None]]) -> tuple[pa.Table, pa.Table]:
    """Classify every distinct kind once, and number the places that the kinds share.

    Parameters
    ----------
    found : iterable
        Distinct values of ``KIND_KEYS``, in any order.

    Returns
    -------
    kinds, places : pyarrow.Table
        As ``KINDS`` and ``PLACES`` declare them; equal for equal kinds, however they come.
    """
    kinds = [UsageKind(*row) for row in sorted(found, key=_nulls_last)]
    places: _Places = {}
    rows = [
        row
        for kind, place in zip(kinds, classify(kinds), strict=True)
        for row in (_weighed(kind, place, places), _split(kind, place, places))
    ]
    numbered = [(number, *place) for place, number in places.items()]
    return _table(KINDS, rows), _table(PLACES, numbered)


def require_month(
    months: Sequence[str | None], expected: UsagePeriod | None, *, file: str, column: str
) -> None:
    """Raise ``UsagePeriodMismatchError`` where lines are of no month, or of another one.

    Parameters
    ----------
    months : sequence of str or None
        ``YYYY-MM`` of every month that has lines; ``None`` for lines without one.
    expected : UsagePeriod or None
        The folder's month; ``None`` where any month will do.
    file, column : str
        What the error names.
    """
    wrong = [text for text in months if expected is None or text != expected.text]
    if None in months or (expected is not None and wrong):
        raise UsagePeriodMismatchError(
            f"holds lines of {', '.join(text or 'no month' for text in wrong)}"
            + ("." if expected is None else f" in the folder of {expected}."),
            mend="Deliver each month into its own folder, with its billing period filled in.",
            file=file,
            column=column,
        )


def _table(work: WorkTable, rows: Sequence[Sequence[object]]) -> pa.Table:
    schema = work_schema(work)
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(list(c), field.type) for c, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _weighed(kind: UsageKind, found: ClassifiedKind, places: _Places) -> tuple[object, ...]:
    """Return the row of a kind as ``kinds`` has it."""
    model = found.model
    place = (
        *(found.carbon_service, found.service_code, found.usage_family, found.driver_unit),
        *(model.name, model.unit),
    )
    return (
        *(getattr(kind, name) for name in KIND_KEYS),
        False,
        places.setdefault(place, len(places)),
        found.is_global,
        None if found.driver_unit is None else found.driver_milli_per_unit,
        None if model.unit is None else model.units_per_usage * _NANOS_PER_MICRO,
    )


def _split(kind: UsageKind, found: ClassifiedKind, places: _Places) -> tuple[object, ...]:
    """Return the row of the same kind on a pod or task: in its instance's bucket, no weight."""
    place = "AmazonEC2", found.service_code, "Container on an instance", None, None, None
    keys = (getattr(kind, name) for name in KIND_KEYS)
    return (*keys, True, places.setdefault(place, len(places)), False, None, None)


def _nulls_last(key: Sequence[str | None]) -> tuple[tuple[bool, str], ...]:
    return tuple((part is None, part or "") for part in key)
