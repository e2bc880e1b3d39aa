"""Which languages a column is in: a share for each, and which one its contract should expect.

By the same two signs as `wrong_language`: the script, and the function words. A text counts for the language whose
function words it has most of, where they are at least `MIN_SHARE` of its words; others are told by their script.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from tasks.validation.function_words import FUNCTION_WORDS
from tasks.validation.language import SCRIPT_OF
from tasks.validation.text_column import TextColumn, divide

MIN_WORDS = 5
"""Shorter texts tell too little."""
MIN_SHARE = 0.2
"""Least share of function words: they are 30 to 50 % of running text, and of a related language's 5 to 15 %."""
MIN_LANGUAGE = 0.5
"""Least share of the rows for a language to be what the contract expects."""
SCRIPTS = ("Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Devanagari", "Thai", "Hangul", "Han", "Hiragana")
CODES = {"Greek": "el", "Hebrew": "he", "Thai": "th", "Hangul": "ko", "Devanagari": "hi", "Han": "zh", "Hiragana": "ja"}
"""Scripts that (nearly) one language is written in."""
UNKNOWN = "unknown, in {} script"
UNKNOWN_LATIN = UNKNOWN.format("Latin")


def language_shares(column: TextColumn) -> dict[str, float]:
    """Language codes, or what is known of the script, to the share of the texts of `MIN_WORDS` words and more."""
    words = column.words
    long_enough = words.counts >= MIN_WORDS
    if not long_enough.any():
        return {}
    names = list(FUNCTION_WORDS)
    known = np.stack([words.share(words.known(frozenset(FUNCTION_WORDS[name].split()))) for name in names])
    letters = np.stack([column.count_characters(rf"\p{{{script}}}") for script in SCRIPTS])
    script = letters.argmax(axis=0)
    main = divide(letters.max(axis=0), column.count_characters(r"\p{L}")) > 0.5
    best = known.argmax(axis=0)
    sure = known.max(axis=0) >= MIN_SHARE
    found = Counter(
        names[best[row]] if SCRIPTS[script[row]] == "Latin" and sure[row] else _by_script(SCRIPTS[script[row]])
        for row in np.flatnonzero(long_enough & main).tolist()
    )
    total = max(1, found.total())
    return {name: count / total for name, count in sorted(found.items(), key=lambda item: (-item[1], item[0]))}


def expected_language(shares: dict[str, float]) -> str:
    """The language that most texts are in; empty where it isn't one that can be told."""
    main = next(iter(shares), "")
    return main if main in {*FUNCTION_WORDS, *SCRIPT_OF} and shares[main] >= MIN_LANGUAGE else ""


def _by_script(script: str) -> str:
    return CODES.get(script, UNKNOWN.format(script))
