"""Every failure that Crossfoot names.

::

    CrossfootError
      InputError                          the sender's fault: exit status 2, nothing published
        InputNotFoundError                no such file or folder, or nothing readable in it
        UnreadableFileError               not Parquet, truncated, not CSV, not gzip, bad encoding
        OversizedInputError               a bomb: more rows, columns or bytes than the budget
        MissingColumnError                a required column is not there
        ColumnTypeError                   a column, or a value in it, has another type
        DuplicateColumnError              two columns whose names differ at most in case
        UnknownUnitError                  a unit other than MTCO2e, or two units in one file
        InvalidAmountError                NaN, infinite, or beyond DECIMAL(18,9)
        InvalidPeriodError                a month that is not one
        UnknownRegionError                a Region's long name that we cannot give a code
        InvalidAccountError               an account id that is empty or not digits
        InvalidModelVersionError          a model version that is not semver
        MixedPayersError                  two payers in one export
        MissingAccountError               an input without accounts, and no ``--account``
        DuplicateRowError                 AWS's row twice in one delivery
        ManifestError                     not JSON, names a missing file or one outside its tree
        UsagePeriodMismatchError          usage of another month than the carbon, or its folder
        OverlappingPeriodError            a year and one of its months would count twice
        ConfigurationError                the configuration file cannot be used
        QueryError                        the SQL cannot be run
        UnknownFigureError                ``explain`` of something that was never published
        InvalidArgumentError              a calculator's option that cannot be computed with
        MeasurementError                  measured energy of no resource, counted twice, or in part
        ReferenceApiError                 the service to compare with: silent, or another version
        IntensityBoundaryError            a grid series of another boundary than the one asked for
        ForeignDeliveryError              of another bucket, prefix, export or payer
        IncompleteDeliveryError           the manifest lists a file that is not there; retried first
        ReplacedDeliveryError             a pinned file version is gone
      WarehouseError                      exit status 2, the warehouse is as it was
        NotAWarehouseError
        NewerWarehouseError               written by a newer Crossfoot
        WarehouseBusyError                another run is writing
        WarehouseFullError                no space left on the disk
        InterruptedRunError               Ctrl-C; the next run clears what was left
      DeploymentError                     the cloud side; the published month is as it was
        MonthBusyError                    another execution holds the month: wait and retry
        StaleClaimError                   another execution has taken the month over: stop
        OvertakenError                    somebody judged the thresholds meanwhile: ask again
        StorageError                      a service failed or throttled: retry
        RunContentError                   an immutable object is there with other bytes
        AccessDeniedError                 a role or a key refuses: needs a person
      FactorError                         a factor that cannot be used
        UnknownFactorError                no such factor in our tables
        BoundaryError                     two factors that would count the same emissions twice
      AllocationError                     weights that cannot be used: negative, or too large
      ReconciliationError                 the proof failed: exit status 3, nothing published
      ReportError                         the report cannot be written

Class names are public: state machines and scripts match on them.
"""

from collections.abc import Sequence
from typing import Final

_KEYS_SHOWN: Final = 5
"""How many offending keys a message names; the rest are in the error's attributes."""


class CrossfootError(Exception):
    """Base of everything that Crossfoot raises on purpose.

    ``mend`` says in one sentence what the reader can do about it.
    """

    def __init__(self, message: str, *, mend: str | None = None) -> None:
        super().__init__(message if mend is None else f"{message} {mend}")
        self.message = message
        self.mend = mend


class InputError(CrossfootError):
    """An input cannot be trusted; nothing is published and nothing is lost.

    Parameters
    ----------
    file : str, optional
        The file at fault, as the user named it.
    column, row : optional
        Where in the file; ``row`` counts data rows from 1.
    """

    def __init__(
        self,
        problem: str,
        *,
        mend: str,
        file: str | None = None,
        column: str | None = None,
        row: int | None = None,
    ) -> None:
        where = ", ".join(
            part
            for part in (
                file,
                None if column is None else f"column {column}",
                None if row is None else f"row {row}",
            )
            if part is not None
        )
        super().__init__(f"{where}: {problem}" if where else problem, mend=mend)
        self.file = file
        self.column = column
        self.row = row


class InputNotFoundError(InputError):
    """No such file or folder, or nothing in it that can be read."""


class UnreadableFileError(InputError):
    """The file is not what its name says: not Parquet, truncated, bad gzip, bad encoding."""


class OversizedInputError(InputError):
    """More rows, columns or bytes than the budget allows, as in a decompression bomb."""


class MissingColumnError(InputError):
    """A required column is not in the file."""


class ColumnTypeError(InputError):
    """A column, or a value in it, is of another type than the contract says."""


class DuplicateColumnError(InputError):
    """Two columns have the same name, or names that differ in case only."""


class UnknownUnitError(InputError):
    """An emission is in a unit other than ``MTCO2e``."""


class InvalidAmountError(InputError):
    """An emission is NaN, infinite, or too large for ``DECIMAL(18,9)`` kilograms."""


class InvalidPeriodError(InputError):
    """A usage period that is neither a month nor a year."""


class UnknownRegionError(InputError):
    """A long Region name that has no code; codes themselves are never judged."""


class InvalidAccountError(InputError):
    """An account id that is empty or has anything but ASCII digits."""


class InvalidModelVersionError(InputError):
    """A model version that is not semantic versioning."""


class MixedPayersError(InputError):
    """Two management accounts in one export."""


class MissingAccountError(InputError):
    """The input has no account column and the user named no account."""


class DuplicateRowError(InputError):
    """The same account, Region, service and month twice in one delivery."""


class ManifestError(InputError):
    """A manifest that is not JSON, or names a file that is missing or outside its tree."""


class UsagePeriodMismatchError(InputError):
    """The usage is of another month than the carbon, or than its own folder says."""


class OverlappingPeriodError(InputError):
    """A year and a month of that year for one payer: their sum would count twice."""


class ConfigurationError(InputError):
    """The configuration file cannot be used."""


class QueryError(InputError):
    """The SQL cannot be run."""


class UnknownFigureError(InputError):
    """The warehouse holds no such month, account or resource."""


class InvalidArgumentError(InputError):
    """An argument of a calculator is missing, contradicts another, or cannot be computed with."""


class MeasurementError(InputError):
    """Measured energy that cannot be used: of no resource, counted twice, or of a part of it."""


class ReferenceApiError(InputError):
    """A service to compare with does not answer as expected, or is not the version pinned."""


class IntensityBoundaryError(InputError):
    """A series of grid intensities counts something else than was asked for."""


class ForeignDeliveryError(InputError):
    """A delivery of another bucket, prefix, export or payer than this deployment's."""


class IncompleteDeliveryError(InputError):
    """The manifest lists a file that is not there; it may still come, so it is retried first."""


class ReplacedDeliveryError(InputError):
    """A pinned file version is gone; the delivery that replaced it has its own manifest."""


class WarehouseError(CrossfootError):
    """The warehouse cannot be used; it is as it was."""


class NotAWarehouseError(WarehouseError):
    """The folder is not a Crossfoot warehouse."""


class NewerWarehouseError(WarehouseError):
    """The warehouse was written by a newer version than this one."""


class WarehouseBusyError(WarehouseError):
    """Another run is writing to the warehouse."""


class WarehouseFullError(WarehouseError):
    """No space is left for the run."""


class InterruptedRunError(WarehouseError):
    """The run was interrupted; the next one clears what it left."""


class DeploymentError(CrossfootError):
    """The cloud side of a deployment; the published month is as it was."""


class MonthBusyError(DeploymentError):
    """Another execution holds the month; waiting and trying again is right."""


class StaleClaimError(DeploymentError):
    """Another execution has taken the month over; this one must stop."""


class OvertakenError(DeploymentError):
    """Somebody else has judged the thresholds meanwhile; they have to be asked again."""


class StorageError(DeploymentError):
    """A service failed, timed out or throttled; trying again is right."""


class RunContentError(DeploymentError):
    """An immutable object is there already, with other bytes."""


class AccessDeniedError(DeploymentError):
    """A role, bucket or key refuses; a person has to mend it."""


class FactorError(CrossfootError):
    """A factor cannot be used; nothing was estimated with it."""


class UnknownFactorError(FactorError):
    """Our tables hold no such factor; the message names the table, the subject and the quantity."""


class BoundaryError(FactorError):
    """Factors whose boundaries overlap, or do not fit: their result would count twice."""


class AllocationError(CrossfootError):
    """Weights that cannot serve as an allocation key."""


class ReconciliationError(CrossfootError):
    """Allocated and reported amounts differ, so nothing is published.

    ``keys`` names the offending (account, Region, service, month, measure) and both sides.
    """

    def __init__(self, message: str, *, keys: Sequence[str]) -> None:
        shown = "; ".join(keys[:_KEYS_SHOWN])
        more = f" and {len(keys) - _KEYS_SHOWN} more" if len(keys) > _KEYS_SHOWN else ""
        super().__init__(f"{message}: {shown}{more}.", mend="Nothing was published.")
        self.keys = tuple(keys)


class ReportError(CrossfootError):
    """The report cannot be written."""
