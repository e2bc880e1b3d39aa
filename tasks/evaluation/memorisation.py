"""How much of what a model writes is copied from the rows it was trained on.

A run of words counts as copied where it stands in one training row. Runs are followed from one word on, two words,
three …, by a rolling 64-bit hash, and only where the shorter run was found: one pass over the training words a length,
over ever fewer of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

COPIED_RUN = 8
"""Words running that make a text a copy. Of held-out rows 3 % share so many with a training row (2,508 well-known
quotes, most of them the same quote in another form), 2 % of the demo's; five words 9 % and 47 %."""
SHORTEST_COPY = 4
"""Words of a text that is a copy when all of it is copied, though it is shorter than `COPIED_RUN`."""
ROWS_AT_ONCE = 50_000
"""Training rows held as words in memory."""

Codes = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
END = -1
"""Between texts, and for a training word that none of the texts has."""


def copies(length: int, longest_run: int) -> bool:
    """Whether a text of so many words is a copy.

    Args:
        length: The text's words.
        longest_run: The longest run of them that stands in one training row.
    """
    return longest_run >= min(COPIED_RUN, max(SHORTEST_COPY, length))


def longest_copied_runs(texts: Sequence[Sequence[str]], training: Iterator[Sequence[str]]) -> list[int]:
    """For each text its longest run of words that stands in a training row.

    Args:
        texts: Words of each text.
        training: Words of each training row.
    """
    codes = {word: code for code, word in enumerate(sorted({word for text in texts for word in text}))}
    ours = _joined(texts, codes)
    owner = np.repeat(np.arange(len(texts)), [len(text) + 1 for text in texts])
    longest = np.zeros(len(texts), np.int64)
    while rows := list(islice(training, ROWS_AT_ONCE)):
        _follow(ours, owner, _joined(rows, codes), longest)
    return [int(run) for run in longest]


def _follow(ours: Codes, owner: Codes, theirs: Codes, longest: Codes) -> None:
    """Raise `longest` to the runs found among these training rows."""
    ours_at, theirs_at = np.flatnonzero(ours != END), np.flatnonzero(theirs != END)
    ours_hash, theirs_hash = np.zeros(len(ours_at), np.uint64), np.zeros(len(theirs_at), np.uint64)
    length = 0
    while len(ours_at) and len(theirs_at):
        ours_hash = _extended(ours_hash, ours[ours_at + length])
        theirs_hash = _extended(theirs_hash, theirs[theirs_at + length])
        ours_found = _among(ours_hash, theirs_hash)
        theirs_found = _among(theirs_hash, ours_hash)
        length += 1
        reached = owner[ours_at[ours_found]]
        longest[reached] = np.maximum(longest[reached], length)
        ours_at, ours_hash = _going_on(ours, ours_at, ours_hash, ours_found, length)
        theirs_at, theirs_hash = _going_on(theirs, theirs_at, theirs_hash, theirs_found, length)


def _going_on(
    codes: Codes, at: Codes, hashes: Hashes, found: npt.NDArray[np.bool_], length: int
) -> tuple[Codes, Hashes]:
    """The runs that were found and have a word after them."""
    kept = found.copy()
    kept[found] = codes[at[found] + length] != END
    return at[kept], hashes[kept]


def _joined(texts: Sequence[Sequence[str]], codes: dict[str, int]) -> Codes:
    """All texts' words as numbers, `END` after each text."""
    return np.array([code for text in texts for code in (*(codes.get(word, END) for word in text), END)], np.int64)


def _extended(hashes: Hashes, words: Codes) -> Hashes:
    """The hashes of runs that are one word longer; overflow is meant."""
    scattered = (words.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    scattered = (scattered ^ (scattered >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return hashes * np.uint64(0x100000001B3) + (scattered ^ (scattered >> np.uint64(32)))


def _among(hashes: Hashes, others: Hashes) -> npt.NDArray[np.bool_]:
    known = np.unique(others)
    place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    found: npt.NDArray[np.bool_] = known[place] == hashes
    return found
