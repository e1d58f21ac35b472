"""Constants of making components, and the accelerators: tables kept by hand."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from factor_rows import Row

UBA: Final = "UBA TEXTE 94/2021 as stated by Simon et al., BoaviztAPI, HotCarbon 2024, table 2"
GPU_STUDY: Final = (
    "Falk et al. 2025, arXiv 2509.00093, parametric model for ADEME, mean impact by component"
)
RANGES: Final = {"gwp": (0.8, 1.25), "pe": (0.8, 1.25), "adp": (0.5, 2.0)}
UNITS: Final = {"gwp": "kgCO2e", "pe": "MJ", "adp": "kgSbe"}

# GWP, PE, ADP; per what
CONSTANTS: Final = {
    ("processor", "die"): ((0.0197, 0.265, 5.87e-9), "mm2"),
    ("processor", "base"): ((9.14, 156, 0.0204), "unit"),
    ("memory", "die"): ((2.2, 27.3, 6.3e-5), "cm2"),
    ("memory", "base"): ((5.22, 74, 0.00169), "unit"),
    ("ssd", "die"): ((2.2, 27.3, 6.3e-5), "cm2"),
    ("ssd", "base"): ((6.34, 73.98, 0.000563), "unit"),
    ("hdd", "base"): ((31.11, 276, 0.00025), "unit"),
    ("power-supply", "mass"): ((24.3, 352, 0.0083), "kg"),
    ("mainboard", "base"): ((66.1, 836, 0.00369), "unit"),
    ("assembly", "base"): ((6.68, 68.6, 1.41e-6), "unit"),
    ("case-rack", "base"): ((150, 2200, 0.0202), "unit"),
    ("case-blade", "base"): ((30.9, 435, 0.000672), "unit"),
    ("blade-chassis", "base"): ((880, 12700, 0.432), "unit"),
}

_GPU_CONSTANTS: Final = {
    ("accelerator", "casing"): ((8.2542, 243, 4.08e-4), "kg"),
    ("accelerator", "heat-sink"): ((5.7412, 85.0, 1.87e-3), "kg"),
    ("accelerator", "board"): ((0.032549, 0.51, 1.27e-5), "cm2"),
    ("accelerator", "die"): ((0.042592, 0.556, 1.55e-8), "mm2"),
    ("accelerator", "memory"): ((0.18379, 2.40, 5.07e-9), "mm2"),
    ("accelerator", "mass"): ((1.5062, 19.5, 3.71e-6), "kg"),
}

_GPU_RANGE = (0.6, 1.6)

_FACILITY: Final = (0.02265, 0.574, 1.016e-6)

_FIGURES: Final = (
    ("memory", "density", (1.24436, 0.625, 2.375), "GB/cm2", "HotCarbon 2024: mean and range"),
    (
        "ssd",
        "density",
        (48.5, 30.0, 110.0),
        "GB/cm2",
        ("BoaviztAPI documentation, default; bounds our assumption for planar to tall flash"),
    ),
    ("power-supply", "weight", (2.99, 1.0, 5.0), "kg/unit", "HotCarbon 2024: mean and range"),
    ("blade-chassis", "blades", (16, 16, 16), "unit", "HotCarbon 2024"),
    (
        "accelerator",
        "memory-area",
        (15.5, 4.0, 15.5),
        "mm2/GB",
        "BoaviztAPI documentation of GPUs; low: what NVIDIA's footprint of HGX H100 leaves for it",
    ),
    ("accelerator", "memory-die", (124.0, 60.0, 124.0), "mm2", "8 GB stack of that density"),
    ("ssd", "watts", (8.0, 2.0, 20.0), "W/unit", "BoaviztAPI 2.5.0 documentation: a drive at work"),
    ("hdd", "watts", (6.4, 5.4, 9.4), "W/unit", "BoaviztAPI 2.5.0 documentation: a drive at work"),
    ("wafer", "diameter", (300, 300, 300), "mm", "industry standard"),
    ("wafer", "defects", (0.1, 0.05, 0.2), "1/cm2", "Falk et al. 2025: Murphy's yield"),
    (
        "server",
        "lifetime",
        (52560, 35040, 61320),
        "h",
        (
            "six years for racks: AWS carbon"
            " methodology, model 3.0; bounds: four years (Cloud Carbon Footprint) and seven"
        ),
    ),
    (
        "server",
        "load",
        (50, 10, 80),
        "%",
        ("Cloud Carbon Footprint: 50 % where unknown; bounds our assumption"),
    ),
    ("estimate", "from-family", (1, 0.7, 1.5), "ratio", "assumption: spread within a family"),
    (
        "estimate",
        "from-size",
        (1, 0.4, 2.5),
        "ratio",
        ("assumption: spread of one size over the families"),
    ),
    ("teads", "ratio-0", (0.12, 0.08, 0.16), "ratio", "Teads: share of the maker's power at idle"),
    ("teads", "ratio-10", (0.32, 0.25, 0.4), "ratio", "Teads: share of the maker's power at 10 %"),
    ("teads", "ratio-50", (0.75, 0.6, 0.9), "ratio", "Teads: share of the maker's power at 50 %"),
    (
        "teads",
        "ratio-100",
        (1.02, 0.85, 1.2),
        "ratio",
        ("Teads: share of the maker's power at full load"),
    ),
)


class Accelerator(NamedTuple):
    """One accelerator: watts idle and at full load, silicon, memory, form, where it is from."""

    idle_watts: float
    full_watts: float
    die_mm2: float
    dies: int
    memory_gb: float
    form: str
    source: str


_TEADS = "Teads' watts in ccf-coefficients b0032d9, aws-instances.csv"
_NVIDIA = "NVIDIA data sheet for full load; idle an estimate, as in spruce 8840d3c"
_OWN = "assumption; no figure published by the maker"

ACCELERATORS: Final = {
    "gpu-k520": Accelerator(26.125, 229.2, 294, 1, 4, "half-card", _TEADS),
    "gpu-k80": Accelerator(34.8375, 305.5625, 561, 1, 12, "half-card", _TEADS),
    "gpu-m60": Accelerator(34.85, 305.575, 398, 1, 8, "half-card", _TEADS),
    "gpu-v100": Accelerator(34.8375, 305.5625, 815, 1, 16, "module", _TEADS),
    "gpu-a100": Accelerator(46.45, 407.4125, 826, 1, 40, "module", _TEADS),
    "gpu-t4": Accelerator(8.125, 71.3, 545, 1, 16, "low-profile", _TEADS),
    "gpu-t4g": Accelerator(8.125, 71.3, 545, 1, 16, "low-profile", f"{_TEADS}, as T4"),
    "gpu-v520": Accelerator(26.125, 229.175, 360, 1, 8, "card", _TEADS),
    "gpu-a10g": Accelerator(18, 153, 628, 1, 24, "card", "Cloud Carbon Footprint, AWS constants"),
    "gpu-l4": Accelerator(8, 72, 294, 1, 24, "low-profile", f"L4: {_NVIDIA}"),
    "gpu-l40s": Accelerator(40, 350, 609, 1, 48, "card", f"L40S: {_NVIDIA}"),
    "gpu-h100": Accelerator(60, 700, 814, 1, 80, "module", f"H100 SXM: {_NVIDIA}"),
    "gpu-h200": Accelerator(60, 700, 814, 1, 141, "module", f"H200 SXM: {_NVIDIA}"),
    "gpu-b200": Accelerator(100, 1000, 800, 2, 180, "module", f"B200: {_NVIDIA}"),
    "gpu-b300": Accelerator(110, 1100, 800, 2, 288, "module", f"B300, announced: {_NVIDIA}"),
    "gpu-rtx-pro-6000": Accelerator(60, 600, 750, 1, 96, "card", f"RTX PRO 6000: {_NVIDIA}"),
    "chip-inferentia": Accelerator(10, 75, 250, 1, 8, "low-profile", _OWN),
    "chip-inferentia2": Accelerator(25, 190, 550, 1, 32, "card", _OWN),
    "chip-trainium": Accelerator(30, 250, 550, 1, 32, "card", _OWN),
    "chip-trainium2": Accelerator(50, 500, 550, 2, 96, "module", f"{_OWN}; press: about 500 W"),
    "chip-gaudi": Accelerator(35, 350, 500, 1, 32, "module", f"{_OWN} of idle; Gaudi HL-205 350 W"),
    "chip-qaic100": Accelerator(10, 75, 350, 1, 16, "low-profile", f"{_OWN} of idle; 75 W card"),
    "chip-u30": Accelerator(8, 40, 200, 2, 8, "low-profile", f"{_OWN} of idle; Alveo U30, 40 W"),
    "chip-fpga": Accelerator(15, 85, 700, 1, 64, "card", f"{_OWN}; UltraScale+ card of 85 W"),
}

# casing kg, heat sink kg, board cm2, mass kg: cards taken apart by Falk et al. 2025, rounded
_FORMS: Final = {
    "card": (0.45, 0.55, 285, 1.15),
    "half-card": (0.25, 0.35, 145, 0.65),
    "low-profile": (0.05, 0.1, 112, 0.25),
    "module": (0.2, 0.9, 200, 1.4),
}
_RATIOS: Final = {10: 0.3125, 50: 0.7387}
"""Watts at a load over those at full load: Teads' figures, the same for all its accelerators."""

_WATTS_RANGE: Final = {"Teads": (0.7, 1.3), "asset": (0.6, 1.2), "own": (0.4, 2.0)}


def component_rows() -> Iterator[Row]:
    """Yield the rows of ``components.csv``."""
    for (subject, quantity), (figures, per) in CONSTANTS.items():
        for (criterion, unit), value in zip(UNITS.items(), figures, strict=True):
            low, high = RANGES[criterion]
            bounds = (value, low * value, high * value)
            yield _row(subject, f"{quantity}-{criterion}", bounds, f"{unit}/{per}", "embodied", UBA)
    low, high = _GPU_RANGE
    for (subject, quantity), (figures, per) in _GPU_CONSTANTS.items():
        for (criterion, unit), value in zip(UNITS.items(), figures, strict=True):
            bounds = (value, low * value, high * value)
            name = f"{quantity}-{criterion}"
            yield _row(subject, name, bounds, f"{unit}/{per}", "embodied", GPU_STUDY)
    for (criterion, unit), value in zip(UNITS.items(), _FACILITY, strict=True):
        bounds = (value, 0.5 * value, 2 * value)
        source = "ADEME and ARCEP as stated by Simon et al., HotCarbon 2024, equation 8"
        yield _row("facility", criterion, bounds, f"{unit}/kWh", "embodied", source)
    for subject, quantity, bounds, unit, source in _FIGURES:
        yield _row(subject, quantity, bounds, unit, "count", source)


def accelerator_rows() -> Iterator[Row]:
    """Yield the rows of ``accelerators.csv``."""
    for name, facts in ACCELERATORS.items():
        low, high = _WATTS_RANGE[_watts_basis(facts)]
        points = {0: facts.idle_watts, 100: facts.full_watts}
        points |= {load: ratio * facts.full_watts for load, ratio in _RATIOS.items()}
        for load, watts in sorted(points.items()):
            bounds = (watts, low * watts, high * watts)
            yield _row(name, f"watts-{load}", bounds, "W/unit", "use", facts.source)
        spread = (0.5, 1.5) if facts.source.startswith("assumption") else (0.95, 1.05)
        silicon = "die areas and memory as published by the maker or the press"
        silicon = _OWN if facts.source.startswith("assumption") else silicon
        die = (facts.die_mm2, spread[0] * facts.die_mm2, spread[1] * facts.die_mm2)
        yield _row(name, "die", die, "mm2", "count", silicon)
        yield _row(name, "dies", (facts.dies,) * 3, "unit", "count", silicon)
        yield _row(name, "memory", (facts.memory_gb,) * 3, "GB/unit", "count", silicon)
        parts = zip(("casing", "heat-sink", "board", "mass"), _FORMS[facts.form], strict=True)
        for part, size in parts:
            unit = "cm2/unit" if part == "board" else "kg/unit"
            source = f"assumption: a {facts.form} like those that Falk et al. 2025 took apart"
            yield _row(name, part, (size, 0.5 * size, 1.5 * size), unit, "count", source)


def _watts_basis(facts: Accelerator) -> str:
    if facts.source.startswith("assumption"):
        return "own"
    return "asset" if "data sheet" in facts.source else "Teads"


def _row(
    subject: str,
    quantity: str,
    bounds: tuple[float, float, float],
    unit: str,
    boundary: str,
    source: str,
) -> Row:
    value, low, high = bounds
    return Row(
        subject=subject,
        quantity=quantity,
        value=value,
        low=low,
        high=high,
        unit=unit,
        boundary=boundary,
        geography="world",
        year=2025 if source in (GPU_STUDY, _OWN) or "data sheet" in source else 2021,
        source=source,
        licence=_licence(source),
    )


def _licence(source: str) -> str:
    if source.startswith("assumption"):
        return "own assumption"
    return "Apache-2.0" if "ccf-coefficients" in source or "Cloud Carbon" in source else "fact"
