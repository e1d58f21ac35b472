"""Packing on a small tree: cut, compiled, normalised, and the same to the byte every time."""

import importlib.util
import os
import struct
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from crossfoot_layers.bytecode import compiled, compiled_path
from crossfoot_layers.errors import PackingError
from crossfoot_layers.installing import check_versions, files_by_distribution
from crossfoot_layers.linking import check_links
from crossfoot_layers.packing import pack_layer, pack_policy
from crossfoot_layers.packing_list import LeaveOut, PackingList
from crossfoot_layers.shared_objects import (
    is_shared_object,
    needed_libraries,
    soname,
    without_sections,
)
from crossfoot_layers.tree import digest_of, files_of, size_of

PACKING = PackingList("app", ("small",), (LeaveOut("tests", ("**/tests/**",)),))
RECORD = "small/__init__.py,,\nsmall/tests/test_small.py,,\nsmall/lib.so,,\n"


def test_two_builds_of_one_tree_are_equal(tmp_path: Path) -> None:
    """Neither the time, nor the modes, nor the order on disk can be seen in a layer."""
    first, second = tmp_path / "first", tmp_path / "second"
    _pack(_installed(tmp_path / "one"), first)
    other = _installed(tmp_path / "other")
    for path in other.rglob("*.py"):
        path.chmod(0o600)
        os.utime(path, (time.time() - 5000, time.time() - 5000))
    _pack(other, second)

    assert digest_of(first) == digest_of(second)
    assert list(files_of(first)) == list(files_of(second))


def test_a_layer_replaces_what_was_there(tmp_path: Path) -> None:
    """Nothing of an earlier build is left behind."""
    layer = tmp_path / "layer"
    (layer / "python").mkdir(parents=True)
    (layer / "python" / "stale.py").touch()
    _pack(_installed(tmp_path / "one"), layer)

    assert "python/stale.py" not in set(files_of(layer))
    assert "python/small/tests/test_small.py" not in set(files_of(layer))


def test_scripts_and_records_stay_at_home(tmp_path: Path) -> None:
    """What installers write for themselves is not in a layer."""
    target = _installed(tmp_path / "one")
    with (target / "small-1.dist-info" / "RECORD").open("a") as record:
        record.write("bin/small,,\n../../bin/other,,\nsmall-1.dist-info/RECORD,,\n")

    assert files_by_distribution(target)["small"] == [
        "small/__init__.py",
        "small/tests/test_small.py",
        "small/lib.so",
    ]


def test_another_version_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    """The installer's word is not taken for it."""
    with pytest.raises(PackingError, match=r"\('small', '1'\).*\('small', '2'\)"):
        check_versions(_installed(tmp_path), {"small": "2"})


def test_bytecode_lies_where_python_looks_for_it() -> None:
    """The name is the one that the import system derives from the source."""
    assert compiled_path("small/a.py") == importlib.util.cache_from_source("small/a.py")


def test_bytecode_is_trusted_without_its_source(tmp_path: Path) -> None:
    """An import takes the compiled module, even where the source says something else."""
    source = tmp_path / "trusted_module.py"
    source.write_text("VALUE = 'edited later'\n")
    path = tmp_path / compiled_path("trusted_module.py")
    path.parent.mkdir()
    path.write_bytes(compiled("trusted_module.py", b"VALUE = 'compiled'\n"))
    spec = importlib.util.spec_from_file_location("trusted_module", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert module.VALUE == "compiled"


def test_bytecode_does_not_depend_on_what_the_process_holds() -> None:
    """A name that somebody else holds too does not change a byte."""
    source = b"def f():\n    return 'a rather unusual name', {'x', 'y', 'z'}\n"
    before = compiled("m.py", source)
    held = [sys.intern("a rather unusual name"), compile(source, "/opt/python/m.py", "exec")]
    after = compiled("m.py", source)

    assert held
    assert before == after


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads this machine's ELF files")
def test_a_shared_object_without_sections_still_says_what_it_links() -> None:
    """Names and segments survive the cut; only what no loader reads is gone."""
    content = Path(np.linalg._umath_linalg.__file__).read_bytes()
    cut = without_sections(content)

    assert is_shared_object(cut)
    assert len(cut) <= len(content)
    assert needed_libraries(cut) == needed_libraries(content) != ()
    assert without_sections(cut) == cut


def test_a_shared_object_that_links_what_was_left_out_is_refused(tmp_path: Path) -> None:
    """The library is named with the file that wants it."""
    (tmp_path / "a.so").write_bytes(_shared_object(needed="libgone.so.1"))

    with pytest.raises(PackingError, match=r"a\.so links libgone\.so\.1"):
        check_links(tmp_path)


def test_a_library_is_found_by_its_own_name_and_by_its_file(tmp_path: Path) -> None:
    """Links inside of the layer and to the runtime's own libraries are in order."""
    (tmp_path / "a.so").write_bytes(_shared_object(needed="libb.so.2"))
    (tmp_path / "libb.so").write_bytes(_shared_object(needed="libc.so.6", own="libb.so.2"))
    check_links(tmp_path)

    assert soname((tmp_path / "libb.so").read_bytes()) == "libb.so.2"


def test_what_follows_the_last_segment_is_cut() -> None:
    """Sections lie behind the segments, and the header says that there are none."""
    content = _shared_object(needed="libc.so.6")
    cut = without_sections(content + b"section table" * 10)

    assert cut == without_sections(content)
    assert struct.unpack_from("<Q", cut, 40) == (0,)


def test_the_policy_carries_the_configuration_as_it_is(tmp_path: Path) -> None:
    """The file in the layer is the user's, byte for byte."""
    pack_policy(b'method = "cost"\n', tmp_path / "policy")
    folder = tmp_path / "policy" / "python" / "crossfoot_policy"

    assert (folder / "configuration.toml").read_bytes() == b'method = "cost"\n'
    assert (folder / "__init__.py").is_file()
    assert size_of(tmp_path / "policy") < 1024


def _installed(target: Path) -> Path:
    for name, content in {
        "small/__init__.py": b'"""Small."""\nNAMES = {"a", "b", "c"}\n',
        "small/tests/test_small.py": b"assert True\n",
        "small/lib.so": _shared_object(needed="libc.so.6"),
        "small-1.dist-info/RECORD": RECORD.encode(),
    }.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return target


def _pack(target: Path, layer: Path) -> None:
    pack_layer(target, files_by_distribution(target), PACKING, layer)


def _shared_object(*, needed: str, own: str = "") -> bytes:
    """Return a shared object of one loaded and one dynamic segment, and a section table behind."""
    names = b"\0" + needed.encode() + b"\0" + own.encode() + b"\0"
    dynamic_at = 64 + 2 * 56
    entries = [(1, 1), (5, dynamic_at + 4 * 16), (14, 2 + len(needed)) if own else (0, 0), (0, 0)]
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in entries)
    end = dynamic_at + len(dynamic) + len(names)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01", 3, 183, 1, 0, 64, end, 0, 64, 56, 2, 64, 1, 0,
    )  # fmt: skip
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, end, end, 4096)
    segment = struct.pack(
        "<IIQQQQQQ", 2, 6, dynamic_at, dynamic_at, 0, len(dynamic), len(dynamic), 8
    )
    return header + load + segment + dynamic + names + b"\0" * 64
