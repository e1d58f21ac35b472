"""Visuals as QuickSight's API spells them: small makers of dictionaries with stable ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from crossfoot.domain.columns import Column

type Json = dict[str, Any]

GRID_COLUMNS: Final = 36
"""Columns of QuickSight's grid."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A visual and its size on the grid, in columns and rows."""

    visual: Json
    columns: int
    rows: int

    @property
    def visual_id(self) -> str:
        """Id of the one visual inside."""
        (body,) = self.visual.values()
        return str(body["VisualId"])


@dataclass(frozen=True, slots=True)
class Source:
    """One data set, as the visuals of a dashboard name it."""

    identifier: str

    def dimension(self, visual: str, column: str) -> Json:
        """Return a column to group by."""
        field = {"FieldId": f"{visual}.{column}", "Column": self.column(column)}
        return {"CategoricalDimensionField": field}

    def total(self, visual: str, column: str) -> Json:
        """Return the sum of a column."""
        field = {
            "FieldId": f"{visual}.{column}",
            "Column": self.column(column),
            "AggregationFunction": {"SimpleNumericalAggregation": "SUM"},
        }
        return {"NumericalMeasureField": field}

    def count(self, visual: str, column: str) -> Json:
        """Return the number of values of a column."""
        field = {
            "FieldId": f"{visual}.{column}.count",
            "Column": self.column(column),
            "AggregationFunction": "COUNT",
        }
        return {"CategoricalMeasureField": field}

    def column(self, name: str) -> Json:
        """Return the name of a column."""
        return {"DataSetIdentifier": self.identifier, "ColumnName": name}


def kpi(source: Source, visual: str, title: str, column: str) -> Placed:
    """Show one total, and how it moved from month to month."""
    wells = {
        "Values": [source.total(visual, column)],
        "TrendGroups": [source.dimension(visual, "usage_period")],
    }
    return Placed(_visual("KPIVisual", visual, title, wells), 18, 6)


def lines(source: Source, visual: str, title: str, columns: Sequence[str]) -> Placed:
    """Show totals by month as lines."""
    wells = {
        "LineChartAggregatedFieldWells": {
            "Category": [source.dimension(visual, "usage_period")],
            "Values": [source.total(visual, column) for column in columns],
        }
    }
    return Placed(_visual("LineChartVisual", visual, title, wells), 36, 11)


def bars(
    source: Source, visual: str, title: str, by: str, columns: Sequence[str], *, stacked: bool
) -> Placed:
    """Show totals by a column, side by side or on top of each other."""
    wells = {
        "BarChartAggregatedFieldWells": {
            "Category": [source.dimension(visual, by)],
            "Values": [source.total(visual, column) for column in columns],
        }
    }
    made = _visual("BarChartVisual", visual, title, wells)
    configuration = made["BarChartVisual"]["ChartConfiguration"]
    configuration["Orientation"] = "VERTICAL" if stacked else "HORIZONTAL"
    configuration["BarsArrangement"] = "STACKED" if stacked else "CLUSTERED"
    return Placed(made, 18, 12)


def tree_map(source: Source, visual: str, title: str, by: str, size: str) -> Placed:
    """Show what a total is made of; QuickSight's tree maps have one level."""
    wells = {
        "TreeMapAggregatedFieldWells": {
            "Groups": [source.dimension(visual, by)],
            "Sizes": [source.total(visual, size)],
        }
    }
    return Placed(_visual("TreeMapVisual", visual, title, wells), 18, 12)


def table(
    source: Source, visual: str, title: str, groups: Sequence[str], values: Sequence[Json]
) -> Placed:
    """Show rows of texts and figures."""
    wells = {
        "TableAggregatedFieldWells": {
            "GroupBy": [source.dimension(visual, group) for group in groups],
            "Values": list(values),
        }
    }
    return Placed(_visual("TableVisual", visual, title, wells), 36, 12)


def sheet(sheet_id: str, name: str, placed: Sequence[Placed], controls: Sequence[Json]) -> Json:
    """Put visuals onto a sheet, row by row, in their order."""
    elements, row, column, height = [], 0, 0, 0
    for each in placed:
        if column + each.columns > GRID_COLUMNS:
            row, column, height = row + height, 0, 0
        elements.append(
            {
                "ElementId": each.visual_id,
                "ElementType": "VISUAL",
                "ColumnIndex": column,
                "ColumnSpan": each.columns,
                "RowIndex": row,
                "RowSpan": each.rows,
            }
        )
        column, height = column + each.columns, max(height, each.rows)
    made: Json = {
        "SheetId": sheet_id,
        "Name": name,
        "ContentType": "INTERACTIVE",
        "Visuals": [each.visual for each in placed],
        "Layouts": [{"Configuration": {"GridLayout": {"Elements": elements}}}],
    }
    return {**made, "FilterControls": list(controls)} if controls else made


def choice(source: Source, filter_id: str, column: str) -> Json:
    """Return a filter group that lets the reader choose among the values of a column."""
    category = {
        "FilterId": filter_id,
        "Column": source.column(column),
        "Configuration": {
            "FilterListConfiguration": {
                "MatchOperator": "CONTAINS",
                "SelectAllOptions": "FILTER_ALL_VALUES",
                "NullOption": "ALL_VALUES",
            }
        },
    }
    return {
        "FilterGroupId": f"{filter_id}-group",
        "CrossDataset": "SINGLE_DATASET",
        "Status": "ENABLED",
        "Filters": [{"CategoryFilter": category}],
        "ScopeConfiguration": {"AllSheets": {}},
    }


def drop_down(control_id: str, title: str, filter_id: str) -> Json:
    """Return the control of a ``choice``."""
    return {
        "Dropdown": {
            "FilterControlId": control_id,
            "Title": title,
            "SourceFilterId": filter_id,
            "Type": "MULTI_SELECT",
        }
    }


def input_columns(columns: Sequence[Column]) -> list[Json]:
    """Return published columns as a SPICE data set reads them from the views with floats."""
    types = {"string": "STRING", "bigint": "INTEGER", "boolean": "BIT", "timestamp": "DATETIME"}
    return [
        {"Name": column.name, "Type": types.get(column.athena_type, "DECIMAL")}
        | ({} if column.athena_type in types else {"SubType": "FLOAT"})
        for column in columns
    ]


def _visual(kind: str, visual: str, title: str, wells: Json) -> Json:
    body = {
        "VisualId": visual,
        "Title": {"Visibility": "VISIBLE", "FormatText": {"PlainText": title}},
        "ChartConfiguration": {"FieldWells": wells},
    }
    return {kind: body}
