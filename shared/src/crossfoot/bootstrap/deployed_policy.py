"""The policy of a deployment: the configuration in its layer, and the accounts of a month."""

import tempfile
from collections.abc import Callable
from functools import cache
from importlib import resources, util
from pathlib import Path
from typing import Final

from crossfoot import __version__
from crossfoot.adapters.account_directory import read_accounts
from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.configuration_file import (
    read_base_year,
    read_configuration,
    read_fiscal_year,
    read_targets,
    read_threshold_rules,
    read_thresholds,
)
from crossfoot.bootstrap.factor_sets import factor_set_version
from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.base_year import BaseYear
from crossfoot.domain.configuration import Configuration
from crossfoot.domain.errors import DeploymentError
from crossfoot.domain.fiscal import FiscalYear
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.targets import Target
from crossfoot.domain.threshold_rules import ThresholdRule
from crossfoot.domain.thresholds import Threshold
from crossfoot.domain.versions import EngineVersion
from crossfoot.usecases.deployment_ports import PolicyVersion
from crossfoot.usecases.describe_run import Policy

_POLICY_LAYER: Final = "crossfoot_policy"
_FILE: Final = "configuration.toml"


class DeployedPolicy:
    """The policy as it is now, and as it was when a month was planned."""

    def __init__(self, objects: S3Objects, places: CuratedPlaces) -> None:
        self._objects = objects
        self._accounts = places.accounts()

    def current(self, period: UsagePeriod) -> PolicyVersion:
        """Return the policy of a month as it is now, with what is known of its accounts."""
        found = self._objects.head(self._accounts)
        version = None if found is None else found.file.version_id
        return PolicyVersion(self.at(version, period).digest(), version)

    def at(self, accounts_version: str | None, period: UsagePeriod) -> Policy:
        """Return the policy of a month, with its accounts as one version of their list has them.

        Raises
        ------
        DeploymentError
            That version is gone.
        """
        return Policy(
            configuration=configuration(),
            accounts=self._directory(accounts_version),
            engine_version=EngineVersion(__version__),
            factor_set=factor_set_version(),
        ).at(period)

    def accounts_at(
        self, accounts_version: str | None, period: UsagePeriod
    ) -> AccountDirectory | None:
        """Return the accounts of a month as one version of the list has them, if it is there."""
        found = self._found(accounts_version)
        return None if found is None else found.at(period)

    def _directory(self, version: str | None) -> AccountDirectory:
        found = self._found(version)
        if found is None:
            raise DeploymentError(
                f"{self._accounts.uri}, version {version}, is gone.",
                mend="Replay the month; it takes the newest.",
            )
        return found

    def _found(self, version: str | None) -> AccountDirectory | None:
        if version is None:
            return read_accounts(None)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "accounts.csv"
            is_there = self._objects.download(self._accounts, path, version)
            return read_accounts(path) if is_there else None


@cache
def configuration() -> Configuration:
    """Return what the user configured; the defaults where there is no such layer."""
    return _of_layer(read_configuration)


@cache
def thresholds() -> tuple[Threshold, ...]:
    """Return what the user wants to be told of."""
    return _of_layer(read_thresholds)


@cache
def threshold_rules() -> tuple[ThresholdRule, ...]:
    """Return the rules that published figures are judged by."""
    return _of_layer(lambda path: () if path is None else read_threshold_rules(path))


@cache
def base_year() -> BaseYear | None:
    """Return the rule of the organisation's base year, where it has one."""
    return _of_layer(read_base_year)


@cache
def targets() -> tuple[Target, ...]:
    """Return the targets that years are held against."""
    return _of_layer(lambda path: () if path is None else read_targets(path))


@cache
def fiscal_year() -> FiscalYear:
    """Return in which month the organisation's years begin."""
    return _of_layer(read_fiscal_year)


def code_digest() -> str:
    """Return a name of all that decides figures beside the inputs and the names of accounts."""
    return Policy(
        configuration=configuration(),
        accounts=read_accounts(None),
        engine_version=EngineVersion(__version__),
        factor_set=factor_set_version(),
    ).digest()


def _of_layer[T](read: Callable[[Path | None], T]) -> T:
    if util.find_spec(_POLICY_LAYER) is None:
        return read(None)
    with resources.as_file(resources.files(_POLICY_LAYER) / _FILE) as path:
        return read(path)
