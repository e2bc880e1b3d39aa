"""Which rows say the same, exactly or nearly.

Exact: equal after NFKC, case folding and dropping punctuation and spaces. Nearly: MinHash (Broder 1997) over
character 5-grams proposes, with 20 bands of 4 hashes (Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, ch. 3:
a pair of Jaccard similarity s is proposed with probability 1 - (1 - s^4)^20, 0.50 at 0.43 and 0.98 at 0.65), and an
actual comparison disposes (`is_near`): most words in common, and the same numbers, since "Chapter 3" and "Chapter 4"
of a form are different facts. A paraphrase is no near duplicate.

Cost: all rows' shingles are hashed in one pass of numpy, about 0.1 ms a row of 150 characters; memory is bounded by
`CHUNK_CHARACTERS`. Crowded buckets are compared with their first member only, so no template makes it quadratic.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.validation.text_column import Ints

SHINGLE = 5
"""Characters; the usual choice for short documents (Mining of Massive Datasets, 3.2.2)."""
BANDS = 20
ROWS_PER_BAND = 4
MIN_WORDS = 5
MIN_CHARACTERS = 40
"""A text with fewer words than `MIN_WORDS` is too short to be nearly another, unless it has this many characters."""
MIN_SIMILARITY = 0.85
"""Common words of two near duplicates; 4 of the 1,323 pairs that MSRP (Dolan and Brockett 2005) calls unequal pass."""
MIN_CHARACTER_SIMILARITY = 0.95
"""Common characters, for misspelt copies, whose words differ; no further pair of MSRP passes."""
MAX_CHARACTERS = 2000
"""Longest text compared by characters."""
MIN_SIGNATURE_AGREEMENT = 0.25
"""Share of equal MinHashes from which on a pair is worth an actual comparison."""
CROWD = 32
CHUNK_CHARACTERS = 4_000_000

Pairs = npt.NDArray[np.int64]
_NUMBERS = re.compile(r"\d+")
_SEPARATORS = re.compile(r"[\W_]+")
_MULTIPLIERS = (np.random.RandomState(20).randint(0, 2**31, BANDS * ROWS_PER_BAND) * 2 + 1).astype(np.uint32)


@dataclass(frozen=True)
class Resemblance:
    """Which rows say the same."""

    first: Ints
    """Each row's first exact duplicate in row order, itself where it has none; shape (num_rows,)."""
    near: Pairs
    """Pairs of near duplicates among those first rows, lower row first, sorted; shape (num_pairs, 2)."""


def find_resemblance(texts: Sequence[str]) -> Resemblance:
    """Find exact and near duplicates among texts. A text without letters and digits resembles nothing."""
    normal = [normalise(text) for text in texts]
    seen: dict[str, int] = {}
    first = np.array([seen.setdefault(text, row) if text else row for row, text in enumerate(normal)], np.int64)
    rows = np.array([row for text, row in seen.items() if text and _is_long_enough(text)], np.int64)
    pairs = near_pairs([normal[row] for row in rows])
    return Resemblance(first, rows[pairs] if len(pairs) else np.empty((0, 2), np.int64))


def kept_rows(resemblance: Resemblance, rank: Ints) -> tuple[Ints, Ints]:
    """Decide which row of each group of duplicates is kept.

    Rows are taken in the order of `rank`; a row is dropped where it equals, or nearly equals, a row that was kept
    before. So a chain of near duplicates keeps every other link: nothing is dropped for a row it doesn't resemble.

    Args:
        resemblance: Of all rows.
        rank: Each row's place in the order of preference, shape (num_rows,).

    Returns:
        For each row the kept row that it equals, and the kept row that its text nearly equals; -1 where there is none.
        A row that equals another and is dropped for that isn't judged a second time.
    """
    exact = np.full(len(rank), -1, np.int64)
    best: dict[int, int] = {}
    for row in np.argsort(rank, kind="stable").tolist():
        kept = best.setdefault(int(resemblance.first[row]), row)
        exact[row] = kept if kept != row else -1
    neighbours: dict[int, list[int]] = {}
    for one, other in resemblance.near.tolist():
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    near = np.full(len(rank), -1, np.int64)
    for group, row in best.items():
        others = [best[other] for other in neighbours.get(group, []) if near[best[other]] < 0]
        earlier = [other for other in others if rank[other] < rank[row]]
        if earlier:
            near[row] = min(earlier, key=lambda other: int(rank[other]))
    return exact, near


def normalise(text: str) -> str:
    """What counts when texts are compared: letters and digits, case folded, single spaces between words."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("’", "'")
    return _SEPARATORS.sub(" ", text.casefold().replace("'", "")).strip()


def near_pairs(texts: Sequence[str]) -> Pairs:
    """Pairs of nearly equal texts, by index, lower first, sorted.

    Args:
        texts: Normalised and distinct.
    """
    signatures = minhash(texts)
    candidates = _candidates(signatures)
    agreement = (signatures[candidates[:, 0]] == signatures[candidates[:, 1]]).mean(axis=1)
    likely = candidates[agreement >= MIN_SIGNATURE_AGREEMENT]
    return np.array([pair for pair in likely.tolist() if is_near(texts[pair[0]], texts[pair[1]])], np.int64).reshape(
        -1, 2
    )


def is_near(one: str, other: str) -> bool:
    """Whether two normalised texts are nearly equal: same numbers, and most words or nearly all characters common."""
    if _NUMBERS.findall(one) != _NUMBERS.findall(other):
        return False
    if similarity(one.split(), other.split()) >= MIN_SIMILARITY:
        return True
    shorter, longer = sorted((len(one), len(other)))
    if longer > MAX_CHARACTERS or 2 * shorter < MIN_CHARACTER_SIMILARITY * (shorter + longer):
        return False
    return similarity(one, other) >= MIN_CHARACTER_SIMILARITY


def similarity(one: Sequence[str], other: Sequence[str]) -> float:
    """Twice the length of the longest common subsequence over the sum of both lengths, 0 to 1."""
    return 2 * _common_subsequence(one, other) / max(len(one) + len(other), 1)


def _common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """Its length, by bit-parallel dynamic programming (Hyyrö 2004): one step of big integers an item."""
    positions: dict[str, int] = {}
    for index, item in enumerate(one):
        positions[item] = positions.get(item, 0) | (1 << index)
    everything = (1 << len(one)) - 1
    row = everything
    for item in other:
        matched = row & positions.get(item, 0)
        row = ((row + matched) | (row - matched)) & everything
    return len(one) - row.bit_count()


def minhash(texts: Sequence[str]) -> npt.NDArray[np.uint32]:
    """MinHash signatures of the texts' character shingles, shape (num_texts, BANDS * ROWS_PER_BAND)."""
    signatures = np.empty((len(texts), len(_MULTIPLIERS)), np.uint32)
    start, size = 0, 0
    for index, text in enumerate(texts):
        size += len(text) + 1
        if size >= CHUNK_CHARACTERS or index == len(texts) - 1:
            signatures[start : index + 1] = _minhash_chunk(texts[start : index + 1])
            start, size = index + 1, 0
    return signatures


def _minhash_chunk(texts: Sequence[str]) -> npt.NDArray[np.uint32]:
    characters = np.frombuffer(" ".join(texts).encode("utf-32-le"), np.uint32)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    starts = np.concatenate([[0], np.cumsum(lengths[:-1] + 1)])
    hashes = np.zeros(len(characters) - SHINGLE + 1, np.uint32)
    for offset in range(SHINGLE):
        hashes = hashes * np.uint32(0x01000193) ^ characters[offset : len(hashes) + offset]
    hashes = _mix(hashes)
    inside = np.zeros(len(hashes) + SHINGLE, bool)
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        inside[start : start + length - SHINGLE + 1] = True
    kept = hashes[inside[: len(hashes)]]
    bounds = np.concatenate([[0], np.cumsum(lengths - SHINGLE + 1)[:-1]])
    return np.stack([np.minimum.reduceat(_mix(kept * odd), bounds) for odd in _MULTIPLIERS], axis=1)


def _mix(values: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Spread every bit of a hash over all others (the finaliser of MurmurHash3, one round)."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    return values ^ (values >> np.uint32(13))


def _candidates(signatures: npt.NDArray[np.uint32]) -> Pairs:
    """Pairs that share a band, lower index first, sorted."""
    found = [np.empty((0, 2), np.int64)]
    for band in range(BANDS if len(signatures) > 1 else 0):
        part = signatures[:, band * ROWS_PER_BAND : (band + 1) * ROWS_PER_BAND].astype(np.uint64)
        keys = np.zeros(len(part), np.uint64)
        for column in range(ROWS_PER_BAND):
            keys = (keys ^ part[:, column]) * np.uint64(0x9E3779B97F4A7C15)
        found.append(_bucket_pairs(keys))
    return np.unique(np.concatenate(found), axis=0)


def _bucket_pairs(keys: npt.NDArray[np.uint64]) -> Pairs:
    """All pairs of rows with equal keys; in a crowd, each with its first member and its neighbour only."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(np.concatenate([starts, [len(keys)]]))
    pairs = [np.empty((0, 2), np.int64)]
    for start, size in zip(starts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        members = order[start : start + size]
        if size <= CROWD:
            left, right = np.triu_indices(size, 1)
            pairs.append(np.stack([members[left], members[right]], axis=1))
        else:
            pairs.append(np.stack([np.repeat(members[:1], size - 1), members[1:]], axis=1))
            pairs.append(np.stack([members[:-1], members[1:]], axis=1))
    return np.concatenate(pairs)


def _is_long_enough(text: str) -> bool:
    return text.count(" ") >= MIN_WORDS - 1 or len(text) >= MIN_CHARACTERS
