"""What the text columns of a usage line say about what was billed, and where."""

from collections.abc import Callable
from typing import Final

from crossfoot.adapters.sample.hashing import hex_text, uuid_text
from crossfoot.adapters.sample.places import PLACES, Place
from crossfoot.adapters.sample.skus import INSTANCES, Sku, normalised_hours

type OfferText = Callable[[Sku, Place], str | None]

AWS_ENTITY: Final = "Amazon Web Services, Inc."
_COVERED: Final = {"SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanRecurringFee"}
_RESERVED: Final = {"DiscountedUsage", "RIFee"}


def usage_type(sku: Sku, place: Place) -> str | None:
    """Return the usage type with the prefixes of its Region."""
    if sku.usage_type is None:
        return None
    other = PLACES[1] if place.code == PLACES[0].code else PLACES[0]
    return sku.usage_type.format(
        p=place.prefix, n=place.new_prefix, c=place.code, o=other.new_prefix
    )


def other_region(sku: Sku, place: Place) -> str | None:
    """Return where inter-Region traffic goes; None for anything else."""
    if sku.usage_type is None or "{o}" not in sku.usage_type:
        return None
    return PLACES[1].code if place.code == PLACES[0].code else PLACES[0].code


def rate(sku: Sku, place: Place) -> float:
    """Return the on-demand price in that Region, in whole billionths. [USD per unit]."""
    return round(sku.price * place.price_factor, 9)


def _rate_text(sku: Sku, place: Place) -> str | None:
    return None if sku.unit is None else f"{rate(sku, place):.10f}"


def _unblended_rate(sku: Sku, place: Place) -> str | None:
    return None if sku.unit is None else f"{rate(sku, place) * abs(sku.unblended):.10f}"


def _description(sku: Sku, place: Place) -> str:
    if sku.unit is None:
        return f"{sku.line_type} for {sku.product_code}"
    return f"${rate(sku, place):.10f} per {sku.unit} of {sku.family} in {place.usage_location}"


def _is_placed(sku: Sku) -> bool:
    """Whether the line has a Region code: half of a real export's lines have none."""
    return sku.has_region and not sku.is_transfer and not sku.is_global


def _term(sku: Sku, _: Place) -> str | None:
    if sku.line_type in _RESERVED:
        return "Reserved"
    if sku.unit is None or sku.line_type in _COVERED:
        return None
    return "Spot" if "SpotUsage" in (sku.usage_type or "") else "OnDemand"


def _sku_id(sku: Sku, place: Place, salt: int) -> str | None:
    if sku.unit is None:
        return None
    return hex_text(f"{sku.product_code}{usage_type(sku, place)}{sku.operation}{salt}", 16).upper()


def _when(condition: Callable[[Sku], bool], text: OfferText) -> OfferText:
    return lambda sku, place: text(sku, place) if condition(sku) else None


def _is_unused(sku: Sku) -> bool:
    return "UnusedBox" in (sku.usage_type or "")


def _covered_by_plan(sku: Sku) -> bool:
    return sku.line_type in _COVERED


def _instance_family(sku: Sku, _: Place) -> str | None:
    if sku.instance_type is None:
        return None
    is_accelerated = sku.instance_type[0] in {"g", "p"} or sku.instance_type[:3] in {"inf", "trn"}
    return "GPU instance" if is_accelerated else "General purpose"


OFFER_TEXTS: Final[dict[str, OfferText]] = {
    "bill_billing_entity": lambda sku, _: sku.entity,
    "bill_invoicing_entity": lambda sku, _: AWS_ENTITY if sku.entity == "AWS" else "Example Ltd",
    "capacity_reservation_capacity_reservation_status": _when(_is_unused, lambda *_: "Unused"),
    "capacity_reservation_capacity_reservation_type": _when(_is_unused, lambda *_: "Default"),
    "line_item_availability_zone": _when(
        lambda sku: sku.instance_type is not None, lambda _, place: f"{place.code}a"
    ),
    "line_item_blended_rate": _unblended_rate,
    "line_item_legal_entity": lambda sku, _: AWS_ENTITY if sku.entity == "AWS" else "Example Ltd",
    "line_item_line_item_description": _description,
    "line_item_line_item_type": lambda sku, _: sku.line_type,
    "line_item_operation": lambda sku, _: sku.operation,
    "line_item_product_code": lambda sku, _: sku.product_code,
    "line_item_tax_type": _when(lambda sku: sku.line_type == "Tax", lambda *_: "VAT"),
    "line_item_unblended_rate": _unblended_rate,
    "line_item_usage_type": usage_type,
    "pricing_currency": _when(lambda sku: sku.unit is not None, lambda *_: "USD"),
    "pricing_lease_contract_length": _when(
        lambda sku: sku.line_type in _RESERVED, lambda *_: "1yr"
    ),
    "pricing_offering_class": _when(lambda sku: sku.line_type in _RESERVED, lambda *_: "standard"),
    "pricing_public_on_demand_rate": _rate_text,
    "pricing_purchase_option": _when(
        lambda sku: sku.line_type in _RESERVED, lambda *_: "No Upfront"
    ),
    "pricing_rate_code": lambda sku, place: _sku_id(sku, place, 3),
    "pricing_rate_id": lambda sku, place: _sku_id(sku, place, 2),
    "pricing_term": _term,
    "pricing_unit": lambda sku, _: sku.unit,
    "product_from_location": _when(
        lambda sku: sku.is_transfer, lambda _, place: place.usage_location
    ),
    "product_from_location_type": _when(lambda sku: sku.is_transfer, lambda *_: "AWS Region"),
    "product_from_region_code": _when(lambda sku: sku.is_transfer, lambda _, place: place.code),
    "product_instance_family": _instance_family,
    "product_instance_type": lambda sku, _: sku.instance_type,
    "product_location": _when(_is_placed, lambda _, place: place.usage_location),
    "product_location_type": _when(_is_placed, lambda *_: "AWS Region"),
    "product_operation": lambda sku, _: sku.operation,
    "product_product_family": lambda sku, _: sku.family or None,
    "product_region_code": _when(_is_placed, lambda _, place: place.code),
    "product_servicecode": lambda sku, _: sku.servicecode or sku.product_code,
    "product_sku": lambda sku, place: _sku_id(sku, place, 1),
    "product_to_location": _when(
        lambda sku: sku.is_transfer,
        lambda sku, place: "Any" if other_region(sku, place) else "External",
    ),
    "product_to_location_type": _when(
        lambda sku: sku.is_transfer,
        lambda sku, place: "AWS Region" if other_region(sku, place) else "Other",
    ),
    "product_to_region_code": other_region,
    "product_usagetype": usage_type,
    "reservation_reservation_a_r_n": _when(
        lambda sku: sku.line_type in _RESERVED,
        lambda _, place: f"arn:aws:ec2:{place.code}:reserved-instances/{uuid_text(4, 2)}",
    ),
    "reservation_subscription_id": _when(
        lambda sku: sku.line_type in _RESERVED, lambda *_: "4026531840"
    ),
    "savings_plan_offering_type": _when(_covered_by_plan, lambda *_: "ComputeSavingsPlans"),
    "savings_plan_payment_option": _when(_covered_by_plan, lambda *_: "No Upfront"),
    "savings_plan_purchase_term": _when(_covered_by_plan, lambda *_: "1yr"),
    "savings_plan_savings_plan_a_r_n": _when(
        _covered_by_plan, lambda *_: f"arn:aws:savingsplans:::savingsplan/{uuid_text(4, 3)}"
    ),
}
"""Text columns that depend on the SKU and the Region alone."""


def product_map(sku: Sku, place: Place) -> dict[str, str]:
    """Return the ``product`` map: its ``region`` is filled in every line that has a Region.

    Data transfer shows the Region that it leaves, global services ``global``, taxes nothing.
    """
    if not sku.has_region:
        return {}
    product = {"region": place.code}
    if sku.instance_type is not None:
        _, vcpu, memory, processor = INSTANCES[sku.instance_type]
        product |= {
            "vcpu": vcpu,
            "memory": memory,
            "physical_processor": processor,
            "operating_system": "Linux",
            "tenancy": "Dedicated" if "Dedicated" in (sku.usage_type or "") else "Shared",
            "capacitystatus": "UnusedCapacityReservation" if _is_unused(sku) else "Used",
        }
    return product


def normalisation_factor(sku: Sku) -> float | None:
    """Return normalised units per instance-hour; None where the line is no instance."""
    return None if sku.instance_type is None else normalised_hours(sku.instance_type)
