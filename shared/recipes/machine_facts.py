"""Facts about machines that the reference copies lack; each is AWS's or a maker's publication."""

from typing import Final, NamedTuple


class Processor(NamedTuple):
    """A processor as AWS rents it.

    ``measured`` is the name under which the Teads figures list it or its stand-in, ``architecture``
    the SPECpower line that serves else. ``threads`` is how many hardware threads a vCPU owns
    compared with that figure's. ``die_mm2`` is per socket, with its bounds.
    """

    measured: str
    architecture: str
    threads: float
    die_mm2: tuple[float, float, float]
    note: str


def _known(area: float) -> tuple[float, float, float]:
    return area, round(0.95 * area, 1), round(1.05 * area, 1)


_CORE = "each vCPU is a core: two threads of the figure"
_GRAVITON = "no figure of its own: Graviton2's per core"

PROCESSORS: Final = {
    "graviton1": Processor("Graviton", "", 1, (456, 150, 456), "die not published"),
    "graviton2": Processor("Graviton2", "", 1, (456, 350, 500), "die not published"),
    "graviton3": Processor("Graviton2", "", 1, (560, 400, 700), f"{_GRAVITON}; die not published"),
    "graviton3e": Processor("Graviton2", "", 1, (560, 400, 700), f"{_GRAVITON}; die not published"),
    "graviton4": Processor("Graviton2", "", 1, (750, 500, 900), f"{_GRAVITON}; die not published"),
    "xeon-e5-2650": Processor("Xeon E5-2650", "", 1, _known(435), ""),
    "xeon-e5-2665": Processor("Xeon E5-2665", "", 1, _known(435), ""),
    "xeon-e5-2670": Processor("Xeon E5-2670", "", 1, _known(435), ""),
    "xeon-e5-2651-v2": Processor("Xeon E5-2651 v2", "", 1, _known(541), ""),
    "xeon-e5-2670-v2": Processor("Xeon E5-2670 v2", "", 1, _known(341), ""),
    "xeon-e5-2680-v2": Processor("Xeon E5-2680 v2", "", 1, _known(341), ""),
    "xeon-e5-2666-v3": Processor("Xeon E5-2666 v3", "", 1, _known(492), ""),
    "xeon-e5-2676-v3": Processor("Xeon E5-2676 v3", "", 1, _known(492), ""),
    "xeon-e7-8880-v3": Processor("Xeon E7-8880 v3", "", 1, _known(662), ""),
    "xeon-e5-2686-v4": Processor("Xeon E5-2686 v4", "", 1, _known(456), ""),
    "xeon-8124m": Processor("Xeon Platinum 8124M", "", 1, _known(694), ""),
    "xeon-8151": Processor("Xeon Platinum 8151", "", 1, _known(694), ""),
    "xeon-8175m": Processor("Xeon Platinum 8175M", "", 1, _known(694), ""),
    "xeon-8176m": Processor("Xeon Platinum 8176M", "", 1, _known(694), ""),
    "xeon-8252c": Processor("Xeon Platinum 8252C", "", 1, _known(694), ""),
    "xeon-8259cl": Processor("Xeon Platinum 8259CL", "", 1, _known(694), ""),
    "xeon-8275cl": Processor("Xeon Platinum 8275CL", "", 1, _known(694), ""),
    "xeon-8375c": Processor("Xeon Platinum 8375C", "", 1, _known(660), ""),
    "xeon-8375c-core": Processor("Xeon Platinum 8375C", "", 2, _known(660), _CORE),
    "sapphire-rapids": Processor("", "Sapphire Rapids", 1, _known(1576), ""),
    "emerald-rapids": Processor("", "Emerald Rapids", 1, _known(1526), ""),
    "granite-rapids": Processor("", "Granite Rapids", 1, (2276, 1678, 2390), ""),
    "epyc-7571": Processor("EPYC 7571", "", 1, _known(852), ""),
    "epyc-7r32": Processor("EPYC 7R32", "", 1, (1008, 860, 1008), ""),
    "epyc-7r13": Processor("", "EPYC 3rd Gen", 1, (1064, 902, 1064), ""),
    "epyc-7r13-core": Processor("", "EPYC 3rd Gen", 2, (1064, 902, 1064), _CORE),
    "epyc-9r14": Processor("", "EPYC 4th Gen", 2, _known(1261), _CORE),
    "epyc-9r45": Processor("", "EPYC 5th Gen", 2, (1244, 960, 1560), _CORE),
    "epyc-9r05": Processor("", "EPYC 5th Gen", 2, (960, 680, 1244), _CORE),
    "core-i7-8700b": Processor("Core i7-8700B", "", 1, _known(150), ""),
    "apple-m1": Processor("", "Apple", 1, _known(119), ""),
    "apple-m1-ultra": Processor("", "Apple", 1, _known(840), ""),
    "apple-m2": Processor("", "Apple", 1, _known(155), ""),
    "apple-m2-pro": Processor("", "Apple", 1, _known(289), ""),
    "apple-m4": Processor("", "Apple", 1, (166, 140, 190), "die not published"),
    "apple-m4-pro": Processor("", "Apple", 1, (243, 200, 290), "die not published"),
    "nvidia-grace": Processor("", "Grace", 1, (550, 450, 700), "die not published"),
}

SPECPOWER_OVERRIDES: Final = {
    # 3.68 and 8.96 W a thread are the mean of small test machines; five times its forerunner
    "EPYC 5th Gen": ("EPYC 4th Gen", "5th generation taken as the 4th: its own figure is broken"),
}
"""Lines of SPECpower that look broken, what stands in, and why."""

OWN_LINES: Final = {
    "Apple": (0.6, 3.5, 64.0, "Apple's specified power of Mac mini and Mac Studio, per core"),
    "Grace": (0.9, 3.5, 480.0, "NVIDIA Grace: 500 W with memory for 144 cores, idle assumed"),
}
"""Lines without SPECpower result: W per vCPU idle and at full load, GB per socket, source."""

NAMES: Final = {
    "annapurna labs graviton": "graviton1",
    "graviton": "graviton1",
    "graviton2": "graviton2",
    "aws graviton2 processor": "graviton2",
    "aws graviton3 processor": "graviton3",
    "aws graviton3e processor": "graviton3e",
    "aws graviton4 processor": "graviton4",
    "xeon e5-2650": "xeon-e5-2650",
    "xeon e5-2665": "xeon-e5-2665",
    "xeon e5-2670": "xeon-e5-2670",
    "xeon e5-2651 v2": "xeon-e5-2651-v2",
    "xeon e5-2670 v2": "xeon-e5-2670-v2",
    "xeon e5-2680 v2": "xeon-e5-2680-v2",
    "xeon e5-2666 v3": "xeon-e5-2666-v3",
    "xeon e5-2676 v3": "xeon-e5-2676-v3",
    "xeon e7-8880 v3": "xeon-e7-8880-v3",
    "haswell e7 8880v3": "xeon-e7-8880-v3",
    "xeon e5-2686 v4": "xeon-e5-2686-v4",
    "broadwell e5-2686 v4": "xeon-e5-2686-v4",
    "xeon family": "xeon-e5-2676-v3",
    "xeon platinum 8124m": "xeon-8124m",
    "xeon platinum 8151": "xeon-8151",
    "xeon platinum 8175m": "xeon-8175m",
    "skylake p-8175": "xeon-8175m",
    "xeon platinum 8176m": "xeon-8176m",
    "xeon platinum 8280l": "xeon-8176m",
    "xeon platinum 8252c": "xeon-8252c",
    "xeon platinum 8259cl": "xeon-8259cl",
    "xeon platinum 8259l": "xeon-8259cl",
    "cascade lake p-8259cl": "xeon-8259cl",
    "xeon cascade lake": "xeon-8275cl",
    "xeon platinum 8275cl": "xeon-8275cl",
    "xeon platinum 8375c": "xeon-8375c",
    "xeon ice lake": "xeon-8375c",
    "xeon ice lake 8375c": "xeon-8375c",
    "xeon sapphire rapids": "sapphire-rapids",
    "emerald rapids": "emerald-rapids",
    "xeon emerald rapids": "emerald-rapids",
    "xeon granite rapids": "granite-rapids",
    "epyc 7571": "epyc-7571",
    "epyc 7r32": "epyc-7r32",
    "epyc 7r13": "epyc-7r13",
    "epyc 9r14": "epyc-9r14",
    "epyc 9r45": "epyc-9r45",
    "epyc 9r05": "epyc-9r05",
    "core i7-8700b": "core-i7-8700b",
    "apple m1 chip with 8-core cpu": "apple-m1",
    "apple m1 ultra with 20-core cpu": "apple-m1-ultra",
    "apple m2 with 8-core cpu": "apple-m2",
    "apple m2 pro with 12-core cpu": "apple-m2-pro",
    "apple m4 with 10-core cpu": "apple-m4",
    "apple m4 with 12-core cpu": "apple-m4-pro",
    "nvidia grace cpu": "nvidia-grace",
}
"""How the copies write a processor, in lower case and without the maker, and what we call it."""

CORE_FAMILIES: Final = {"hpc6a": "epyc-7r13-core", "hpc6id": "xeon-8375c-core"}
"""Families that are sold without simultaneous multithreading."""

WHOLE_SERVER_FAMILIES: Final = ("hpc", "mac", "u-", "u7i")
"""Every size reserves the whole server, also where it shows fewer vCPUs."""

SPINNING_FAMILIES: Final = ("c1", "cc2", "m1", "m2")
"""The copy says SSD; AWS's documentation of the first generations says magnetic."""

_SSD_59 = (59.375, 1900)
_SSD_234 = (234.375, 3750)
_SSD_468 = (468.75, 7500)
_SSD_625 = (625.0, 7500)

SSD_PER_VCPU: Final = {
    **dict.fromkeys(("c7gd", "m7gd", "r7gd", "c8gd", "m8gd", "r8gd", "c6gd"), _SSD_59),
    **dict.fromkeys(("c6id", "m6id", "r6id", "m6idn", "r6idn", "m6gd", "r6gd"), _SSD_59),
    **dict.fromkeys(("x2idn", "x2iedn"), (29.6875, 1900)),
    **dict.fromkeys(("c8id", "m8id", "r8id"), (59.375, 3800)),
    **dict.fromkeys(("i4i", "i4g", "i7i", "i8g"), _SSD_234),
    **dict.fromkeys(("i3en", "i7ie", "i8ge"), _SSD_625),
    "im4gn": _SSD_468,
    "is4gen": (937.5, 7500),
    "x8aedz": (79.1667, 3800),
}
"""Local SSD in GB per vCPU and the largest drive, where sizes follow a rule."""

LOCAL_SSDS: Final = {
    "g4ad.xlarge": (1, 150), "g4ad.2xlarge": (1, 300),
    "g5.xlarge": (1, 250), "g5.2xlarge": (1, 450), "g5.4xlarge": (1, 600), "g5.8xlarge": (1, 900),
    "g5.12xlarge": (1, 3800), "g5.16xlarge": (1, 1900), "g5.24xlarge": (1, 3800),
    "g5.48xlarge": (2, 7600),
    "g6.xlarge": (1, 250), "g6.2xlarge": (1, 450), "g6.4xlarge": (1, 600), "g6.8xlarge": (2, 900),
    "g6.12xlarge": (4, 3760), "g6.16xlarge": (2, 1880), "g6.24xlarge": (4, 3760),
    "g6.48xlarge": (8, 7520), "gr6.4xlarge": (1, 600), "gr6.8xlarge": (2, 900),
    "g6f.large": (1, 110), "g6f.xlarge": (1, 110), "g6f.2xlarge": (1, 220),
    "g6f.4xlarge": (1, 440), "gr6f.4xlarge": (1, 440),
    "g6e.xlarge": (1, 250), "g6e.2xlarge": (1, 450), "g6e.4xlarge": (1, 600),
    "g6e.8xlarge": (1, 900), "g6e.12xlarge": (2, 3800), "g6e.16xlarge": (1, 1900),
    "g6e.24xlarge": (2, 3800), "g6e.48xlarge": (4, 7600),
    "g7e.2xlarge": (1, 1900), "g7e.4xlarge": (1, 1900), "g7e.8xlarge": (1, 1900),
    "g7e.12xlarge": (1, 3800), "g7e.24xlarge": (2, 7600), "g7e.48xlarge": (4, 15200),
    "p4d.24xlarge": (8, 8000), "p4de.24xlarge": (8, 8000),
    "p5.4xlarge": (1, 3840), "p5.48xlarge": (8, 30720), "p5e.48xlarge": (8, 30720),
    "p5en.48xlarge": (8, 30720), "p6-b200.48xlarge": (8, 30720), "p6-b300.48xlarge": (8, 30720),
    "p6e-gb200.36xlarge": (3, 22500),
    "trn1.2xlarge": (1, 474), "trn1.32xlarge": (4, 7600), "trn1n.32xlarge": (4, 7600),
    "trn2.3xlarge": (1, 470), "trn2.48xlarge": (4, 7680), "trn2u.48xlarge": (4, 7680),
    "dl1.24xlarge": (4, 4000), "f2.6xlarge": (1, 940), "f2.12xlarge": (1, 1900),
    "f2.48xlarge": (8, 7600), "hpc6id.32xlarge": (4, 15200),
    "dc2.large": (1, 160), "dc2.8xlarge": (16, 2560),
}  # fmt: skip
"""Drives and GB together, where sizes follow no rule."""

LOCAL_HDDS: Final = {"ds2.xlarge": (3, 6000), "ds2.8xlarge": (24, 48000)}

ACCELERATOR_MEMORY_GB: Final = {"p3dn": 32, "p4de": 80}
"""Per accelerator, where a family has more than the accelerator's usual memory."""

OWN_TYPES: Final = {
    "ra3.large": (2, 16.0),
    "ra3.xlplus": (4, 32.0),
}
"""Node types of Redshift that the copies lack: vCPUs and GB."""

SHARED_PLATFORMS: Final = {"g3s": "g3", "g6f": "g6"}
"""Families that are cut from another family's server."""
