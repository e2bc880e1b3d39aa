"""Texts that begin with part of a word: `ncy of the law was never in doubt.`, `T he law was never in doubt.`

Told where a text begins small, with no English word but what an English word ends in, and ends in a full stop or the
like, as sentences do; or with a capital that stands apart from the rest of its word, as pages set it.
"""

from __future__ import annotations

import re
from functools import cache

from tasks.validation.english_words import common_words, is_english

GATE = (
    r"(?s)^(?:[b-hj-np-z] |[a-z]{2,14}[ ,;!?]).*[.!?…][\"'”’)]*\s*$|"
    r"^[B-DF-HJ-NP-Z]\s+(?:[a-z]{2,14}|[A-Z]{2,14})\s"
)
"""Begins small, with no label (`god: …`, `d. …`), and ends as a sentence does; or begins with one capital."""
_FIRST = re.compile("[a-z]+")
_APART = re.compile(r"([B-DF-HJ-NP-Z])\s+([a-z]+|[A-Z]+)\s")
AFTER_LETTERS = frozenset(["and", "or", "is", "as", "at", "in", "on", "to", "it", "are", "am", "was", "has"])
"""Words that stand behind a letter: `B and C`, `T is the time`."""
MIN_WORD = 4
"""Letters from which on a word may have lost its front."""
MIN_STEM = 3
"""Letters that are left of a part without its ending."""
SHORT_WORDS = (
    "u r y n k b c x ur ya yo gf bf tv pm ai ox ok lo ex ape elf ash elm rum gin ion ore eel ewe asp emu elk urn awl "
    "imo btw sis bro lil wow cuz tho god yep nah fyi idk omg lol pls um er uh ugh ah eh oh hm hmm mm ay aye nay tis "
    "twas ta yea yay boo psst shh"
)
"""Words and chat's short forms that are not among the common ones, and parts of them."""
ENDINGS = ("", "s", "es", "d", "ed", "ing", "ly", "er", "ers")
"""Of a word's forms."""


def begins_with_part_of_a_word(text: str) -> bool:
    """Whether a text's first word is no word but the end of one, or has its first letter apart."""
    if apart := _APART.match(text):
        capital, rest = apart[1].lower(), apart[2].lower()
        return rest not in AFTER_LETTERS and is_english(capital + rest)
    first = _FIRST.match(text)
    if not first or first[0] in SHORT_WORDS.split() or is_english(first[0]):
        return False
    part, rest = first[0], text[first.end() :].split(maxsplit=1)
    if len(part) == 1:
        return not rest or rest[0] not in AFTER_LETTERS
    stems = [part.removesuffix(ending) for ending in ENDINGS if part.endswith(ending)]
    return part in _tails() or any(len(stem) >= MIN_STEM and stem in _tails() for stem in stems)


@cache
def _tails() -> frozenset[str]:
    """What common words end in, of two letters or more."""
    words = (word for word in common_words() if len(word) >= MIN_WORD)
    return frozenset(word[at:] for word in words for at in range(1, len(word) - 1))
