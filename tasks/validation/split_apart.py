"""A split of which no held-out row stands in a longer training row.

Near duplicates are told by the duplicate index and stay together; a sentence of a paragraph is no near duplicate of it,
and yet a model that learned the paragraph knows the sentence. Such rows are found by their word 5-grams and laid on one
side: a held-out row whose side was drawn goes to the training rows, and a drawn training row in which a *known*
held-out row stands is held out. That can bring forth new ones, so it is done until there are none.
Left as they are: rows of under 8 words, and phrases that over 32 held-out rows share. What moves to the training rows
is missing from the held-out share.
Memory: at most `SKETCH` 5-grams of 12 bytes a held-out row. Time: a pass over the texts a round, 5 to 10 µs a row of 30
words; mostly two or three rounds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pandas.util import hash_array

from tasks.standing_in import CROWD, MIN_SHARED, MIN_SHINGLES, SHINGLE
from tasks.validation.duplicates import Resemblance
from tasks.validation.shard_files import ShardedTexts
from tasks.validation.split import SIDES, RowIds, Sides, Split, assign_splits
from tasks.validation.text_column import COMPILED, Bools, Ints

SKETCH = 24
"""5-grams that a row is known by: those with the smallest hashes. Rows of up to 28 words are known by all of theirs."""
MARGIN = 0.1
"""So much below `MIN_SHARED` is enough, as a sketch tells the share of a long row give or take 8 %."""
ROUNDS = 8
TRAIN, HOLDOUT = map(SIDES.index, ("train", "holdout"))
_WEIGHTS = hash_array(np.array([f"word {place} of a shingle" for place in range(SHINGLE)], object)) | np.uint64(1)

Hashes = npt.NDArray[np.uint64]


def split_apart(
    row_ids: RowIds,
    texts: ShardedTexts,
    accepted: Bools,
    resemblance: Resemblance,
    known: Sides,
    fraction: float,
    seed: int,
) -> Split:
    """`assign_splits`, and no held-out row stands in a training row, where nothing known forbids it.

    Args:
        row_ids: Of all rows.
        texts: The rows' normalised texts; gone through twice a round.
        accepted: Shape (num_rows,).
        resemblance: Which rows are duplicates.
        known: The side that each row was given before, shape (num_rows,).
        fraction: Share of rows to hold out, 0 to 1.
        seed: Another seed holds out others.
    """
    settled = known.copy()
    split = assign_splits(row_ids, accepted, *resemblance, settled, fraction, seed)
    for _ in range(ROUNDS):
        held, training = _standing_in(texts, split.sides)
        moved = held[split.drawn[held]]
        settled[moved] = TRAIN
        rows, counts = np.unique(held, return_counts=True)
        few = ~split.drawn[held] & (counts[np.searchsorted(rows, held)] <= CROWD)
        followed = training[few & split.drawn[training]]
        settled[followed] = HOLDOUT
        if not len(moved) and not len(followed):
            break
        changed = assign_splits(row_ids, accepted, *resemblance, settled, fraction, seed)
        if not all((changed.sides == side).any() for side in (TRAIN, HOLDOUT)):
            break
        split = changed
    return split


class _Sketches(NamedTuple):
    """The 5-grams that rows are known by, sorted by hash."""

    hashes: Hashes
    rows: Ints
    sizes: dict[int, int]
    """Row -> how many it is known by."""


def _standing_in(texts: ShardedTexts, sides: Sides) -> tuple[Ints, Ints]:
    """Pairs of a held-out row and a training row that it stands in, each shape (num_pairs,)."""
    sketches = _sketches(texts, np.flatnonzero(sides == HOLDOUT))
    found = [np.empty((0, 2), np.int64)]
    for start, array in texts.shards():
        hashes, rows = _shingles(array, np.flatnonzero(sides[start : start + len(array)] == TRAIN))
        places = np.searchsorted(sketches.hashes, hashes)
        is_known = np.append(sketches.hashes, np.uint64(0))[places] == hashes
        hashes, rows = _each_once(hashes[is_known], rows[is_known])
        begins = np.searchsorted(sketches.hashes, hashes, "left")
        counts = np.searchsorted(sketches.hashes, hashes, "right") - begins
        places = np.repeat(begins - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        pairs, shared = np.unique(
            np.stack([sketches.rows[places], np.repeat(rows, counts) + start], axis=1), axis=0, return_counts=True
        )
        sizes = np.array([sketches.sizes[row] for row in pairs[:, 0].tolist()], np.int64)
        found.append(pairs[shared >= (MIN_SHARED - MARGIN) * sizes])
    together = np.concatenate(found)
    return together[:, 0], together[:, 1]


def _sketches(texts: ShardedTexts, chosen: Ints) -> _Sketches:
    """What some rows are known by; phrases that many of them have, and rows that have too little else, are left out."""
    parts: list[tuple[Hashes, Ints]] = [(np.empty(0, np.uint64), np.empty(0, np.int64))]
    for start, array in texts.shards():
        within = chosen[(chosen >= start) & (chosen < start + len(array))] - start
        hashes, rows = _each_once(*_shingles(array, within))
        kept = np.arange(len(rows)) - np.searchsorted(rows, rows) < SKETCH  # sorted by row, then by hash
        parts.append((hashes[kept], rows[kept] + start))
    hashes, rows = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(hashes, kind="stable")
    hashes, rows = hashes[order], rows[order]
    alone = np.searchsorted(hashes, hashes, "right") - np.searchsorted(hashes, hashes, "left") <= CROWD
    labels, inverse, sizes = np.unique(rows[alone], return_inverse=True, return_counts=True)
    enough = sizes[inverse] >= MIN_SHINGLES
    return _Sketches(
        hashes[alone][enough], rows[alone][enough], dict(zip(labels.tolist(), sizes.tolist(), strict=True))
    )


def _shingles(texts: pa.Array, chosen: Ints) -> tuple[Hashes, Ints]:
    """The word 5-grams of some texts, hashed, and whose they are: in order."""
    lists = COMPILED.split_pattern(texts.take(pa.array(chosen)), " ")
    words = COMPILED.list_flatten(lists).dictionary_encode()
    vocabulary = hash_array(words.dictionary.to_numpy(zero_copy_only=False), categorize=False)
    codes = vocabulary[words.indices.to_numpy()] if len(words) else np.empty(0, np.uint64)
    counts = COMPILED.list_value_length(lists).to_numpy().astype(np.int64)
    rows = np.repeat(chosen, counts)
    last = len(codes) - SHINGLE + 1
    if last <= 0:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    within = rows[:last] == rows[SHINGLE - 1 :]
    hashes = np.zeros(last, np.uint64)
    for place, weight in enumerate(_WEIGHTS):
        hashes += codes[place : place + last] * weight
    return hashes[within], rows[:last][within]


def _each_once(hashes: Hashes, rows: Ints) -> tuple[Hashes, Ints]:
    """The different 5-grams of each row, sorted by row, then by hash."""
    order = np.lexsort((hashes, rows))
    hashes, rows = hashes[order], rows[order]
    differs = np.append(True, (hashes[1:] != hashes[:-1]) | (rows[1:] != rows[:-1]))[: len(rows)]
    return hashes[differs], rows[differs]
