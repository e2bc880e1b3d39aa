"""Texts that begin with part of a word: `ncy of the law was never in doubt.`

Told where a text begins small, with no English word but what an English word ends in, and ends in a full stop or the
like, as sentences do.
"""

from __future__ import annotations

import re
from functools import cache

from tasks.validation.english_words import common_words, is_english

GATE = r"(?s)^(?:[b-hj-np-z]|[a-z]{2,14})[ ,;:.!?].*[.!?…][\"'”’)]*\s*$"
"""Begins small, and ends as a sentence does."""
_FIRST = re.compile("[a-z]+")
MIN_WORD = 4
"""Letters from which on a word may have lost its front."""
ENDINGS = ("", "s", "es", "d", "ed", "ing", "ly", "er", "ers")
"""Of a word's forms."""


def begins_with_a_tail(text: str) -> bool:
    """Whether a text's first word is no word but the end of one."""
    first = _FIRST.match(text)
    if not first or is_english(first[0]):
        return False
    part = first[0]
    bare = (part.removesuffix(ending) for ending in ENDINGS if part.endswith(ending))
    return len(part) == 1 or any(stem in _tails() or not stem for stem in bare)


@cache
def _tails() -> frozenset[str]:
    """What common words end in, of two letters or more."""
    words = (word for word in common_words() if len(word) >= MIN_WORD)
    return frozenset(word[at:] for word in words for at in range(1, len(word) - 1))
