"""Held-out rows that stand in the training rows, word for word or nearly: on these a low NLL is memory, not skill.

A row is looked for whole, and by its longest column alone where that is long enough to be no coincidence (the same
quote under another author). Nearly: `MIN_SHARED` of its word 5-grams stand in one training row. Cost: one pass over
the training rows' words, against an index of the held-out rows' only.
Texts of a script without spaces are found where they are equal.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tasks.standing_in import CROWD, MIN_SHARED, MIN_SHINGLES, SHINGLE

MIN_WORDS = 5
"""Words from which on the longest column alone gives a row away; the same short answer to other questions doesn't."""

Words = tuple[str, ...]

_WORDS = re.compile(r"\w+")


class Leak(NamedTuple):
    """How many held-out rows leak."""

    rows: int
    fraction: float


def find_leak(train: Sequence[Sequence[str]], holdout: Sequence[Sequence[str]]) -> Leak:
    """Count the held-out rows that stand in the training rows.

    Args:
        train: Each row's columns, shape (num_rows, num_columns).
        holdout: As `train`.
    """
    longest = _longest_column([*train, *holdout])
    exact: dict[Words, set[int]] = {}
    shingled: dict[Words, list[tuple[int, int]]] = {}
    for row, row_columns in enumerate(holdout):
        for view, words in enumerate(_views(row_columns, longest)):
            exact.setdefault(words, set()).add(row)
            for shingle in _shingles(words):
                shingled.setdefault(shingle, []).append((row, view))
    shingled = {shingle: keys for shingle, keys in shingled.items() if len(keys) <= CROWD}
    sizes = Counter(key for keys in shingled.values() for key in keys)
    leaking: set[int] = set()
    for row_columns in train:
        for words in _views(row_columns, longest):
            leaking.update(exact.get(words, ()))
            shared = Counter(key for shingle in _shingles(words) for key in shingled.get(shingle, ()))
            for (row, view), count in shared.items():
                if sizes[row, view] >= MIN_SHINGLES and count >= MIN_SHARED * sizes[row, view]:
                    leaking.add(row)
    return Leak(len(leaking), len(leaking) / max(1, len(holdout)))


def _views(columns: Sequence[str], longest: int) -> Iterator[Words]:
    """What a row is looked for by: all its words, and those of its longest column."""
    words = [_words(text) for text in columns]
    everything = tuple(word for part in words for word in part)
    if everything:
        yield everything
    if len(columns) > 1 and len(words[longest]) >= MIN_WORDS:
        yield words[longest]


def _words(text: str) -> Words:
    return tuple(_WORDS.findall(unicodedata.normalize("NFKC", text).casefold()))


def _shingles(words: Sequence[str]) -> set[Words]:
    return {tuple(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1)}


def _longest_column(rows: Iterable[Sequence[str]]) -> int:
    """The column with most characters in all."""
    sizes = [sum(map(len, column)) for column in zip(*rows, strict=True)]
    return sizes.index(max(sizes)) if sizes else 0
