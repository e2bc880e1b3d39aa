"""MinHash (Broder 1997) over character shingles, and the bands by which near duplicates find each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SHINGLE = 5
"""Characters; the usual choice for short documents (Mining of Massive Datasets, 3.2.2)."""
BANDS = 24
ROWS_PER_BAND = 4
CHUNK_CHARACTERS = 128_000
"""Texts are hashed so many characters at a time: the hashes stay in a processor's cache over all 96 passes."""

_MULTIPLIERS = (np.random.RandomState(20).randint(0, 2**31, BANDS * ROWS_PER_BAND) * 2 + 1).astype(np.uint32)


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
    hashes = _mix(_mix(hashes))
    ends = starts + lengths - SHINGLE + 1
    marks = np.zeros(len(hashes) + 2, np.int8)
    np.add.at(marks, starts, 1)
    np.add.at(marks, ends, -1)
    kept = hashes[np.cumsum(marks[:-2], dtype=np.int8) > 0]
    bounds = np.concatenate([[0], np.cumsum(lengths - SHINGLE + 1)[:-1]])
    return np.stack([np.minimum.reduceat(kept * odd, bounds) for odd in _MULTIPLIERS], axis=1)


def _mix(values: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Spread every bit of a hash over all others (the finaliser of MurmurHash3, one round)."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    return values ^ (values >> np.uint32(13))


def band_keys(signatures: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """A hash of each band of signatures, shape (num_texts, BANDS)."""
    bands = signatures.reshape(len(signatures), BANDS, ROWS_PER_BAND)
    keys = np.zeros(bands.shape[:2], np.uint32)
    for column in range(ROWS_PER_BAND):
        keys = _mix(keys * np.uint32(0x9E3779B1) ^ bands[:, :, column])
    return keys
