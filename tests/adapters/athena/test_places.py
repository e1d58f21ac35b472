from datetime import date
from string import Template

import pytest

from crossfoot.adapters.aws.places import (
    CuratedPlaces,
    Place,
    WorkPlaces,
    run_id_of_partition,
    run_id_of_plan,
    run_key,
)
from crossfoot.domain.deliveries import ExportKind
from crossfoot.domain.errors import ForeignDeliveryError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.work_columns import CUR2_EXPORT, KINDS, WRITTEN_EMISSIONS

MONTH = UsagePeriod("2026-09")
RUN = "r-0123456789abcdef"
DELIVERY = "d-0123456789abcdef"
DIGEST = "0123456789abcdef" * 2
ATTEMPT = "0123456789ab"
CURATED, WORK = CuratedPlaces("curated"), WorkPlaces("work-bucket")


def test_a_part_lies_in_the_folder_of_its_run() -> None:
    """A partition of a table is a folder of one run, and a shard is one file of it."""
    part = CURATED.table_part("emissions", MONTH, RUN, 7)
    assert part.key == f"tables/emissions/usage_period=2026-09/run_id={RUN}/part-00007.parquet"
    assert part.key.startswith(CURATED.table_folder("emissions", MONTH, RUN).key)


def test_the_folders_of_the_work_tables_are_the_declared_templates() -> None:
    """Where a file is put is where Athena's projection looks for it."""
    written = CURATED.table_folder("emissions", MONTH, RUN).key
    template = Template(WRITTEN_EMISSIONS.location)
    assert written == template.substitute(usage_period="2026-09", run_id=RUN)
    copies = Template(CUR2_EXPORT.location).substitute(delivery=DIGEST)
    assert WORK.usage_folder(DIGEST).key == copies
    kinds = Template(KINDS.location).substitute(run=run_key(RUN, ATTEMPT))
    assert WORK.run_table("kinds", RUN, ATTEMPT).key.startswith(kinds)


def test_every_other_place_is_under_its_own_prefix() -> None:
    """Prefixes are what roles and life cycles are granted by."""
    assert CURATED.pin(MONTH, ExportKind.USAGE, DIGEST).key == f"pins/2026-09/usage-{DIGEST}.json"
    assert CURATED.quarantine(None, DIGEST).key == f"quarantine/unknown/{DIGEST}.json"
    part = CURATED.inventory_part(date(2026, 10, 1), "111122223333", "eu-west-1").key
    assert part == "inventory/day=2026-10-01/account=111122223333/region=eu-west-1.parquet"
    folder = CURATED.delivery_part(MONTH, DELIVERY).key
    assert folder == f"deliveries/usage_period=2026-09/delivery_id={DELIVERY}/part-00000.parquet"
    assert WORK.usage_file(DIGEST, 3).key == f"usage_export/delivery={DIGEST}/00003.parquet"
    assert WORK.roll_up_shard(RUN, ATTEMPT, 3).key == f"rollup/{RUN}/{ATTEMPT}/shard=3/"
    receipt = WORK.collection_receipt("r1", "111122223333", "eu-west-1").key
    assert receipt == "collections/r1/receipts/account=111122223333/region=eu-west-1.json"


@pytest.mark.parametrize(
    "run_id",
    ["../x", "r-0123", f"{RUN}/..", f"{RUN}\n", "r-0123456789ABCDEF", "R-0123456789abcdef"],
)
def test_a_hostile_id_makes_no_key(run_id: str) -> None:
    """Ids are matched as a whole: nothing else becomes part of a key or of SQL."""
    with pytest.raises(ValueError, match="is not an id"):
        CURATED.table_folder("emissions", MONTH, run_id)
    with pytest.raises(ValueError, match="is not an id"):
        run_key(run_id, ATTEMPT)


def test_a_table_that_nobody_declared_has_no_place() -> None:
    """Identifiers come from the declarations."""
    with pytest.raises(ValueError, match="is not a table"):
        CURATED.table_folder("emissions; drop", MONTH, RUN)
    with pytest.raises(ValueError, match="is not a table"):
        WORK.run_table("written_emissions", RUN, ATTEMPT)


def test_a_year_has_no_partition() -> None:
    """The deployment closes months; a year of the console is the embedded mode's."""
    with pytest.raises(ValueError, match="is not a month"):
        CURATED.run_manifest(UsagePeriod("2026"), RUN)


def test_a_place_survives_its_uri() -> None:
    """What one step hands on is what the next one reads."""
    place = WORK.plan(RUN)
    assert Place.parse(place.uri) == place
    assert run_id_of_plan(place.uri, "work-bucket") == RUN


def test_a_partition_tells_its_run_with_or_without_the_slash() -> None:
    """A catalogue may drop the last slash of a location."""
    uri = CURATED.table_folder("usage", MONTH, RUN).uri
    assert run_id_of_partition(uri, "curated") == RUN
    assert run_id_of_partition(uri.rstrip("/"), "curated") == RUN


@pytest.mark.parametrize(
    "uri",
    [
        f"s3://other/plans/{RUN}/plan.json",
        "s3://work-bucket/plans/../plan.json",
        f"https://work-bucket/plans/{RUN}/plan.json",
        f"s3://work-bucket/plans/{RUN}/plan.json/..",
        "",
    ],
)
def test_a_place_of_somebody_else_is_refused(uri: str) -> None:
    """A step that is handed a foreign place reads nothing."""
    with pytest.raises(ForeignDeliveryError):
        run_id_of_plan(uri, "work-bucket")
