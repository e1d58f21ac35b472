"""The calculators' commands: a job, an instance, a server; they read no file and write none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from crossfoot.domain.errors import InvalidArgumentError
from crossfoot.exits import named_exit

if TYPE_CHECKING:  # the command line starts without NumPy
    from crossfoot.engine.job import Processors

calculators = typer.Typer()

_AMOUNT: Final = r"[0-9]{1,12}(?:\.[0-9]{1,12})?"
_CHIPS: Final = "N:GB[:DENSITY]"
_TWO: Final = re.compile(rf"(?P<count>[0-9]{{1,9}}):(?P<size>{_AMOUNT})", re.ASCII)
_TWO_OR_THREE: Final = re.compile(rf"{_TWO.pattern}(?::(?P<density>{_AMOUNT}))?", re.ASCII)

_Json = Annotated[bool, typer.Option("--json", help="Machine-readable.")]
_Factors = Annotated[bool, typer.Option("--factors", help="Name every factor used, too.")]
_Intensity = Annotated[
    float | None, typer.Option("--intensity", help="Electricity's intensity [gCO2e/kWh].")
]
_Region = Annotated[str | None, typer.Option("--region", help="Region of AWS, code or name.")]


@calculators.command()
def job(  # noqa: PLR0913 - one parameter per option of the contract
    *,
    hours: Annotated[float, typer.Option(help="How long it runs.")],
    cores: Annotated[int | None, typer.Option(help="Cores that it holds.")] = None,
    core_power: Annotated[float | None, typer.Option(help="Watts of a core.")] = None,
    core_usage: Annotated[float | None, typer.Option(help="Busy part, 0 to 1 [1].")] = None,
    gpus: Annotated[int | None, typer.Option(help="GPUs that it holds.")] = None,
    gpu_power: Annotated[float | None, typer.Option(help="Watts of a GPU.")] = None,
    gpu_usage: Annotated[float | None, typer.Option(help="Busy part, 0 to 1 [1].")] = None,
    memory_gb: Annotated[float | None, typer.Option(help="Memory that it holds [GB].")] = None,
    pue: Annotated[
        float | None, typer.Option(help="Overhead of the site [the Region's, else 1.56].")
    ] = None,
    intensity: _Intensity = None,
    region: _Region = None,
    functional_units: Annotated[
        float | None, typer.Option(help="What it serves, such as users: SCI for each.")
    ] = None,
    as_json: _Json = False,
    with_factors: _Factors = False,
) -> None:
    """Estimate a training or batch job by the inputs of Green Algorithms, before or after it."""
    from crossfoot.bootstrap import calculating  # noqa: PLC0415 - `--help` must not wait for NumPy
    from crossfoot.engine.job import Job  # noqa: PLC0415
    from crossfoot.said_figures import show_job  # noqa: PLC0415

    with named_exit():
        what = Job(
            hours=hours,
            cores=_processors("core", cores, core_power, core_usage),
            gpus=_processors("gpu", gpus, gpu_power, gpu_usage),
            memory_gb=memory_gb,
            functional_units=functional_units,
        )
        found = calculating.job(what, calculating.Where(intensity, region), pue)
    show_job(found, as_json=as_json, with_factors=with_factors)


@calculators.command()
def instance(
    instance_type: Annotated[
        str, typer.Argument(metavar="TYPE", help="Such as m5.xlarge or db.r6g.large.")
    ],
    *,
    region: Annotated[str, typer.Option(help="Region of AWS, code or name.")],
    load: Annotated[
        float | None, typer.Option(help="Mean load of its processors [%]; 50 where unknown.")
    ] = None,
    hours: Annotated[float, typer.Option(help="How long it runs.")] = 1.0,
    as_json: _Json = False,
    with_factors: _Factors = False,
) -> None:
    """Estimate one machine of AWS: its use and its share of making the hardware."""
    from crossfoot.bootstrap import calculating  # noqa: PLC0415
    from crossfoot.said_figures import show_instance  # noqa: PLC0415

    with named_exit():
        found = calculating.instance(instance_type, hours, load, region)
    show_instance(found, as_json=as_json, with_factors=with_factors)


@calculators.command()
def server(  # noqa: PLR0913
    *,
    cpu: Annotated[list[str] | None, typer.Option(metavar="N:DIE_MM2")] = None,
    ram: Annotated[list[str] | None, typer.Option(metavar="N:GB[:DENSITY]")] = None,
    ssd: Annotated[list[str] | None, typer.Option(metavar="N:GB[:DENSITY]")] = None,
    hdd: Annotated[int, typer.Option(help="Hard disks, of whatever size.")] = 0,
    psu: Annotated[list[str] | None, typer.Option(metavar="N:KG")] = None,
    case: Annotated[str, typer.Option(metavar="rack|blade")] = "rack",
    years: Annotated[float | None, typer.Option(help="Lifetime [4].")] = None,
    watts: Annotated[float | None, typer.Option(help="Mean power at the meter.")] = None,
    intensity: _Intensity = None,
    region: _Region = None,
    as_json: _Json = False,
    with_factors: _Factors = False,
) -> None:
    """Estimate a server of your own from its components, over its life; DENSITY is in GB/cm2."""
    from crossfoot.bootstrap import calculating  # noqa: PLC0415
    from crossfoot.engine.server_impact import Chips, Server  # noqa: PLC0415
    from crossfoot.said_figures import show_server  # noqa: PLC0415

    with named_exit():
        what = Server(
            cpus=tuple((n, die) for n, die, _ in _amounts("--cpu", cpu, "N:DIE_MM2")),
            rams=tuple(Chips(*each) for each in _amounts("--ram", ram, _CHIPS)),
            ssds=tuple(Chips(*each) for each in _amounts("--ssd", ssd, _CHIPS)),
            hdds=hdd,
            power_supplies=tuple((n, kg) for n, kg, _ in _amounts("--psu", psu, "N:KG")),
            is_blade=_is_blade(case),
            years=years,
            watts=watts,
        )
        found = calculating.server(what, calculating.Where(intensity, region))
    show_server(found, as_json=as_json, with_factors=with_factors)


def _processors(
    name: str, count: int | None, watts: float | None, usage: float | None
) -> Processors | None:
    """Return cores or GPUs; None where there are none.

    Raises
    ------
    InvalidArgumentError
        If only a part of what is needed was given.
    """
    from crossfoot.engine.job import Processors  # noqa: PLC0415

    if (count, watts, usage) == (None, None, None):
        return None
    if count is None or watts is None:
        raise InvalidArgumentError(
            f"--{name}s and --{name}-power need each other.",
            mend=f"Give both, such as --{name}s 8 --{name}-power 10; watts are those of one.",
        )
    return Processors(count, watts) if usage is None else Processors(count, watts, usage)


def _amounts(
    option: str, texts: Sequence[str] | None, form: str
) -> list[tuple[int, float, float | None]]:
    """Return count, size and density of each text, such as ``2:32:1.24``.

    Raises
    ------
    InvalidArgumentError
        If a text has another form.
    """
    pattern = _TWO_OR_THREE if form.endswith("]") else _TWO
    found = [(text, pattern.fullmatch(text)) for text in texts or ()]
    for text, match in found:
        if match is None:
            raise InvalidArgumentError(
                f"{option} {text!r} is not {form}.", mend=f"Write it as {form}, in numbers."
            )
    groups = [match.groupdict() for _, match in found if match is not None]
    return [
        (
            int(it["count"]),
            float(it["size"]),
            float(density) if (density := it.get("density")) else None,
        )
        for it in groups
    ]


def _is_blade(case: str) -> bool:
    if case not in {"rack", "blade"}:
        raise InvalidArgumentError(f"--case is {case!r}.", mend="Give rack or blade.")
    return case == "blade"
