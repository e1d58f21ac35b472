"""Turn lines into the 130 columns of CUR 2.0, as Arrow arrays.

Nearly every column is a lookup by what was billed, when, or for whom, so a column is an index array
over a small dictionary; the Parquet writer takes both as they are.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from crossfoot.adapters.sample.chunks import Lines
from crossfoot.adapters.sample.cur_schema import CUR_SCHEMA, NUMBER_MAP
from crossfoot.adapters.sample.hashing import line_id_texts
from crossfoot.adapters.sample.month import Calendar, MonthPlan
from crossfoot.adapters.sample.offer_texts import (
    OFFER_TEXTS,
    normalisation_factor,
    product_map,
    rate,
)
from crossfoot.adapters.sample.places import PLACES
from crossfoot.adapters.sample.resource_ids import resource_ids
from crossfoot.adapters.sample.skus import Amount, Bucket, Sku
from crossfoot.adapters.sample.tags import UNTAGGED, map_template
from crossfoot.adapters.sample.world import Int32Array, World
from crossfoot.domain.units import NANOS_PER_UNIT, Float64Array

_RESERVED_DISCOUNT: Final = 0.62
_PLAN_DISCOUNT: Final = 0.72
"""Effective over on-demand price. [1]"""


@dataclass(frozen=True, slots=True, eq=False)
class TextLookup:
    """A dictionary and, for each key, its entry; -1 where the key has no text."""

    texts: pa.Array
    codes: Int32Array


def text_lookup(values: list[str | None]) -> TextLookup:
    """Return the lookup of one text per key; the dictionary has every text once."""
    encoded = pa.array(values, pa.string()).dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return TextLookup(encoded.dictionary, codes.astype(np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class Offers:
    """Everything that depends on the SKU and the Region alone, by dense offer index.

    ``dense`` maps ``sku * n_places + region`` to that index.
    """

    dense: Int32Array
    texts: dict[str, TextLookup]
    product: pa.MapArray
    rate: Float64Array
    unblended: Float64Array
    on_demand: Float64Array
    usage_scale: Float64Array
    usage_constant: Float64Array
    normalisation: Float64Array
    driver: Float64Array
    cost_driver: Float64Array
    is_line_type: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    is_bedrock: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))


def make_offers(world: World) -> Offers:
    """Return the lookups of all offers that the world's meters use."""
    used = np.unique(world.meters.offer)
    pairs = [(world.skus[o // len(PLACES)], PLACES[o % len(PLACES)]) for o in used.tolist()]
    dense = np.full(len(world.skus) * len(PLACES), -1, np.int32)
    dense[used] = np.arange(len(used), dtype=np.int32)
    skus = [sku for sku, _ in pairs]
    types = np.array([sku.line_type for sku in skus])
    return Offers(
        dense=dense,
        texts={
            name: text_lookup([text(sku, place) for sku, place in pairs])
            for name, text in OFFER_TEXTS.items()
        },
        product=map_template([product_map(sku, place) for sku, place in pairs]),
        rate=np.array([rate(sku, place) for sku, place in pairs]),
        unblended=np.array([sku.unblended for sku in skus]),
        on_demand=np.array([sku.on_demand for sku in skus]),
        usage_scale=np.array([float(sku.amount is Amount.USED) for sku in skus]),
        usage_constant=np.array([float(sku.amount is Amount.ONE) for sku in skus]),
        normalisation=np.array([normalisation_factor(sku) or np.nan for sku in skus]),
        driver=np.array([_driver(sku) for sku in skus]),
        cost_driver=np.array([float(sku.bucket is Bucket.OTHER) for sku in skus]),
        is_line_type={str(name): types == name for name in np.unique(types)},
        is_bedrock=np.array([sku.product_code == "AmazonBedrock" for sku in skus]),
    )


def _driver(sku: Sku) -> float:
    return 0.0 if sku.bucket in {None, Bucket.OTHER} else sku.driver


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """The numbers of each line that more than one consumer reads. [unit, USD]."""

    offer: Int32Array
    usage: Float64Array
    on_demand: Float64Array
    unblended: Float64Array


def figures_of(world: World, offers: Offers, lines: Lines) -> Figures:
    """Return usage and cost of each line; costs in whole billionths of a dollar."""
    offer = offers.dense[world.meters.offer[lines.meter]]
    listed = lines.amount * offers.rate[offer]
    listed = np.rint(listed * NANOS_PER_UNIT) / NANOS_PER_UNIT
    unblended = np.rint(listed * offers.unblended[offer] * NANOS_PER_UNIT) / NANOS_PER_UNIT
    usage = lines.amount * offers.usage_scale[offer] + offers.usage_constant[offer]
    return Figures(offer, usage, listed * offers.on_demand[offer], unblended)


class LineColumns:
    """Builds the columns of one chunk after the other for one month."""

    def __init__(self, world: World, offers: Offers, plan: MonthPlan) -> None:
        slots = plan.calendar
        self._world = world
        self._offers = offers
        self._slots = slots
        self._tags = map_template(world.tag_sets.tags)
        self._resource_tags = map_template(world.tag_sets.resource_tags)
        self._categories = map_template(
            [{} if one.division is None else {"Division": one.division} for one in world.accounts]
        )
        self._intervals = pa.array(_intervals(slots), pa.string())
        self._account_ids = text_lookup([one.account_id for one in world.accounts])
        self._account_names = text_lookup([one.name_in(plan.month) for one in world.accounts])
        self._constants = _constants(world, slots)

    def table(self, lines: Lines, figures: Figures) -> pa.Table:
        """Return the chunk as a table with all columns, in the export's order."""
        columns = self._offer_columns(figures.offer)
        columns |= self._owner_columns(lines, figures.offer)
        columns |= self._time_columns(lines)
        columns |= _amount_columns(self._offers, figures)
        columns |= self._split_columns(lines)
        columns |= self._map_columns(lines, figures.offer)
        n_rows = len(lines)
        nulls = {kind: pa.nulls(n_rows, kind) for kind in set(CUR_SCHEMA.types)}
        arrays = [
            columns[name] if name in columns else self._constant(name, kind, n_rows, nulls)
            for name, kind in zip(CUR_SCHEMA.names, CUR_SCHEMA.types, strict=True)
        ]
        return pa.Table.from_arrays(arrays, names=CUR_SCHEMA.names)

    def _constant(
        self, name: str, kind: pa.DataType, n_rows: int, nulls: dict[pa.DataType, pa.Array]
    ) -> pa.Array:
        if name not in self._constants:
            return nulls[kind]
        value = self._constants[name]
        if isinstance(value, str):
            zeros = pa.array(np.zeros(n_rows, np.int32))
            return pa.DictionaryArray.from_arrays(zeros, pa.array([value], pa.string()))
        return pa.array(np.full(n_rows, value, "datetime64[us]"))

    def _offer_columns(self, offer: Int32Array) -> dict[str, pa.Array]:
        # many columns are known for the same offers in the same order: they share their indices
        indices: dict[bytes, pa.Array] = {}
        columns = {}
        for name, lookup in self._offers.texts.items():
            pattern = lookup.codes.tobytes()
            if pattern not in indices:
                indices[pattern] = indices_of(lookup.codes[offer])
            columns[name] = pa.DictionaryArray.from_arrays(
                indices[pattern], lookup.texts, safe=False
            )
        return columns

    def _owner_columns(self, lines: Lines, offer: Int32Array) -> dict[str, pa.Array]:
        meters = self._world.meters
        account = meters.account[lines.meter]
        resource = self._shown_resource(lines)
        ids = self._distinct_ids(resource)
        parent = np.where(resource < 0, -1, self._world.resources.parent[resource])
        principals = [
            f"arn:aws:sts::{one.account_id}:assumed-role/ModelCaller/app"
            for one in self._world.accounts
        ]
        caller = np.where(self._offers.is_bedrock[offer], account, -1)
        return {
            "line_item_usage_account_id": coded(self._account_ids, account),
            "line_item_usage_account_name": coded(self._account_names, account),
            "line_item_resource_id": ids,
            "split_line_item_parent_resource_id": self._distinct_ids(parent),
            "line_item_iam_principal": masked(caller, pa.array(principals, pa.string())),
            "identity_line_item_id": self._line_ids(lines.meter),
        }

    def _shown_resource(self, lines: Lines) -> Int32Array:
        """Return the resource that each line names; -1 where it names none."""
        meters = self._world.meters
        is_shown = meters.is_shown[lines.meter]
        return np.where(is_shown, meters.resource[lines.meter], -1).astype(np.int32)

    def _distinct_ids(self, resource: NDArray[Any]) -> pa.Array:
        distinct, codes = dense_codes(resource, len(self._world.resources))
        return masked(codes, resource_ids(self._world, distinct))

    def _line_ids(self, meter: Int32Array) -> pa.Array:
        # an id names a meter, so it repeats: only id and interval together are unique
        distinct, codes = dense_codes(meter, len(self._world.meters))
        salt = self._world.seed + self._slots.period.year * 12 + self._slots.period.start.month
        return masked(codes, line_id_texts(distinct, salt))

    def _time_columns(self, lines: Lines) -> dict[str, pa.Array]:
        began = np.datetime64(self._slots.period.start.replace(tzinfo=None), "us")
        start = began + self._slots.slot_starts_h() * np.timedelta64(3_600_000_000, "us")
        end = start + self._slots.slot_lengths_h() * np.timedelta64(3_600_000_000, "us")
        return {
            "line_item_usage_start_date": pa.array(start[lines.slot]),
            "line_item_usage_end_date": pa.array(end[lines.slot]),
            "identity_time_interval": masked(lines.slot, self._intervals),
        }

    def _split_columns(self, lines: Lines) -> dict[str, pa.Array]:
        split = self._world.meters.split[lines.meter]
        is_blank = split < 0
        table = self._world.splits
        used = pa.array(table.used_cost[split], mask=is_blank)
        unused = pa.array(table.unused_cost[split], mask=is_blank)
        usage = pa.array(table.usage[split], mask=is_blank)
        return {
            "split_line_item_actual_usage": pa.array(table.usage[split] * 0.7, mask=is_blank),
            "split_line_item_reserved_usage": usage,
            "split_line_item_split_usage": usage,
            "split_line_item_split_usage_ratio": pa.array(table.ratio[split], mask=is_blank),
            "split_line_item_split_cost": used,
            "split_line_item_unused_cost": unused,
            "split_line_item_public_on_demand_split_cost": used,
            "split_line_item_public_on_demand_unused_cost": unused,
        }

    def _map_columns(self, lines: Lines, offer: Int32Array) -> dict[str, pa.Array]:
        meters = self._world.meters
        resource = self._shown_resource(lines)
        own_set = self._world.resources.tag_set[resource]
        tag_set = pa.array(np.where(resource < 0, UNTAGGED, own_set))
        return {
            "product": self._offers.product.take(pa.array(offer)),
            "resource_tags": self._resource_tags.take(tag_set),
            "tags": self._tags.take(tag_set),
            "cost_category": self._categories.take(pa.array(meters.account[lines.meter])),
            "discount": _empty_maps(len(lines)),
        }


def coded(lookup: TextLookup, key: Int32Array) -> pa.Array:
    """Return the text of each key, dictionary-coded; null where the key has none."""
    return masked(lookup.codes[key], lookup.texts)


def masked(codes: NDArray[Any], texts: pa.Array) -> pa.Array:
    """Return the text of each code, dictionary-coded; null where the code is negative.

    ``texts`` must be distinct: of a dictionary with repeated texts the Parquet writer makes a page
    that ends in whatever lay in memory.
    """
    return pa.DictionaryArray.from_arrays(indices_of(codes), texts, safe=False)


def indices_of(codes: NDArray[Any]) -> pa.Array:
    """Return the codes as Arrow integers over the same memory; null where negative."""
    codes = codes.astype(np.int32, copy=False)
    is_known = codes >= 0
    known = pa.py_buffer(np.packbits(is_known, bitorder="little"))
    n_null = len(codes) - int(np.count_nonzero(is_known))
    validity = known if n_null else None
    return pa.Array.from_buffers(pa.int32(), len(codes), [validity, pa.py_buffer(codes)], n_null)


def dense_codes(key: NDArray[Any], n_keys: int) -> tuple[NDArray[np.int64], Int32Array]:
    """Return the distinct keys, in order, and the place of each row's key; -1 stays -1."""
    is_seen = np.zeros(n_keys + 1, np.bool_)
    is_seen[key] = True
    distinct = np.flatnonzero(is_seen[:n_keys])
    place = np.full(n_keys + 1, -1, np.int32)
    place[distinct] = np.arange(len(distinct), dtype=np.int32)
    return distinct, place[key]


def _amount_columns(offers: Offers, figures: Figures) -> dict[str, pa.Array]:
    factor = offers.normalisation[figures.offer]
    is_blank = np.isnan(factor)
    discounted = offers.is_line_type["DiscountedUsage"][figures.offer]
    covered = offers.is_line_type["SavingsPlanCoveredUsage"][figures.offer]
    effective = figures.on_demand * _RESERVED_DISCOUNT
    planned = figures.on_demand * _PLAN_DISCOUNT
    unblended = pa.array(figures.unblended)
    rates = offers.rate[figures.offer] * _PLAN_DISCOUNT
    return {
        "line_item_usage_amount": pa.array(figures.usage),
        "line_item_unblended_cost": unblended,
        "line_item_blended_cost": unblended,
        "line_item_normalization_factor": pa.array(factor, mask=is_blank),
        "line_item_normalized_usage_amount": pa.array(figures.usage * factor, mask=is_blank),
        "pricing_public_on_demand_cost": pa.array(figures.on_demand),
        "reservation_effective_cost": pa.array(effective, mask=~discounted),
        "reservation_recurring_fee_for_usage": pa.array(effective, mask=~discounted),
        "savings_plan_savings_plan_effective_cost": pa.array(planned, mask=~covered),
        "savings_plan_savings_plan_rate": pa.array(rates, mask=~covered),
    }


def _empty_maps(n_rows: int) -> pa.Array:
    offsets = pa.array(np.zeros(n_rows + 1, np.int32))
    return pa.MapArray.from_arrays(
        offsets, pa.array([], NUMBER_MAP.key_type), pa.array([], NUMBER_MAP.item_type)
    )


def _intervals(slots: Calendar) -> list[str]:
    began = np.datetime64(slots.period.start.replace(tzinfo=None), "s")
    start = began + slots.slot_starts_h() * np.timedelta64(3600, "s")
    end = start + slots.slot_lengths_h() * np.timedelta64(3600, "s")
    return [f"{first}Z/{last}Z" for first, last in zip(start, end, strict=True)]


def _constants(world: World, slots: Calendar) -> dict[str, Any]:
    payer = world.accounts[0]
    return {
        "bill_bill_type": "Anniversary",
        "bill_billing_period_start_date": slots.period.start.replace(tzinfo=None),
        "bill_billing_period_end_date": slots.period.end.replace(tzinfo=None),
        "bill_invoice_id": f"{2_000_000_000 + slots.period.year * 12 + slots.period.start.month}",
        "bill_payer_account_id": payer.account_id,
        "bill_payer_account_name": payer.name,
        "line_item_currency_code": "USD",
    }
