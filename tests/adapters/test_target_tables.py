from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from crossfoot.adapters.configuration_file import read_configuration, read_targets
from crossfoot.domain.configuration import Configuration
from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.impacts import Criterion
from crossfoot.domain.measures import Measure
from crossfoot.domain.selections import RowFilter, Selection
from crossfoot.domain.targets import SBTI_YEARLY, FunctionalUnit, Target, TargetPath, UnitMetric

YEARS = "base_year = 2024\ntarget_year = 2030\n"
TOTAL = f'name = "total"\nmeasure = "total_mbm"\n{YEARS}'
ROOT = Path(__file__).parents[2]


def written(tmp_path: Path, *tables: str) -> Path:
    """Return a configuration file with these targets."""
    path = tmp_path / "crossfoot.toml"
    path.write_text("".join(f"[[target]]\n{table}\n" for table in tables))
    return path


def test_a_linear_target_is_read(tmp_path: Path) -> None:
    """42 % in six years are 7 % of the base year each year; the rows are as for thresholds."""
    rows = 'ous = ["Root/Retail/"]\nregions = ["eu-west-1"]\ntags = { Team = ["a"] }'
    path = written(tmp_path, f"{TOTAL}reduction_percent = 42\n{rows}")

    assert read_targets(path) == (
        Target(
            "total",
            Selection(
                Measure.TOTAL_MBM,
                RowFilter(
                    ous=("Root/Retail",), regions=("eu-west-1",), tags=(("tag_team", ("a",)),)
                ),
            ),
            base_year=2024,
            target_year=2030,
            path=TargetPath.LINEAR,
            yearly=Fraction(7, 100),
        ),
    )
    assert read_configuration(path) == Configuration()


def test_percents_are_read_exactly(tmp_path: Path) -> None:
    """A reduction of 12.345678 % is that, and no float beside it."""
    path = written(tmp_path, f"{TOTAL}reduction_percent = 12.345678")

    assert read_targets(path)[0].yearly * 6 == Fraction(Decimal("0.12345678"))


def test_the_sbti_path_needs_no_reduction_and_takes_a_larger_one(tmp_path: Path) -> None:
    """4.2 % of the base year each year, or more where more is asked for."""
    plain, more = (
        read_targets(written(tmp_path, f'{TOTAL}path = "sbti"\n{words}'))[0]
        for words in ("", "reduction_percent = 60")
    )

    assert (plain.path, plain.yearly) == (TargetPath.SBTI, SBTI_YEARLY)
    assert more.yearly == Fraction(1, 10)


def test_intensities_are_counted_in_a_file_or_by_a_metric(tmp_path: Path) -> None:
    """Dimensions are in an order of their own."""
    start = f'name = "energy"\ncriterion = "energy_kwh"\n{YEARS}reduction_percent = 5\n'
    metric = 'metric = { namespace = "Shop", name = "Bookings", dimensions = { B = "2", A = "1" } }'
    file, counted = (
        read_targets(written(tmp_path, f'{start}intensity = {{ unit = "booking", {source} }}'))[0]
        for source in ('source = "units.csv"', metric)
    )

    assert file.selection.figure is Criterion.ENERGY
    assert file.functional_unit == FunctionalUnit("booking", source="units.csv")
    assert counted.functional_unit == FunctionalUnit(
        "booking", metric=UnitMetric("Shop", "Bookings", (("A", "1"), ("B", "2")))
    )


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (TOTAL, "a linear target needs reduction_percent"),
        (f"{TOTAL}reduction_percent = 0", "greater than 0"),
        (f"{TOTAL}reduction_percent = 101", "less than or equal to 100"),
        (f'{TOTAL}path = "sbti"\nreduction_percent = 25', "a reduction of 25.2% at least"),
        (
            f'{TOTAL}path = "sbti"\nintensity = {{ unit = "x", source = "x.csv" }}',
            "path sbti is of absolute targets",
        ),
        (f'{TOTAL}path = "steep"', "'linear' or 'sbti'"),
        (
            f'{TOTAL}reduction_percent = 1\nintensity = {{ unit = "x" }}',
            "a source or a metric, and not both",
        ),
        (
            f'{TOTAL}reduction_percent = 1\nintensity = {{ unit = "x", source = "x.txt" }}',
            "should match pattern",
        ),
        (
            'name = "x"\nmeasure = "total_lbm"\nbase_year = 2030\ntarget_year = 2030\n',
            "target_year must be after base_year",
        ),
        (f'name = "x"\n{YEARS}reduction_percent = 1', "needs a measure or a criterion"),
        (f"{TOTAL}reduction_percent = 1\nlimit = 3", "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, table: str, problem: str) -> None:
    """Every mistake is named, with the page that tells the keys."""
    with pytest.raises(ConfigurationError, match=r"target\.0.*docs/configuration\.md") as caught:
        read_targets(written(tmp_path, table))

    assert problem in str(caught.value)


def test_two_targets_have_two_names(tmp_path: Path) -> None:
    """A name is what a target is known by."""
    table = f"{TOTAL}reduction_percent = 1"

    with pytest.raises(ConfigurationError, match="two targets have the same name"):
        read_targets(written(tmp_path, table, table))


def test_the_example_on_the_page_can_be_used(tmp_path: Path) -> None:
    """The TOML on the page of targets is read to its last key."""
    page = (ROOT / "docs/targets.md").read_text(encoding="utf-8")
    path = tmp_path / "crossfoot.toml"
    path.write_text(page.split("```toml\n")[1].split("```")[0])

    found = read_targets(path)

    assert [each.path for each in found] == [TargetPath.LINEAR, TargetPath.SBTI, TargetPath.LINEAR]
    assert found[2].functional_unit is not None
