"""Compare the carbon of AWS's API with the export's, cell by cell, in the same model version."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from crossfoot.domain.carbon_sources import Difference, Finding, MonthOfMeasure
from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.measures import MEASURES, Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.sustainability import LARGEST_AGREED_UG, CarbonAnswer
from crossfoot.domain.tables import TextArray
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.domain.versions import ModelVersion


@dataclass(frozen=True, slots=True, eq=False)
class ExportedCarbon:
    """What the export says of a month, in one delivery."""

    delivery_id: str
    cells: ReportedCells


@dataclass(frozen=True, slots=True)
class SourceComparison:
    """A month of both sources; ``delivery_id`` is None where no delivery is of the version."""

    usage_period: UsagePeriod
    model_version: ModelVersion
    asked_at: datetime
    delivery_id: str | None
    measures: tuple[MonthOfMeasure, ...]
    differences: tuple[Difference, ...]


def compare_carbon_sources(
    answer: CarbonAnswer, exported: ExportedCarbon | None
) -> SourceComparison:
    """Compare every measure that both sources give; more than a gram apart is a difference.

    A measure that one side gives nowhere in the month, as scopes in old exports, is left out.
    Where there is no delivery of the version nothing is compared, and the answer's sums are told.
    """
    asked = answer.usage_period, answer.model_version, answer.asked_at
    if exported is None:
        return SourceComparison(*asked, None, _not_comparable(answer), ())
    both = _BothSides.of(answer.cells, exported.cells)
    measures: list[MonthOfMeasure] = []
    differences: list[Difference] = []
    for index, measure in enumerate(MEASURES):
        if not (both.has_api[index].any() and both.has_export[index].any()):
            continue
        found = both.differences(index, measure)
        differences += found
        measures.append(both.month(index, measure, len(found)))
    return SourceComparison(*asked, exported.delivery_id, tuple(measures), tuple(differences))


@dataclass(frozen=True, slots=True, eq=False)
class _BothSides:
    """Both sources over the cells that either has; arrays are of shape (measure, cell)."""

    account: TextArray
    region: TextArray
    service: TextArray
    api_ug: Int64Array
    has_api: BoolArray
    export_ug: Int64Array
    has_export: BoolArray

    @classmethod
    def of(cls, api: ReportedCells, export: ReportedCells) -> "_BothSides":
        keys = [
            list(zip(side.account, side.region, side.service, strict=True))
            for side in (api, export)
        ]
        union = sorted(
            {*keys[0], *keys[1]}, key=lambda key: (key[0], key[1], key[2] is None, key[2] or "")
        )
        position = {key: at for at, key in enumerate(union)}
        sides = []
        for side, own in zip((api, export), keys, strict=True):
            at = np.fromiter((position[key] for key in own), np.int64, len(own))
            amount_ug = np.zeros((len(MEASURES), len(union)), np.int64)
            is_there = np.zeros(amount_ug.shape, np.bool_)
            amount_ug[:, at], is_there[:, at] = side.amount_ug, side.is_reported
            sides += [amount_ug, is_there]
        names = (texts([key[part] for key in union]) for part in range(3))
        return cls(*names, *sides)

    def differences(self, index: int, measure: Measure) -> list[Difference]:
        apart = np.abs(self.api_ug[index] - self.export_ug[index]) > LARGEST_AGREED_UG
        return [self._difference(index, measure, cell) for cell in np.flatnonzero(apart).tolist()]

    def month(self, index: int, measure: Measure, n_differing: int) -> MonthOfMeasure:
        return MonthOfMeasure(
            measure=measure,
            finding=Finding.DIFFERENT if n_differing else Finding.AGREED,
            api_ug=sum(self.api_ug[index].tolist()),
            export_ug=sum(self.export_ug[index].tolist()),
            n_cells=int(np.count_nonzero(self.has_api[index] | self.has_export[index])),
            n_differing=n_differing,
        )

    def _difference(self, index: int, measure: Measure, cell: int) -> Difference:
        has_api, has_export = bool(self.has_api[index, cell]), bool(self.has_export[index, cell])
        finding = Finding.DIFFERENT
        if not has_export:
            finding = Finding.ONLY_IN_API
        elif not has_api:
            finding = Finding.ONLY_IN_EXPORT
        return Difference(
            account=self.account[cell],
            region=self.region[cell],
            service=self.service[cell],
            measure=measure,
            finding=finding,
            api_ug=int(self.api_ug[index, cell]) if has_api else None,
            export_ug=int(self.export_ug[index, cell]) if has_export else None,
        )


def _not_comparable(answer: CarbonAnswer) -> tuple[MonthOfMeasure, ...]:
    cells = answer.cells
    return tuple(
        MonthOfMeasure(
            measure=measure,
            finding=Finding.NOT_COMPARABLE,
            api_ug=sum(cells.amount_ug[index].tolist()),
            export_ug=None,
            n_cells=int(np.count_nonzero(cells.is_reported[index])),
            n_differing=0,
        )
        for index, measure in enumerate(MEASURES)
        if cells.is_reported[index].any()
    )
