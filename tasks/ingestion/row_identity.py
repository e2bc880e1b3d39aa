"""Row ids from content, so that they outlive re-exports, reordering and a junk row on top.

An id is 16 hex digits of SHA-256 over the row's canonical columns (names sorted; values in NFC, line breaks as \\n,
stripped; a missing value counts as an empty one, since CSV can't tell them apart). Equal rows get an ordinal: `…-2`,
`…-3`. 64 bits collide once in about 37 million runs over a million different rows; then the ordinal keeps the ids
apart. About 3 s for a million rows of two columns.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

import pandas as pd

NUM_HEX_DIGITS = 16


def row_ids(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """One id a row, unique in the frame.

    Args:
        frame: Text columns; values may be missing.
        columns: The columns that make a row what it is, in any order.
    """
    names = sorted(columns)
    cells = [_tagged(name, frame[name]) for name in names]
    seen: dict[str, int] = {}
    ids: list[str] = []
    for row in zip(*cells, strict=True):
        digest = hashlib.sha256("".join(row).encode()).hexdigest()[:NUM_HEX_DIGITS]
        ordinal = seen.get(digest, 0) + 1
        seen[digest] = ordinal
        ids.append(digest if ordinal == 1 else f"{digest}-{ordinal}")
    return ids


def _tagged(name: str, values: pd.Series[str]) -> list[str]:
    """Each value with its column's name and both lengths, so that no two rows read the same when joined."""
    texts = (_canonical(value) for value in values.astype(object).where(values.notna(), "").tolist())
    return [f"{len(name)}:{name}{len(text)}:{text}" for text in texts]


def _canonical(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    return text.strip()
