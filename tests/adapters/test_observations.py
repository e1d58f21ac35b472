"""Loads and measured energy beside the parts of usage."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.adapters.inventory_loads import LOAD
from crossfoot.adapters.observations import (
    GRID,
    MEASURED_ENERGY,
    MEASURED_HOURS,
    OBSERVED_AMOUNTS,
    Observations,
    measured_resources,
    observed,
)
from crossfoot.domain.observations import Measurement, Utilisation

NANO = 10**9


def _parts(*rows: tuple[str | None, str | None, int | None]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([], [], [])
    schema = pa.schema(
        [("resource_id", pa.string()), ("model_name", pa.string()), ("model_nano", pa.int64())]
    )
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _values(table: pa.Table, name: str) -> list[Any]:
    return list(table[name].to_pylist())


def test_nothing_observed_is_null_in_every_column() -> None:
    """Missing is never zero."""
    table = observed(_parts(("i-1", "machine:m5.large", NANO)), Observations.none())

    assert all(table.schema.field(name).type == pa.int64() for name in OBSERVED_AMOUNTS)
    assert [_values(table, name) for name in OBSERVED_AMOUNTS] == [[None]] * 4


def test_a_load_is_of_the_machine_and_not_of_what_else_bears_its_id() -> None:
    """An instance's id stands on its data transfer too, and on no other machine."""
    parts = _parts(
        ("i-1", "machine:m5.large", NANO),
        ("i-1", "transfer:intra", NANO),
        (None, "machine:m5.large", NANO),
        ("i-2", "machine:m5.large", NANO),
        ("i-1", None, None),
    )

    table = observed(parts, Observations.of([Utilisation("i-1", 12.5, 30)]))

    assert _values(table, LOAD) == [12_500_000_000, None, None, None, None]


def test_energy_and_hours_are_shared_by_machine_hours_and_add_up() -> None:
    """An instance that changed its type has two parts; a third of the energy is not lost."""
    parts = _parts(
        ("i-1", "machine:m5.large", 1 * NANO),
        ("i-2", "machine:m5.large", 5 * NANO),
        ("i-1", "machine:m5.xlarge", 2 * NANO),
        ("i-1", "transfer:intra", 9 * NANO),
    )
    measured = [Measurement("i-1", 1.0, 2.0, "scaphandre"), Measurement("i-2", 3.0, None, "kepler")]

    table = observed(parts, Observations.of(measurements=measured))

    assert _values(table, MEASURED_ENERGY) == [333_333_333, 3 * NANO, 666_666_667, None]
    assert _values(table, MEASURED_HOURS) == [666_666_667, None, 1_333_333_333, None]


def test_zero_energy_that_was_measured_stays_zero() -> None:
    """Zero is never missing."""
    table = observed(
        _parts(("i-1", "machine:m5.large", NANO)),
        Observations.of(measurements=[Measurement("i-1", 0.0, None, "kepler")]),
    )

    assert _values(table, MEASURED_ENERGY) == [0]


def test_the_grid_of_the_roll_up_is_kept_and_old_columns_are_overwritten() -> None:
    """Observing twice is observing once."""
    parts = _parts(("i-1", "machine:m5.large", NANO)).append_column(GRID, pa.array([7], pa.int64()))
    observations = Observations.of([Utilisation("i-1", 1.0, 3)])

    once = observed(parts, observations)

    assert _values(once, GRID) == [7]
    assert observed(once, observations).equals(once)
    assert _values(observed(once, Observations.none()), LOAD) == [None]


def test_resources_with_a_machine_are_told_from_those_without() -> None:
    """So that a run can name the measurements that found no place."""
    parts = _parts(("i-1", "machine:m5.large", NANO), ("i-2", "storage:gp3", NANO))
    measured = [Measurement(name, 1.0, None, "alumet") for name in ("i-1", "i-2", "i-3")]

    assert measured_resources(parts, Observations.of(measurements=measured)) == {"i-1"}


def test_a_month_without_usage_has_the_columns_too() -> None:
    """An empty table keeps its shape."""
    some = Observations.of([Utilisation("i-1", 1.0, 3)], [Measurement("i-1", 1.0, 1.0, "kepler")])

    assert observed(_parts(), some).column_names[3:] == list(OBSERVED_AMOUNTS)


@pytest.mark.parametrize("model", ["reserved:m5.large", "host:m5", "vcpu:x86", "unit:nat"])
def test_only_machines_that_run_are_observed(model: str) -> None:
    """An idle reservation has no processors of its own that anyone measured."""
    observations = Observations.of(
        [Utilisation("i-1", 1.0, 3)], [Measurement("i-1", 1.0, None, "kepler")]
    )

    table = observed(_parts(("i-1", model, NANO)), observations)

    assert [_values(table, name)[0] for name in (LOAD, MEASURED_ENERGY)] == [None, None]


@given(
    st.lists(
        st.tuples(st.sampled_from(["i-1", "i-2", "i-3"]), st.integers(0, 800 * NANO)),
        min_size=1,
        max_size=20,
    ),
    st.floats(0, 1e6),
)
def test_measured_energy_is_conserved(rows: list[tuple[str, int]], energy_kwh: float) -> None:
    """Parts of a resource sum to its energy to the last nano-kilowatt-hour, or it has no part."""
    parts = _parts(*((name, "machine:m5.large", amount) for name, amount in rows))
    measured = [Measurement(name, energy_kwh, None, "kepler") for name in ("i-1", "i-2")]

    table = observed(parts, Observations.of(measurements=measured))

    for name in ("i-1", "i-2"):
        shares = [
            share
            for (of, amount), share in zip(rows, _values(table, MEASURED_ENERGY), strict=True)
            if of == name and amount
        ]
        assert not shares or sum(shares) == round(energy_kwh * NANO)
