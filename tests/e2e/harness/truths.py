"""What AWS says, added up by the tests themselves: whole micrograms of a delivery."""

from collections import Counter
from decimal import Decimal
from typing import Final

from harness.exports import Delivery

_COLUMNS: Final = {
    "total_scope_1_emissions_value": "scope_1_kgco2e",
    "total_scope_2_lbm_emissions_value": "scope_2_lbm_kgco2e",
    "total_scope_2_mbm_emissions_value": "scope_2_mbm_kgco2e",
    "total_scope_3_lbm_emissions_value": "scope_3_lbm_kgco2e",
    "total_scope_3_mbm_emissions_value": "scope_3_mbm_kgco2e",
}
_KILOGRAMS: Final = Decimal(10) ** -9


def kilograms(delivery: Delivery) -> dict[str, Decimal]:
    """Return AWS's own sums of a delivery by published column, in kilograms, exactly."""
    micrograms: Counter[str] = Counter()
    for table in delivery.tables():
        for source, column in _COLUMNS.items():
            if source in table.column_names:
                values = table[source].drop_null().to_pylist()
                micrograms[column] += sum(round(value * 1e12) for value in values)
    return {column: amount * _KILOGRAMS for column, amount in micrograms.items()}
