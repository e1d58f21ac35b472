"""Deterministic ids: the same numbers give the same text, on any machine and in any order."""

import hashlib
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

type UInt64Array = NDArray[np.uint64]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_HEX: Final = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_BASE32: Final = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)


def mix(numbers: NDArray[np.int64], salt: int) -> UInt64Array:
    """Return 64 well-mixed bits per number: one round of SplitMix64.

    References
    ----------
    Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    start = np.uint64((salt + 1) * int(_GOLDEN) % 2**64)
    bits = numbers.astype(np.uint64) + start
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX_1
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX_2
    return np.asarray(bits ^ (bits >> np.uint64(31)))


def hex_texts(numbers: NDArray[np.int64], salt: int, length: int = 17) -> pa.Array:
    """Return ``length`` hexadecimal digits per number, as EC2 ids end in."""
    return _digits(numbers, salt, length, _HEX, 4)


def line_id_texts(numbers: NDArray[np.int64], salt: int, length: int = 52) -> pa.Array:
    """Return ``length`` base-32 digits per number, as ``identity_line_item_id`` looks."""
    return _digits(numbers, salt, length, _BASE32, 5)


def uuid_text(*parts: int) -> str:
    """Return a UUID-shaped text made of the numbers, never of a clock."""
    digits = hex_text(" ".join(str(part) for part in parts), 32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def hex_text(text: str, length: int) -> str:
    """Return ``length`` hexadecimal digits that follow from the text; an even number of them."""
    return hashlib.blake2b(text.encode(), digest_size=length // 2).hexdigest()


def _digits(
    numbers: NDArray[np.int64], salt: int, length: int, alphabet: NDArray[np.uint8], n_bits: int
) -> pa.Array:
    per_word = 64 // n_bits
    text = np.empty((len(numbers), length), dtype=np.uint8)
    for first in range(0, length, per_word):
        bits = mix(numbers, salt * 31 + first)
        for place in range(first, min(first + per_word, length)):
            text[:, place] = alphabet[(bits & np.uint64(2**n_bits - 1)).astype(np.uint8)]
            bits = bits >> np.uint64(n_bits)
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * np.int32(length)
    return pa.StringArray.from_buffers(
        len(numbers), pa.py_buffer(offsets), pa.py_buffer(text.reshape(-1))
    )
