"""Texts that end on part of a word, told by the words of the whole column.

What stands at the end is found nowhere else, and a longer word that begins so is. Only columns whose texts mostly end
in punctuation are judged. A shard gives its words and its bare ends; all shards together give the answer.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tasks.validation.text_column import Ints, TextColumn

FINISHED = r"""[.!?…:;"'”’»)\]*。！？」』）]\s*$"""
MAX_BARE_ENDS = 0.2
"""Share of texts without a final mark up to which a missing one means something."""
MIN_WORDS = 3
"""Fewest words of a text whose last one is judged."""


class WordEnds(NamedTuple):
    """What a shard of a column tells."""

    num_texts: int
    """Texts that aren't null."""
    rows: Ints
    """Rows that end without a mark; shape (num_bare,)."""
    last: list[str]
    """Their last words, empty where a text is too short to judge; shape (num_bare,)."""
    once: frozenset[str]
    """Words that stand in the shard once."""
    more: frozenset[str]
    """Words that stand there more often."""


def word_ends(column: TextColumn, rows: Ints) -> WordEnds:
    """What a column's texts tell; `rows` are theirs, shape (num_texts,)."""
    words = column.words
    counts = np.bincount(words.codes, minlength=len(words.vocabulary)).tolist()
    ends = np.cumsum(words.counts) - 1
    bare = np.flatnonzero(~column.matches(FINISHED))
    last = [
        words.vocabulary[words.codes[ends[text]]] if words.counts[text] >= MIN_WORDS else "" for text in bare.tolist()
    ]
    return WordEnds(
        num_texts=len(column),
        rows=rows[bare],
        last=last,
        once=frozenset(word for word, count in zip(words.vocabulary, counts, strict=True) if count == 1),
        more=frozenset(word for word, count in zip(words.vocabulary, counts, strict=True) if count > 1),
    )


def cut_words(shards: Sequence[WordEnds], starts: Sequence[int]) -> dict[int, str]:
    """Rows that end on part of a word -> what stands there.

    Args:
        shards: Of one column.
        starts: Each shard's first row.
    """
    if sum(len(shard.rows) for shard in shards) > MAX_BARE_ENDS * sum(shard.num_texts for shard in shards):
        return {}
    once: set[str] = set()
    more: set[str] = set()
    for shard in shards:
        more |= shard.more | (shard.once & once)
        once |= shard.once
    ordered = sorted(once | more)
    found: dict[int, str] = {}
    for shard, start in zip(shards, starts, strict=True):
        for row, word in zip(shard.rows.tolist(), shard.last, strict=True):
            if word.isalpha() and word not in more and _begins_a_word(word, ordered):
                found[start + row] = word
    return found


def _begins_a_word(part: str, ordered: Sequence[str]) -> bool:
    following = bisect.bisect_right(ordered, part)
    return any(word.startswith(part) and word[len(part) :].isalpha() for word in ordered[following : following + 1])
