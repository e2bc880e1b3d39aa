"""Texts that end on part of a word, or in the middle of a sentence, told by the words of the whole column.

What stands at the end is found nowhere but at such ends, and a longer word that begins so is, in the column or among
English's common words; or it is a word that needs another after it. Only columns whose texts mostly end in punctuation
are judged. A shard gives its words and its bare ends; all shards together give the answer.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tasks.validation.english_words import MIN_STEM, PREFIXES, common_words, is_english
from tasks.validation.text_column import Ints, TextColumn

FINISHED = (
    r"""[.!?…:;"'”’»)\]*。！？」』）]\s*$|[.!?…"'”’]\s*[—–-]{1,2} ?\p{Lu}[^.!?]{1,60}$|"""
    r"^[^|]{1,40} [|•·»›] [^.!?]{1,80}$"
)
"""A final mark, or its place taken by a name after a dash; a menu's items have none."""
MAX_BARE_ENDS = 0.2
"""Share of texts without a final mark up to which a missing one means something."""
_NEEDS_MORE = "that which who is are was were of to for from with into as its a"
NEEDS_MORE = frozenset(_NEEDS_MORE.split())
"""Words that sentences may end with, but seldom do; without a final mark it was cut."""
DRAWN_OUT = re.compile(r"(.)\1{3}")
"""Part of no word: `aaaa`."""
MIN_WORDS = 3
"""Fewest words of a text whose last one is judged."""


MIN_PART = 5
"""Letters from which on a beginning may be told from a word of its own (`info`)."""
DERIVED = ("s", "es", "al", "ial", "ian", "ism", "ist", "ship", "hood")
"""Endings of words that are made of a whole one: `editorial` tells nothing against `editor`."""


class WordEnds(NamedTuple):
    """What a shard of a column tells."""

    num_texts: int
    """Texts that aren't null."""
    rows: Ints
    """Rows that end without a mark; shape (num_bare,)."""
    last: pa.Array
    """Their last words, empty where a text is too short to judge; shape (num_bare,)."""
    known: pa.Array
    """Words that stand elsewhere in the shard than at ends without a mark."""


def word_ends(column: TextColumn, rows: Ints) -> WordEnds:
    """What a column's texts tell; `rows` are theirs, shape (num_texts,)."""
    words = column.words
    counts = np.bincount(words.codes, minlength=len(words.vocabulary))
    ends = np.cumsum(words.counts) - 1
    bare = np.flatnonzero(~column.matches(FINISHED))
    bare_ends = ends[bare][words.counts[bare] > 0]
    elsewhere = counts - np.bincount(words.codes[bare_ends], minlength=len(words.vocabulary))
    last = [
        words.vocabulary[words.codes[ends[text]]] if words.counts[text] >= MIN_WORDS else "" for text in bare.tolist()
    ]
    return WordEnds(
        num_texts=len(column),
        rows=rows[bare],
        last=pa.array(last, pa.large_string()),
        known=pa.array(
            [word for word, count in zip(words.vocabulary, elsewhere.tolist(), strict=True) if count],
            pa.large_string(),
        ),
    )


def cut_words(shards: Sequence[WordEnds], starts: Sequence[int], language: str = "en") -> dict[int, str]:
    """Rows that end on part of a word -> what stands there.

    Args:
        shards: Of one column.
        starts: Each shard's first row.
        language: ISO 639-1; common words are known of English alone.
    """
    if sum(len(shard.rows) for shard in shards) > MAX_BARE_ENDS * sum(shard.num_texts for shard in shards):
        return {}
    known = frozenset().union(*(shard.known.to_pylist() for shard in shards))
    ordered, in_english = sorted(known), language == "en"
    found: dict[int, str] = {}
    for shard, start in zip(shards, starts, strict=True):
        for row, word in zip(shard.rows.tolist(), shard.last.to_pylist(), strict=True):
            is_unknown = word.isalpha() and word not in known and not DRAWN_OUT.search(word)
            if in_english and is_unknown:
                is_part = not is_english(word) and (_begins_a_word(word, ordered) or _begins_english(word))
            else:
                is_part = is_unknown and _begins_a_word(word, ordered)
            if word in NEEDS_MORE or is_part:
                found[start + row] = word
    return found


def _begins_english(part: str) -> bool:
    behind = [part.removeprefix(prefix) for prefix in PREFIXES if part.startswith(prefix)]
    stems = [part, *(stem for stem in behind if len(stem) >= MIN_STEM)]
    return len(part) >= MIN_PART and any(_begins_a_word(stem, _ordered_stems()) for stem in stems)


@cache
def _ordered_stems() -> list[str]:
    return sorted(common_words())


def _begins_a_word(part: str, ordered: Sequence[str]) -> bool:
    following = bisect.bisect_right(ordered, part)
    longer = next((word for word in ordered[following : following + 1] if word.startswith(part)), part)
    rest = longer[len(part) :]
    return rest.isalpha() and not (len(part) >= MIN_PART and rest in DERIVED)
