"""What ``check`` and ``doctor`` come back with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One published month, proven again or not, and what was looked at."""

    usage_period: str
    run_id: str
    is_proven: bool
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the doctor looked at; ``mend`` says what to do where it is not well."""

    what: str
    said: str
    is_well: bool
    mend: str = ""
