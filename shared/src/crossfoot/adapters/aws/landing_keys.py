"""Keys of the landing bucket: which export, partition and execution a manifest speaks for."""

from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote

from crossfoot.adapters.export_partitions import parse_execution
from crossfoot.adapters.manifests import MANIFEST_SUFFIX
from crossfoot.domain.deliveries import ExportKind
from crossfoot.domain.errors import ForeignDeliveryError, InvalidPeriodError
from crossfoot.domain.period import UsagePeriod

_MONTH_KEYS: Final = {ExportKind.CARBON: "usage_period", ExportKind.USAGE: "billing_period"}
_PARTITION_KEYS: Final = {
    ExportKind.CARBON: (
        {"carbon_model_version", "usage_period"},
        {"model_version", "usage_period"},
    ),
    ExportKind.USAGE: ({"billing_period"},),
}
_NO_DELIVERY: Final = "-RedshiftManifest.json"
"""AWS's file for loading Redshift, whose name ends as a manifest's does."""
_LONGEST_TOLD: Final = 200


@dataclass(frozen=True, slots=True)
class ManifestKey:
    """Where a manifest lies.

    ``root`` is the folder of the export, with no slash at its end; ``partition`` the folders
    between ``metadata/`` and the manifest, without the execution's, which is in ``execution``.
    """

    kind: ExportKind
    key: str
    root: str
    partition: str
    usage_period: UsagePeriod
    execution: str | None

    @property
    def data_folder(self) -> str:
        """Folder below ``data/`` that its files must be in."""
        return f"{self.partition}/{self.execution}/" if self.execution else f"{self.partition}/"

    @property
    def execution_id(self) -> str | None:
        """Id of the execution, as its folder tells it."""
        return None if self.execution is None else parse_execution(self.execution)[1]

    @classmethod
    def parse(cls, kind: ExportKind, key: str, prefix: str) -> Self:
        """Take the key of a manifest apart.

        Raises
        ------
        ForeignDeliveryError
            It is not the key of a manifest of this export.
        """
        names = key.split("/")
        above = [name for name in prefix.split("/") if name]
        if names[: len(above)] != above:
            raise foreign(key, f"is not below {prefix}/")
        match names[len(above) :]:
            case [export, "metadata", *folders, name] if _is_manifest(name):
                return cls._of_folders(kind, key, "/".join([*above, export]), folders)
            case _:
                raise foreign(key, "is not a manifest of an export")

    @classmethod
    def _of_folders(cls, kind: ExportKind, key: str, root: str, folders: list[str]) -> Self:
        pairs = [name.partition("=") for name in folders]
        hive = [(name.lower(), value) for name, mark, value in pairs if mark and name and value]
        values = dict(hive)
        rest = folders[len(hive) :]
        if set(values) not in _PARTITION_KEYS[kind] or len(values) != len(hive) or len(rest) > 1:
            raise foreign(key, f"is not in a partition of the {kind} export")
        execution = rest[0] if rest else None
        if execution is not None and "=" in execution:
            raise foreign(key, f"is not in a partition of the {kind} export")
        return cls(
            kind=kind,
            key=key,
            root=root,
            partition="/".join(folders[: len(hive)]),
            usage_period=_month(key, values[_MONTH_KEYS[kind]]),
            execution=execution,
        )


def manifest_keys(kind: ExportKind, key: str, prefix: str) -> list[ManifestKey]:
    """Return what a key may mean: as it stands, and decoded once.

    Raises
    ------
    ForeignDeliveryError
        In neither spelling it is the key of a manifest of this export.
    """
    found: list[ManifestKey] = []
    refused: list[ForeignDeliveryError] = []
    spellings = dict.fromkeys((key, unquote(key)))
    for spelling in spellings:
        _refuse_escape(spelling)
    for spelling in spellings:
        try:
            found.append(ManifestKey.parse(kind, spelling, prefix))
        except ForeignDeliveryError as error:
            refused.append(error)
    if not found:
        raise refused[0]
    return found


def foreign(key: str, problem: str) -> ForeignDeliveryError:
    """Return the error for a key that is not of this deployment's exports."""
    return ForeignDeliveryError(
        f"{problem}.",
        mend="Check the prefixes of the exports; anything else in the bucket is not read.",
        file=key[:_LONGEST_TOLD],
    )


def _refuse_escape(key: str) -> None:
    is_plain = {"", ".", ".."}.isdisjoint(key.split("/")) and "\\" not in key
    if not is_plain or not key.isprintable():
        raise foreign(key, "leaves its folder")


def _is_manifest(name: str) -> bool:
    return name.endswith(MANIFEST_SUFFIX) and not name.endswith(_NO_DELIVERY)


def _month(key: str, text: str) -> UsagePeriod:
    try:
        period = UsagePeriod(text)
    except InvalidPeriodError as error:
        raise foreign(key, f"names {text!r}, which is not a month") from error
    if not period.is_month:
        raise foreign(key, f"names {text!r}, which is not a month")
    return period
