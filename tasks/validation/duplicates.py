"""Which rows say the same, exactly or nearly.

Exact: equal after NFKC, lower case and dropping punctuation and spaces. Nearly: MinHash (Broder 1997) over
character 5-grams proposes, with 24 bands of 4 hashes (Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, ch. 3:
a pair of Jaccard similarity s is proposed with probability 1 - (1 - s^4)^24, 0.50 at 0.41 and 0.99 at 0.65), and an
actual comparison disposes (`is_near`): most words in common, and the same numbers, since "Chapter 3" and "Chapter 4"
of a form are different facts. A paraphrase is no near duplicate.

Texts are indexed shard by shard (`index_texts`), then all shards' rows are compared at once (`find_resemblance`). The
index takes 129 bytes a row and holds no text, the comparison 50 more; the texts of proposed pairs are looked up.
Crowded buckets are compared with their first member only, so no template makes it quadratic.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.validation.minhash import BANDS, ROWS_PER_BAND, band_keys, minhash
from tasks.validation.text_column import COMPILED, Bools, Ints, translated

MIN_WORDS = 5
CHARACTERS_A_WORD = 8
"""A text of fewer words is too short to be nearly another, unless it has so many characters for each of them."""
MIN_SIMILARITY = 0.84
"""Words in common, in order, as a share of the longer text's. No copy of which 16 % of the words were replaced, added
or dropped has fewer; few paraphrases of MSRP (Dolan and Brockett 2005) have as many."""
MIN_PART = 0.75
"""Share of a text's words that are all of another, running: a copy with a remark."""
MIN_WHOLE_WORDS = 9
"""Fewest words of the other for that: "What do you mean?" and "What do you mean, Socrates?" are two texts."""
MIN_CHARACTER_SIMILARITY = 0.95
"""Common characters, for misspelt copies, whose words differ; no further pair of MSRP passes."""
MAX_CHARACTERS = 2000
"""Longest text compared by characters."""
MIN_SKETCH_AGREEMENT = 0.2
"""Share of equal sketch bytes from which on a pair is worth an actual comparison."""
MAX_ANSWER = 12
"""Words; in longer copies a lost "not" is a slip among others."""
CROWD = 32
CHUNK_PAIRS = 1 << 18

Pairs = npt.NDArray[np.int64]
_LETTER_BYTES = bytes(byte if byte > 127 or chr(byte).isalnum() else ord(" ") for byte in range(256))
_GAP = r" *[^\x00-\x7F\p{L}\p{M}\p{N}][^\p{L}\p{M}\p{N}]*|  +"
"""A run of what is neither letter nor digit, ASCII's already being spaces; a single space may stay."""
_NUMBERS = re.compile(r"\d+")
_ANSWERS = re.compile(r"\b(?:yes|no|not|never)\b")


class Texts(Protocol):
    """Texts by row: a list, or arrays mapped from files."""

    def __getitem__(self, row: int, /) -> str:
        """One text."""
        ...


class DuplicateIndex(NamedTuple):
    """What is kept of normalised texts to find those that say the same."""

    exact: npt.NDArray[np.uint64]
    """A hash of the whole text, 0 where it is empty; shape (num_rows,)."""
    bands: npt.NDArray[np.uint32]
    """A hash of each band of MinHashes, shape (num_rows, BANDS)."""
    sketch: npt.NDArray[np.uint8]
    """The lowest bits of one MinHash of each band, shape (num_rows, BANDS)."""
    is_long_enough: Bools
    """Whether a text can nearly be another, shape (num_rows,)."""


class Resemblance(NamedTuple):
    """Which rows say the same."""

    first: Ints
    """Each row's first exact duplicate in row order, itself where it has none; shape (num_rows,)."""
    near: Pairs
    """Pairs of near duplicates among those first rows, lower row first, sorted; shape (num_pairs, 2)."""


def normalise(texts: pa.Array | Sequence[str]) -> pa.Array:
    """What counts when texts are compared: letters and digits, lower case, single spaces between words."""
    array = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    folded = COMPILED.utf8_lower(COMPILED.utf8_normalize(array, form="NFKC"))
    joined = translated(COMPILED.replace_substring_regex(folded, "['’]", ""), _LETTER_BYTES)
    return COMPILED.utf8_trim_whitespace(COMPILED.replace_substring_regex(joined, _GAP, " "))


def index_texts(normal: pa.Array, min_near_words: int = MIN_WORDS) -> DuplicateIndex:
    """Index normalised texts, without nulls.

    Args:
        normal: The texts.
        min_near_words: Fewest words of a text for it to be nearly another, unless it has eight characters for each.
    """
    texts: list[str] = normal.to_pylist()
    exact = np.fromiter((hash64(text) if text else 0 for text in texts), np.uint64, len(texts))
    is_long_enough = np.fromiter((_has_words(text, min_near_words) for text in texts), bool, len(texts))
    bands = np.zeros((len(texts), BANDS), np.uint32)
    sketch = np.zeros((len(texts), BANDS), np.uint8)
    signatures = minhash([text for text, chosen in zip(texts, is_long_enough, strict=True) if chosen])
    bands[is_long_enough] = band_keys(signatures)
    sketch[is_long_enough] = signatures[:, ::ROWS_PER_BAND] & 0xFF
    return DuplicateIndex(exact, bands, sketch, is_long_enough)


def empty_index(num_rows: int) -> DuplicateIndex:
    """An index to be filled shard by shard."""
    return DuplicateIndex(
        np.zeros(num_rows, np.uint64),
        np.zeros((num_rows, BANDS), np.uint32),
        np.zeros((num_rows, BANDS), np.uint8),
        np.zeros(num_rows, bool),
    )


def fill_index(index: DuplicateIndex, start: int, part: DuplicateIndex) -> None:
    """Put in the index of the rows from `start` on."""
    columns: Sequence[npt.NDArray[Any]] = index
    filled: Sequence[npt.NDArray[Any]] = part
    for whole, column in zip(columns, filled, strict=True):
        whole[start : start + len(column)] = column


def concatenate(parts: Sequence[DuplicateIndex]) -> DuplicateIndex:
    """The index of all parts' rows, in order."""
    return DuplicateIndex(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def find_resemblance(index: DuplicateIndex, texts: Texts) -> Resemblance:
    """Find exact and near duplicates. A text without letters and digits resembles nothing.

    Args:
        index: Of all rows.
        texts: Their normalised texts.
    """
    first = first_equals(index.exact)
    rows = np.flatnonzero((first == np.arange(len(first))) & index.is_long_enough)
    likely = _likely_pairs(index, rows)
    are_near = np.fromiter((is_near(texts[one], texts[other]) for one, other in likely), bool, len(likely))
    return Resemblance(first, likely[are_near])


def first_equals(keys: npt.NDArray[Any]) -> Ints:
    """The first row with each row's key, in row order; a key of 0 equals nothing."""
    first = np.arange(len(keys))
    rows, sizes = _equal_runs(keys)
    first[rows] = np.repeat(rows[np.cumsum(sizes) - sizes], sizes)
    empty = np.flatnonzero(keys == 0)
    first[empty] = empty
    return first


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
    order = np.lexsort((rank, resemblance.first))
    groups = resemblance.first[order]
    leads = np.concatenate([[True], groups[1:] != groups[:-1]]) if len(groups) else np.zeros(0, bool)
    best = np.full(len(rank), -1, np.int64)
    """Group (its first row) -> the row of it that is kept."""
    best[groups[leads]] = order[leads]
    kept = best[resemblance.first]
    exact = np.where(kept == np.arange(len(rank)), -1, kept)
    neighbours: dict[int, list[int]] = {}
    for one, other in resemblance.near.tolist():
        neighbours.setdefault(int(best[one]), []).append(int(best[other]))
        neighbours.setdefault(int(best[other]), []).append(int(best[one]))
    near = np.full(len(rank), -1, np.int64)
    for row in sorted(neighbours, key=lambda row: int(rank[row])):
        earlier = [other for other in neighbours[row] if near[other] < 0 and rank[other] < rank[row]]
        if earlier:
            near[row] = min(earlier, key=lambda other: int(rank[other]))
    return exact, near


def is_near(one: str, other: str) -> bool:
    """Whether two normalised texts are nearly equal: same numbers, and most words or nearly all characters common.

    Or one is the other with some words before or behind. Short answers also need the same yes, no, not and never.
    """
    if _NUMBERS.findall(one) != _NUMBERS.findall(other):
        return False
    if max(one.count(" "), other.count(" ")) < MAX_ANSWER and _ANSWERS.findall(one) != _ANSWERS.findall(other):
        return False
    if _is_most_of(*sorted((one, other), key=len)):
        return True
    if have_most_in_common(one.split(), other.split()):
        return True
    shorter, longer = sorted((len(one), len(other)))
    if longer > MAX_CHARACTERS or 2 * shorter < MIN_CHARACTER_SIMILARITY * (shorter + longer):
        return False
    if 2 * _shared_characters(one, other) < MIN_CHARACTER_SIMILARITY * (shorter + longer):
        return False
    return similarity(one, other) >= MIN_CHARACTER_SIMILARITY


def _is_most_of(part: str, whole: str) -> bool:
    words, all_words = part.count(" ") + 1, whole.count(" ") + 1
    return all_words >= MIN_WHOLE_WORDS and words >= MIN_PART * all_words and f" {part} " in f" {whole} "


def have_most_in_common(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether `MIN_SIMILARITY` of the longer sequence stands in the other in the same order."""
    needed = MIN_SIMILARITY * max(len(one), len(other))
    if min(len(one), len(other)) < needed or len(one) - len(set(one) - set(other)) < needed:
        return False
    return _common_subsequence(one, other) >= needed


def _shared_characters(one: str, other: str) -> int:
    """Common characters in whatever order: no fewer than in the same order, and quickly counted."""
    return sum(min(one.count(character), other.count(character)) for character in set(one))


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


def _likely_pairs(index: DuplicateIndex, rows: Ints) -> Pairs:
    """Pairs among some rows that share a band and enough of their sketches, lower row first, sorted."""
    num_rows = len(index.exact)
    found = [np.empty(0, np.int64)]
    for band in range(BANDS):
        for bucket_pairs in _bucket_pairs(index.bands[rows, band]):
            pairs = rows[bucket_pairs]
            agreement = (index.sketch[pairs[:, 0]] == index.sketch[pairs[:, 1]]).mean(axis=1)
            likely = pairs[agreement >= MIN_SKETCH_AGREEMENT]
            found.append(likely[:, 0] * num_rows + likely[:, 1])
    return np.stack(np.divmod(np.unique(np.concatenate(found)), max(num_rows, 1)), axis=1)


def _bucket_pairs(keys: npt.NDArray[np.uint32]) -> Iterator[Pairs]:
    """All pairs with equal keys, some at a time; in a crowd, each with its first member and its neighbour only."""
    rows, sizes = _equal_runs(keys)
    starts = np.cumsum(sizes) - sizes
    for size in np.unique(sizes[sizes <= CROWD]).tolist():
        left, right = np.triu_indices(size, 1)
        buckets = starts[sizes == size]
        for some in np.array_split(buckets, 1 + len(buckets) * len(left) // CHUNK_PAIRS):
            members = rows[some[:, None] + np.arange(size)]
            yield np.stack([members[:, left].ravel(), members[:, right].ravel()], axis=1)
    for start, size in zip(starts[sizes > CROWD].tolist(), sizes[sizes > CROWD].tolist(), strict=True):
        for place in range(start + 1, start + size, CHUNK_PAIRS):
            others = rows[place : min(place + CHUNK_PAIRS, start + size)]
            yield np.stack([np.full_like(others, rows[start]), others], axis=1)
            yield np.stack([rows[place - 1 : place - 1 + len(others)], others], axis=1)


def _equal_runs(keys: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """The rows whose key another row has, equal ones together in row order; and how many each key has."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    repeats = np.zeros(len(keys) + 1, bool)
    np.equal(ordered[1:], ordered[:-1], out=repeats[1:-1])
    begins = np.flatnonzero(repeats[1:] & ~repeats[:-1])
    ends = np.flatnonzero(repeats[:-1] & ~repeats[1:])
    return order[repeats[1:] | repeats[:-1]], ends - begins + 1


def hash64(text: str) -> int:
    """A hash that is the same in every process, never 0."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") or 1


def _has_words(text: str, fewest: int) -> bool:
    return text.count(" ") >= fewest - 1 or len(text) >= CHARACTERS_A_WORD * fewest
