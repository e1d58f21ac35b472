"""EC2: accounts that have two Regions enabled, so that an inventory of forty is done in time."""

from typing import Final

from ministack.services import ec2

from emulator import hooks

ENABLED: Final = ("us-east-1", "eu-west-1")


def install() -> None:
    """Leave two of the Regions that MiniStack knows."""
    known = dict(hooks.part(ec2, "_AWS_REGIONS"))
    missing = set(ENABLED) - known.keys()
    if missing:
        raise hooks.HookMissingError(f"MiniStack knows no Region {sorted(missing)}")
    hooks.replace(ec2, "_AWS_REGIONS", [(name, known[name]) for name in ENABLED])
