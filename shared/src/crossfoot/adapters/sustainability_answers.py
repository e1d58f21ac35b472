"""Answers of AWS's Sustainability API as JSON, in the shape that the AWS CLI prints them."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Never

import numpy as np

from crossfoot.adapters.carbon_pages import ACCOUNT_ID, carbon_bucket
from crossfoot.domain.errors import (
    ColumnTypeError,
    IncompleteDeliveryError,
    InputError,
    InputNotFoundError,
    InvalidAccountError,
    InvalidAmountError,
    InvalidModelVersionError,
    InvalidPeriodError,
    MissingColumnError,
    OversizedInputError,
    UnknownUnitError,
    UnreadableFileError,
)
from crossfoot.domain.sustainability import DIMENSIONS
from crossfoot.domain.tables import SourceFile
from crossfoot.domain.units import LARGEST_AMOUNT, Float64Array
from crossfoot.domain.versions import ModelVersion
from crossfoot.factors.regions import normalised_region

_LARGEST_ANSWER: Final = 1 << 29
"""Bytes of one file; an answer that is larger is asked for year by year."""

_ASK_AGAIN: Final = "Ask again with the AWS CLI, and keep what it prints as it is."
_ASK_WHOLE: Final = "Ask again without --max-items or --no-paginate, so that the answer is whole."
_GROUP: Final = f"Ask with --group-by {' '.join(DIMENSIONS)}."


@dataclass(frozen=True, slots=True, eq=False)
class AnswerPart:
    """One answer or one page of it: rows as the API shapes them, where from, and when asked."""

    source: SourceFile
    asked_at: datetime
    results: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What every row says beside its figures.

    ``place`` and ``number`` say where the row stands, for errors; ``part`` counts from 0.
    """

    start: datetime
    end: datetime
    model_version: ModelVersion
    account: str
    region_said: str
    region: str
    service: str | None
    product_code: str
    part: int
    place: str
    number: int

    @property
    def cell(self) -> tuple[str, str, str | None]:
        """The key under which figures of both sources meet."""
        return self.account, self.region, self.service

    def refuse(self, error: type[InputError], problem: str, mend: str, column: str) -> Never:
        """Raise an error that names the row."""
        raise error(problem, mend=mend, file=self.place, column=column, row=self.number)


def read_answer(path: Path) -> AnswerPart:
    """Read one file that the AWS CLI printed; it was asked when the file was written.

    Raises
    ------
    InputError
        By name: no file, too large, not JSON, or a part of an answer.
    """
    try:
        status = path.stat()
        if status.st_size > _LARGEST_ANSWER:
            raise OversizedInputError(
                f"is larger than {_LARGEST_ANSWER >> 20} MiB.",
                mend="Ask for a shorter --time-period, one file each.",
                file=str(path),
            )
        content = path.read_bytes()
    except OSError as error:
        raise InputNotFoundError(
            f"cannot be opened ({error.strerror}).", mend="Check the path.", file=str(path)
        ) from error
    asked_at = datetime.fromtimestamp(status.st_mtime, UTC)
    return answer_part(content, str(path), asked_at)


def answer_part(content: bytes, place: str, asked_at: datetime) -> AnswerPart:
    """Return what JSON says, with its digest.

    Raises
    ------
    UnreadableFileError, ColumnTypeError, IncompleteDeliveryError
        It is not JSON, has no list ``Results``, or says that there is more.
    """
    try:
        document = json.loads(content)
    except ValueError as error:
        raise UnreadableFileError(f"is not JSON ({error}).", mend=_ASK_AGAIN, file=place) from error
    results = document.get("Results") if isinstance(document, dict) else None
    if not isinstance(results, list) or not all(isinstance(row, dict) for row in results):
        raise ColumnTypeError(
            "is no answer of the API: it has no list of rows.",
            mend=_ASK_AGAIN,
            file=place,
            column="Results",
        )
    if document.get("NextToken"):
        raise IncompleteDeliveryError(
            "is a part of an answer.", mend=_ASK_WHOLE, file=place, column="NextToken"
        )
    source = SourceFile(place, len(content), hashlib.sha256(content).hexdigest())
    return AnswerPart(source, asked_at, results)


def rows_of(parts: Iterable[AnswerPart]) -> Iterable[tuple[AnswerRow, Mapping[str, Any]]]:
    """Yield what each row says of itself, and the row.

    Raises
    ------
    InputError
        By name, with file, field and row.
    """
    for part, answer in enumerate(parts):
        for number, row in enumerate(answer.results, start=1):
            yield _row(row, part, answer.source.path, number), row


def amounts(
    row: AnswerRow, figures: object, unit: str, per_unit: int, wanted: Sequence[str]
) -> list[float | None]:
    """Return the figures of a row by type; None where the API gives none.

    Parameters
    ----------
    figures : object
        ``EmissionsValues`` or ``AllocationValues``, as it was answered.
    unit : str
        The only unit that is known.
    per_unit : int
        Whole units of the ledger in one of AWS's, to know what is too large.

    Raises
    ------
    ColumnTypeError, UnknownUnitError, InvalidAmountError
        By name, with file, type and row.
    """
    if not isinstance(figures, dict):
        row.refuse(ColumnTypeError, "has no figures.", _ASK_AGAIN, "Values")
    return [_amount(row, figures.get(name), unit, per_unit, name) for name in wanted]


def whole(values: Sequence[float | None]) -> Float64Array:
    """Return figures as floats, 0 where there is none."""
    return np.array([0.0 if value is None else value for value in values], dtype=np.float64)


def _amount(row: AnswerRow, figure: object, unit: str, per_unit: int, name: str) -> float | None:
    if figure is None:
        return None
    if not isinstance(figure, dict) or type(figure.get("Value")) not in {int, float}:
        row.refuse(ColumnTypeError, "is no number with a unit.", _ASK_AGAIN, name)
    if figure.get("Unit") != unit:
        row.refuse(
            UnknownUnitError, f"the unit is {figure.get('Unit')!r}.", f"Only {unit} is known.", name
        )
    value = float(figure["Value"])
    if not math.isfinite(value) or abs(value) * per_unit > LARGEST_AMOUNT:
        row.refuse(InvalidAmountError, f"is {value!r}.", "No figure can be that; ask again.", name)
    return value


def _row(row: Mapping[str, Any], part: int, place: str, number: int) -> AnswerRow:
    here: dict[str, Any] = {"file": place, "row": number}
    values = row.get("DimensionsValues")
    period = row.get("TimePeriod")
    if not isinstance(values, dict) or not isinstance(period, dict):
        raise MissingColumnError(
            "has no DimensionsValues or no TimePeriod.", mend=_ASK_AGAIN, **here
        )
    for name in DIMENSIONS:
        if not isinstance(values.get(name), str):
            raise MissingColumnError("is not in the row.", mend=_GROUP, column=name, **here)
    account, region, product = (values[name] for name in DIMENSIONS)
    if ACCOUNT_ID.fullmatch(account) is None:
        raise InvalidAccountError(
            f"{account!r} is no account id.", mend=_GROUP, column=DIMENSIONS[0], **here
        )
    return AnswerRow(
        start=_instant(period.get("Start"), here),
        end=_instant(period.get("End"), here),
        model_version=_version(row.get("ModelVersion"), here),
        account=account,
        region_said=region,
        region=normalised_region(region),
        service=carbon_bucket(product),
        product_code=product,
        part=part,
        place=place,
        number=number,
    )


def _version(text: object, here: Mapping[str, Any]) -> ModelVersion:
    try:
        return ModelVersion(str(text))
    except InvalidModelVersionError as error:
        raise InvalidModelVersionError(
            f"{text!r} is no model version.", mend=_ASK_AGAIN, column="ModelVersion", **here
        ) from error


def _instant(text: object, here: Mapping[str, Any]) -> datetime:
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise InvalidPeriodError(
            f"{text!r} is no instant.", mend=_ASK_AGAIN, column="TimePeriod", **here
        ) from error
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
