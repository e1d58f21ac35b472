"""Which factors and rules this engine carries."""

import hashlib
from importlib import resources

from crossfoot.domain.versions import FactorSetVersion


def factor_set_version() -> FactorSetVersion:
    """Return a digest of the factor and rule tables that this engine carries."""
    digest = hashlib.sha256()
    folder = resources.files("crossfoot.factors")
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".csv"):
            digest.update(entry.name.encode())
            digest.update(entry.read_bytes())
    return FactorSetVersion(f"f-{digest.hexdigest()[:12]}")
