"""Compiled modules beside their sources: /opt is read-only, so nobody else would keep them.

Without them each cold start compiles what it imports, which doubles its time.
"""

import importlib.util
import marshal
import sys
import warnings
from pathlib import PurePosixPath
from typing import Final

LAYER_ROOT: Final = "/opt/python"
"""Where Lambda unpacks a layer's ``python`` folder: what tracebacks name."""

_WITHOUT_REFERENCES: Final = 2
"""Marshal's last version that writes each object out.

Later ones refer back to shared objects, and whether an object counts as shared depends on what
else the compiling process holds: two builds would differ.
"""

_UNCHECKED_HASH: Final = (0b01).to_bytes(4, "little")
"""PEP 552: the loader trusts the file and never looks at its source."""


def compiled_path(source: str) -> str:
    """Return where the runtime's Python looks for a module's bytecode."""
    path = PurePosixPath(source)
    tag = sys.implementation.cache_tag
    return str(path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc")


def compiled(source: str, content: bytes) -> bytes:
    """Return the bytecode file of a module.

    Parameters
    ----------
    source : str
        Path below ``python/``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # other people's invalid escapes
        code = compile(content, f"{LAYER_ROOT}/{source}", "exec", dont_inherit=True, optimize=0)
    return b"".join(
        (
            importlib.util.MAGIC_NUMBER,
            _UNCHECKED_HASH,
            importlib.util.source_hash(content),
            marshal.dumps(code, _WITHOUT_REFERENCES),
        )
    )
