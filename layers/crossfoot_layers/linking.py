"""Whether every shared object of a layer finds what it links, on a machine we cannot run."""

import re
from pathlib import Path
from typing import Final

from crossfoot_layers.errors import PackingError
from crossfoot_layers.shared_objects import is_shared_object, needed_libraries, soname
from crossfoot_layers.tree import files_of

_OF_THE_RUNTIME: Final = re.compile(
    r"(ld-linux.*|lib(c|m|dl|rt|pthread|util|gcc_s|stdc\+\+))\.so\.\d+"
)
"""What Amazon Linux 2023 brings along."""


def check_links(root: Path) -> None:
    """See that nothing links a library that was left out.

    Raises
    ------
    PackingError
        Names the file and the library.
    """
    objects = {
        name: content
        for name in files_of(root)
        if is_shared_object(content := (root / name).read_bytes())
    }
    offered = {Path(name).name for name in objects}
    offered |= {own for content in objects.values() if (own := soname(content)) is not None}
    for name, content in objects.items():
        for library in needed_libraries(content):
            if library not in offered and _OF_THE_RUNTIME.fullmatch(library) is None:
                raise PackingError(f"{name} links {library}, which is in no layer.")
