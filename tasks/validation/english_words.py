"""Which words are English: the commonest ones and their usual forms.

The list in `common_words.txt` holds the stems of 16,500 words in lower case that two or more of twenty English
collections have in common (novels, tales, plays and dialogues out of copyright, an encyclopedia, news, quotes,
linguists' examples, children's stories, reports, code comments), and of some hundred names of everyday things. Other
prose has 2 or 3 % of unknown words beside its names: one says nothing yet, many in lower case do.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

MIN_STEM = 3
CONTRACTIONS = ("n't", "'s", "s'", "'ll", "'ve", "'re", "'d", "'m", "'t", "'")
IRREGULAR = frozenset({"can't", "won't", "ain't", "shan't"})
_ENDINGS = (
    "s: es: ies:y ers: ers:e ings: ness: iness:y less: / d: ed: ied:y / ing: ing:e / ly: ily:y ly:le / r: er: ier:y / "
    "st: est: iest:y / th: / ful: / able: able:e"
)
ENDINGS: dict[str, list[tuple[str, str]]] = {}
"""Endings by their last letter, each with what stands in its place in the stem."""
for _group in _ENDINGS.split(" / "):
    for _pair in _group.split():
        _ending, _, _instead = _pair.partition(":")
        ENDINGS.setdefault(_ending[-1], []).append((_ending, _instead))
PREFIXES = ("un", "re", "over", "out", "mis", "non", "sub", "under", "fore")

WORDS_REMEMBERED = 16_384
"""Answers about words that a process keeps: about those of one shard, so that memory doesn't grow with the data."""


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """The stems, lower-case."""
    return frozenset(Path(__file__).with_name("common_words.txt").read_text(encoding="ascii").split())


@lru_cache(maxsize=WORDS_REMEMBERED)
def is_english(word: str) -> bool:
    """Whether a lower-case word is common, or a form of one that is."""
    return is_form(word, common_words())


def is_form(word: str, stems: frozenset[str] | set[str]) -> bool:
    """Whether a word is among the stems, or one of them with an ending or a prefix."""
    if word in stems or word in IRREGULAR:
        return True
    if "'" in word:
        shortened = next((short for short in CONTRACTIONS if word.endswith(short)), "")
        return bool(shortened) and is_form(word[: -len(shortened)], stems)
    for ending, instead in ENDINGS.get(word[-1:], ()):
        if word.endswith(ending):
            bare = word[: -len(ending)]
            stem = bare + instead
            if len(stem) >= MIN_STEM and stem in stems:
                return True
            if not instead and len(bare) > MIN_STEM and bare[-1] == bare[-2] and bare[:-1] in stems:
                return True
    return word.startswith(PREFIXES) and any(
        word.startswith(prefix) and len(word) - len(prefix) > MIN_STEM and word[len(prefix) :] in stems
        for prefix in PREFIXES
    )
