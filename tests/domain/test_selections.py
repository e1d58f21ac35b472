"""Selections: which published column a figure is, and what a filter takes whole."""

from crossfoot.domain.impacts import Criterion
from crossfoot.domain.measures import Measure
from crossfoot.domain.selections import RowFilter, Selection


def test_a_selection_knows_its_column() -> None:
    """AWS's figure and the estimate's have tables, units and decimal places of their own."""
    minerals, total = Selection(Criterion.ADP_USE), Selection(Measure.TOTAL_LBM)

    assert (minerals.table, minerals.column, minerals.unit, minerals.scale) == (
        "impacts",
        "adp_use_kgsbeq",
        "kg Sb eq",
        15,
    )
    assert (total.table, total.column, total.unit, total.scale) == (
        "emissions",
        "total_lbm_kgco2e",
        "kg CO2e",
        9,
    )


def test_words_are_in_an_order_of_their_own() -> None:
    """However a filter is written down, it is the same filter."""
    rows = RowFilter(accounts=("2", "1", "2"), tags=(("tag_team", ("b", "a")),))

    assert rows.words() == {"tag_team": ["a", "b"], "usage_account_id": ["1", "2"]}
    assert RowFilter().words() == {}


def test_a_filter_knows_what_it_takes_whole() -> None:
    """AWS's cells are of accounts, Regions and buckets; services and tags cut through them."""
    assert RowFilter(accounts=("1",), ous=("Root",)).is_of_whole_accounts
    assert RowFilter(regions=("eu-west-1",), carbon_services=("Other",)).is_of_whole_cells
    assert not RowFilter(regions=("eu-west-1",)).is_of_whole_accounts
    assert not RowFilter(service_codes=("AmazonEC2",)).is_of_whole_cells
    assert not RowFilter(tags=(("tag_team", ("a",)),)).is_of_whole_cells
