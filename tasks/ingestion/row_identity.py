"""Row ids from content, so that they outlive re-exports, reordering and a junk row on top.

An id is 16 hex digits of SHA-256 over the row's canonical columns (names sorted; values in NFC, line breaks as \\n,
stripped; a missing value counts as an empty one, since CSV can't tell them apart). Equal rows get an ordinal: `…-2`,
`…-3`. 64 bits collide once in about 37 million runs over a million different rows; then the ordinal keeps the ids
apart. About 3 s for a million rows of two columns; what has to be in memory for all rows at once is 8 bytes a row, and
40 while ordinals are counted.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

NUM_HEX_DIGITS = 16

Digests = npt.NDArray[np.uint64]


def row_ids(columns: Mapping[str, Sequence[str | None]]) -> list[str]:
    """One id a row, unique among them.

    Args:
        columns: What makes a row what it is, in any order: names to texts of equal length, which may be missing.
    """
    digests = row_digests(columns)
    return ids_of(digests, ordinals(digests))


def row_digests(columns: Mapping[str, Sequence[str | None]]) -> Digests:
    """The content's part of each row's id."""
    cells = [_tagged(name, columns[name]) for name in sorted(columns)]
    return np.fromiter((_digest(row) for row in zip(*cells, strict=True)), np.uint64)


def ordinals(digests: Digests) -> npt.NDArray[np.int64]:
    """Each row's number among the rows with its digest, from 1 in row order."""
    order = np.argsort(digests, kind="stable")
    ordered = digests[order]
    places = np.arange(len(digests))
    starts = np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(digests)]
    numbers = np.empty(len(digests), np.int64)
    numbers[order] = places - np.maximum.accumulate(np.where(starts, places, 0)) + 1
    return numbers


def ids_of(digests: Digests, numbers: npt.NDArray[np.int64]) -> list[str]:
    """Digests and ordinals as they are written."""
    return [
        f"{digest:0{NUM_HEX_DIGITS}x}" if number == 1 else f"{digest:0{NUM_HEX_DIGITS}x}-{number}"
        for digest, number in zip(digests.tolist(), numbers.tolist(), strict=True)
    ]


def _digest(row: Iterable[str]) -> int:
    return int.from_bytes(hashlib.sha256("".join(row).encode()).digest()[: NUM_HEX_DIGITS // 2], "big")


def _tagged(name: str, values: Sequence[str | None]) -> list[str]:
    """Each value with its column's name and both lengths, so that no two rows read the same when joined."""
    texts = (_canonical(value or "") for value in values)
    return [f"{len(name)}:{name}{len(text)}:{text}" for text in texts]


def _canonical(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    return text.strip()
