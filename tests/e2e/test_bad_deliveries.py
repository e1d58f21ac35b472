"""A delivery that cannot be trusted is put aside by name; the month stays, the next heals it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from harness.deployment import Deployment
from harness.exports import CARBON_EXPORT, USAGE_EXPORT, Delivery, SampleExports
from harness.months import Months, Published
from harness.notices import Notices
from harness.organisation import Organisation
from harness.readers import AthenaReader, sums_of
from harness.scenario_table import Scenario
from harness.truths import kilograms

QUARANTINED = "Delivery Quarantined"


def cut_short(delivery: Delivery) -> Delivery:
    """Lose the second half of every file, as an upload that broke off."""
    whole = next(iter(delivery.data.values()))
    return delivery.with_body(whole[: len(whole) // 2])


def of_another_payer(delivery: Delivery) -> Delivery:
    """Take the rows from an organisation that is not ours."""
    return delivery.remade(
        [_set(table, "payer_account_id", "999999999999") for table in delivery.tables()]
    )


def in_another_unit(delivery: Delivery) -> Delivery:
    """Report in short tons."""
    return delivery.remade(
        [_set(table, "total_lbm_emissions_unit", "short tons") for table in delivery.tables()]
    )


def out_of_another_bucket(delivery: Delivery) -> Delivery:
    """List files that lie in somebody else's bucket."""
    manifests = {
        key: body.replace(b"s3://", b"s3://somebody-elses-")
        for key, body in delivery.manifests.items()
    }
    return replace(delivery, manifests=manifests)


def _set(table: pa.Table, column: str, value: str) -> pa.Table:
    place = table.schema.get_field_index(column)
    return table.set_column(place, column, pa.array([value] * len(table)))


class Patient:
    """A published month that bad deliveries arrive for."""

    def __init__(self, deployment: Deployment, months: Months, notices: Notices) -> None:
        self._s3 = deployment.stand_in.client("s3")
        self._landing = deployment.landing
        self._months = months
        self._notices = notices

    def infect(self, delivery: Delivery, **parts: Any) -> str:
        """Deliver what cannot be trusted; return the error that the event names."""
        period = delivery.usage_period
        before, n_told = self._state(period), len(self._notices.of(QUARANTINED))
        delivery.put(self._s3, self._landing, **parts)
        self._months.wait_until(
            lambda: len(self._notices.of(QUARANTINED)) > n_told, "the event of a quarantine"
        )
        self._months.wait_until_quiet()
        assert self._state(period) == before
        return str(self._notices.of(QUARANTINED)[-1]["error"])

    def heal(self, delivery: Delivery, athena: AthenaReader) -> None:
        """Deliver what is good; the month shows it without a person."""
        period = delivery.usage_period
        version = self._months.versions([period])[period]
        delivery.put(self._s3, self._landing)
        self._months.wait_for({period: version + 1})
        self._months.wait_until_quiet()
        for column, amount in kilograms(delivery).items():
            assert Decimal(sums_of(athena, period)[column] or "0") == amount

    def _state(self, period: str) -> Published | None:
        return self._months.published(period)


@pytest.fixture(scope="module")
def patient(deployment: Deployment, months: Months, notices: Notices) -> Iterator[Patient]:
    """Return who is delivered to."""
    months.hurry()
    yield Patient(deployment, months, notices)
    months.take_time()


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (cut_short, "UnreadableFileError"),
        (of_another_payer, "ForeignDeliveryError"),
        (in_another_unit, "UnknownUnitError"),
        (out_of_another_bucket, "ForeignDeliveryError"),
    ],
)
def test_a_bad_delivery_of_carbon_is_put_aside_and_healed(  # noqa: PLR0913, PLR0917
    patient: Patient,
    athena: AthenaReader,
    exports: SampleExports,
    organisation: Organisation,
    scenario: Scenario,
    spoil: Callable[[Delivery], Delivery],
    error: str,
) -> None:
    """Corrupt or foreign: an event by name, the month untouched, healed by the next good one."""
    good = exports.deliveries(CARBON_EXPORT, {organisation.usage_months[7]})[-1]
    found = patient.infect(spoil(good.remade(list(good.tables()))))
    scenario.note(found)
    patient.heal(good.scaled(1 + len(spoil.__name__) / 100), athena)
    assert found == error


def test_a_half_written_delivery_is_put_aside_and_healed(
    patient: Patient,
    athena: AthenaReader,
    exports: SampleExports,
    organisation: Organisation,
    scenario: Scenario,
) -> None:
    """Files that never come: after the last try the delivery is named, and the next one counts."""
    good = exports.deliveries(CARBON_EXPORT, {organisation.usage_months[8]})[-1]
    halved = good.scaled(2)
    found = patient.infect(halved, data=False)
    scenario.note(found)
    assert found == "IncompleteDeliveryError"
    patient.heal(good.scaled(3), athena)


def test_usage_that_cannot_be_read_is_put_aside_and_healed(
    patient: Patient,
    deployment: Deployment,
    months: Months,
    exports: SampleExports,
    organisation: Organisation,
    scenario: Scenario,
) -> None:
    """Athena refuses the file; the month keeps its run until usage comes that can be read."""
    period = organisation.usage_months[9]
    good = exports.deliveries(USAGE_EXPORT, {period})[-1]
    scenario.note(patient.infect(cut_short(good)))
    version = months.versions([period])[period]
    rows = [table.slice(0, len(table) // 3) for table in good.tables()]
    good.with_tables(rows).put(deployment.stand_in.client("s3"), deployment.landing)
    months.wait_for({period: version + 1})
    months.wait_until_quiet()
