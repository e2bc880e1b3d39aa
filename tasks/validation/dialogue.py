"""What goes wrong between speakers: turns in which nothing is said, and answers that repeat the question.

An echo is looked for in two steps: how many words a pair has in common is counted for all rows at once, and only pairs
that share more than half are compared word by word, in order (about 20,000 a second).
"""

from __future__ import annotations

from difflib import SequenceMatcher

import numpy as np
import pyarrow as pa

from tasks.validation.printed_books import HEADING
from tasks.validation.text_column import Floats, TextColumn, Words, divide

NAME = r"\p{Lu}[\p{L}.'’-]*"
ROLES = (
    "user|assistant|system|human|bot|chatbot|speaker|narrator|interviewer|interviewee|host|caller|operator|agent|"
    "customer|man|woman|boy|girl|nurse|doctor|teacher|student|king|queen|prince|princess|lord|lady|servant|messenger|"
    "citizen|soldier|officer|captain|guard|lieutenant|gentleman|gentlewoman|lords|clown|fool|witch|ghost|chorus|"
    "stranger|shepherd|murderer|senator|page|porter|sailor|watchman|judge|lawyer|witness"
)
"""Speakers that are called by what they are; alone before a full stop nobody says them."""
LABEL = (
    rf"(?:{NAME}(?: (?:{NAME}|of|the|de|\d{{1,2}})){{0,3}}(?: ?\([^()\n]{{1,40}}\))?[\])]? ?:|"
    r"\p{Lu}{2,}(?: \p{Lu}{2,}){0,2}\.|"
    rf"(?i:(?:(?:first|second|third|fourth|old|young|another|1st|2nd) )?(?:{ROLES})\.))"
)
SPEAKER_ONLY = (
    rf"^\s*[\[(*_#>]*\s*{LABEL}[\])*_]*(?:\s+[\[(*_#>]*\s*{LABEL}[\])*_]*)*\s*$|"
    r"^\s*_\p{Lu}\p{Ll}{0,11}\._\s*$"
)
"""Speaker labels and nothing else: `Name:` or `A Second Name (aside):`, capitals with a full stop, `_Soc._`."""
SHOUTED_ANSWER = (
    r"(?i)^[\W_]*(?:YES|NO|OK|OKAY|NEVER|STOP|HELP|WHY|WHAT|WHO|GO|AMEN|AYE|NAY|NOW|WAIT|LISTEN|ENOUGH|NOTHING)[\W_]*$"
)

SHARED = 0.5


def speaker_only(column: TextColumn) -> Floats:
    """1 where there are speaker labels and nothing is said: `SOC.`, `SOCRATES:`, `User: Assistant:`."""
    says_nothing = column.matches(SPEAKER_ONLY) & ~column.matches(SHOUTED_ANSWER)
    is_heading = column.where(says_nothing).matches(rf"^\W*(?:{HEADING})\W*$")
    says_nothing[says_nothing] = ~is_heading
    return says_nothing.astype(float)


def echo(column: TextColumn, other: TextColumn) -> Floats:
    """How far a text repeats another of its row, in order: 2 · matching words / words of both; 0 below a half.

    Words are compared without case and punctuation; 1 is the same text. The matching words are those of the longest
    common runs (Ratcliff and Obershelp 1988).
    """
    words = TextColumn(pa.concat_arrays([column.texts, other.texts])).words
    ends = np.cumsum(words.counts)
    likeness = np.zeros(len(column))
    for row in np.flatnonzero(_shared_words(words) > SHARED).tolist():
        pair = (row, row + len(column))
        first, second = (words.codes[ends[place] - words.counts[place] : ends[place]].tolist() for place in pair)
        likeness[row] = SequenceMatcher(None, first, second, autojunk=False).ratio()
    return np.where(likeness > SHARED, likeness, 0.0)


def _shared_words(words: Words) -> Floats:
    """2 · words in common, however often and in whatever order / words of both: no less than the echo.

    Args:
        words: Of the first texts of all pairs, then of the second ones.
    """
    num_pairs, size = len(words.counts) // 2, max(len(words.vocabulary), 1)
    is_second = words.rows >= num_pairs
    keys, place = np.unique((words.rows - is_second * num_pairs) * size + words.codes, return_inverse=True)
    first = np.bincount(place[~is_second], minlength=len(keys))
    second = np.bincount(place[is_second], minlength=len(keys))
    common = np.bincount(keys // size, weights=np.minimum(first, second), minlength=num_pairs)
    return divide(2 * common, words.counts[:num_pairs] + words.counts[num_pairs:])
