"""Write ``docs/tables.md`` from the declared columns: ``make docs``."""

from pathlib import Path
from typing import Final

from crossfoot.domain.columns import INVENTORY, TABLES, Table
from crossfoot.domain.publication_tables import EMISSIONS_HISTORY, PUBLICATIONS
from crossfoot.domain.records import RECORD_TABLES

PAGE: Final = Path(__file__).with_name("tables.md")
TAG_ROW: Final = (
    "| `tag_<key>` | `string` | | yes | one column for each configured tag or cost category; "
    "null where untagged |"
)
HEAD: Final = """\
# Published tables

This page is written by `make docs` from `shared/src/crossfoot/domain/columns.py`; edit that file.
The order of the columns is the order in the files.
Mass is kilograms of CO2e and money is whole currency, both as `decimal(18,9)`, so sums are exact.
`nomenclature.md` explains the terms, and `warehouse.md` says where the files lie.
"""


def render() -> str:
    """Return the page for all published tables, the records and those of a deployment."""
    shown = (*TABLES, *RECORD_TABLES, PUBLICATIONS, EMISSIONS_HISTORY, INVENTORY)
    return "\n".join([HEAD, *(_section(table) for table in shown)])


def _section(table: Table) -> str:
    rows: list[str] = []
    for column in table.columns:
        nullable = "yes" if column.is_nullable else "no"
        rows.append(
            f"| `{column.name}` | `{column.athena_type}` | {column.unit} | {nullable} "
            f"| {column.meaning} |"
        )
        if column.name == table.tags_after:
            rows.append(TAG_ROW)
    head = ["| column | type | unit | null | meaning |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([f"## {table.name}\n", f"One row: {table.grain}.\n", *head, *rows, ""])


def main() -> None:
    """Write the page beside this file."""
    PAGE.write_text(render(), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
