"""Shared objects without their section tables, and what they link: ELF, little endian, 64 bit.

The loader reads segments only. Sections (symbols for linkers, notes of the compiler) lie behind
the last segment of a shared object and are a fifth of it; cutting them off is what ``sstrip`` does
and needs no tool of the target architecture, so that it comes out the same on every machine.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crossfoot_layers.errors import PackingError

_MAGIC: Final = b"\x7fELF\x02\x01"
_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT: Final = struct.Struct("<IIQQQQQQ")
_ENTRY: Final = struct.Struct("<qQ")
_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRING_TABLE, _SONAME = 1, 5, 14


@dataclass(frozen=True, slots=True)
class _Segment:
    kind: int
    offset: int
    address: int
    size: int


def is_shared_object(content: bytes) -> bool:
    """Return whether a file is one for the machines that Lambda runs on."""
    return content.startswith(_MAGIC)


def without_sections(content: bytes) -> bytes:
    """Return a shared object up to its last segment, saying that it has no sections."""
    header = list(_HEADER.unpack_from(content))
    segments_end = header[5] + header[9] * header[10]
    end = max(segments_end, *(each.offset + each.size for each in _segments(content)))
    header[6] = header[12] = header[13] = 0  # e_shoff, e_shnum, e_shstrndx
    return _HEADER.pack(*header) + content[_HEADER.size : end]


def needed_libraries(content: bytes) -> tuple[str, ...]:
    """Return the names of the libraries that the loader will look for."""
    return _names(content, _NEEDED)


def soname(content: bytes) -> str | None:
    """Return the name under which others link a library."""
    return next(iter(_names(content, _SONAME)), None)


def _names(content: bytes, tag: int) -> tuple[str, ...]:
    entries = tuple(_dynamic_entries(content))
    strings = next((value for each, value in entries if each == _STRING_TABLE), None)
    if strings is None:
        return ()
    table = _offset_of(content, strings)
    return tuple(_text(content, table + value) for each, value in entries if each == tag)


def _dynamic_entries(content: bytes) -> Iterator[tuple[int, int]]:
    for segment in _segments(content):
        if segment.kind == _DYNAMIC:
            yield from _ENTRY.iter_unpack(content[segment.offset : segment.offset + segment.size])


def _segments(content: bytes) -> Iterator[_Segment]:
    header = _HEADER.unpack_from(content)
    for index in range(header[10]):
        kind, _, offset, address, _, size, _, _ = _SEGMENT.unpack_from(
            content, header[5] + index * header[9]
        )
        yield _Segment(kind, offset, address, size)


def _offset_of(content: bytes, address: int) -> int:
    for segment in _segments(content):
        if segment.kind == _LOAD and 0 <= address - segment.address < segment.size:
            return segment.offset + address - segment.address
    raise PackingError("A shared object names an address outside of its segments.")


def _text(content: bytes, offset: int) -> str:
    return content[offset : content.index(b"\0", offset)].decode("ascii")
