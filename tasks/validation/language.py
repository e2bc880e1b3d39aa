"""Is a text written in the language that the contract expects?

Two signs, both counted for all rows at once: letters of another script, and function words. A language's function
words make up 30 to 50 % of running text, so a text that has more of another language's than of its own is foreign;
words that both have count for both. Texts under three words are judged by their script only.

Not implemented: languages of Latin script that aren't in the table are seen only where they happen to share words
with one that is, or where a text of `MIN_WORDS_UNKNOWN` words has no function word of the expected language at all.

Source: function-word counts as in Grefenstette (1995), "Comparing two language identification schemes".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tasks.validation.function_words import ENDINGS, FUNCTION_WORDS, NAME_PARTICLES
from tasks.validation.text_column import Bools, Floats, TextColumn, Words, divide

MIN_WORDS = 3
MIN_LETTERS = 0.4
"""Share of letters among the visible characters for their script to count; what has fewer is drawn."""
MIN_DISTINCT = 4
"""Different words; a text with fewer of them, repeated, says nothing in any language."""
MIN_WORDS_UNKNOWN = 12
"""Words from which on a text without one function word of the expected language counts as foreign."""
UNKNOWN_MARGIN = 0.5
MIN_CAPITALS = 0.4
"""Share of capitalised words from which on a text is a list of names or a headline; German prose has 0.35."""
MIN_COMMAS = 0.25
CODE = r"\w\(|[_={}<>`\\]"
CAPITALISED = r"(?:^|[^\p{L}'’])\p{Lu}"
STRETCH, MIN_STRETCH, MIN_STRETCH_SHARE = 5, 2, 0.2
"""Words running, how many of them must be another language's, and the least share of the text in such stretches."""
MIN_FOREIGN_WORDS = 2
"""Words that the expected language doesn't have."""

SCRIPT_OF = {"ru": r"\p{Cyrillic}", "uk": r"\p{Cyrillic}", "bg": r"\p{Cyrillic}", "el": r"\p{Greek}"} | {
    "zh": r"\p{Han}",
    "ja": r"[\p{Han}\p{Hiragana}\p{Katakana}]",
    "ar": r"\p{Arabic}",
    "fa": r"\p{Arabic}",
    "he": r"\p{Hebrew}",
    "ko": r"\p{Hangul}",
    "hi": r"\p{Devanagari}",
    "th": r"\p{Thai}",
}
"""Languages written in another script than Latin."""


def wrong_language(column: TextColumn, language: str) -> Floats:
    """How much more foreign than native a text is, 0 to 1: the larger of two shares.

    The share of its letters in a foreign script, where most are; and the share of its words that are another
    language's function words, less the share that are the expected language's.

    Args:
        column: The texts.
        language: ISO 639-1 code of the expected language.
    """
    script = SCRIPT_OF.get(language, r"\p{Latin}")
    letters = column.count_characters(r"\p{L}")
    foreign_script = 1 - np.minimum(divide(column.count_characters(script), letters), 1.0)
    foreign_script = np.where((letters >= 2) & (foreign_script > 0.5), foreign_script, 0.0)
    drawn = foreign_script > 0
    written = column.where(drawn)
    foreign_script[drawn] *= (
        divide(written.count_characters(r"[\p{L}\p{M}]"), written.count_characters(r"\S")) >= MIN_LETTERS
    )
    if language not in FUNCTION_WORDS:
        return foreign_script
    margin: Floats = np.maximum(foreign_script, _foreign_words(column, language))
    return margin


def _foreign_words(column: TextColumn, language: str) -> Floats:
    words = column.words
    native_words = frozenset(FUNCTION_WORDS[language].split())
    native = words.share(words.known(native_words))
    known = _belongs_to([name for name in FUNCTION_WORDS if name != language], words)
    telling = ~words.known(native_words)
    names_apart = telling & ~words.known(frozenset(NAME_PARTICLES.split()))
    suspects = words.of_rows(words.total(np.logical_or.reduce(list(known.values())) & telling) >= MIN_FOREIGN_WORDS)
    unknown = (native == 0) & (words.counts >= MIN_WORDS_UNKNOWN)
    num_capitals = column.among((suspects.counts > 0) | unknown, lambda texts: texts.counts(CAPITALISED))
    capitals = divide(num_capitals, words.counts)
    is_prose = (capitals < MIN_CAPITALS) & ~column.matches(CODE, needs="(_={}<>`\\")
    margin: Floats = np.zeros(len(column))
    for own in known.values():
        lead = suspects.share(own) - native
        num_telling = np.where(is_prose, suspects.total(own & telling), suspects.total(own & names_apart))
        margin = np.maximum(margin, np.where(num_telling >= MIN_FOREIGN_WORDS, lead, 0.0))
    margin = np.maximum(margin, _foreign_stretches(suspects, known, telling & names_apart, native_words))
    unknown &= ~_is_list(column, unknown, capitals)
    margin = np.maximum(margin, np.where(unknown, UNKNOWN_MARGIN, 0.0))
    margin[words.counts < MIN_WORDS] = 0.0
    num_distinct = words.of_rows(margin > 0).distinct(np.ones(len(words.vocabulary), bool))
    margin[num_distinct < np.minimum(words.counts, MIN_DISTINCT)] = 0.0
    return margin


def _foreign_stretches(words: Words, known: dict[str, Bools], telling: Bools, native_words: frozenset[str]) -> Floats:
    """Share of each row's words that lie in a stretch of another language; 0 where they are few.

    A stretch is `STRETCH` words running with `MIN_STRETCH` words of one other language and none of the contract's, but
    for those that both have.
    """
    is_native = words.known(native_words)
    margin: Floats = np.zeros(len(words.counts))
    starts = np.arange(max(0, len(words.codes) - STRETCH + 1))
    starts = starts[words.rows[starts] == words.rows[starts + STRETCH - 1]]
    for own in known.values():
        foreign = np.append(0, np.cumsum((own & telling)[words.codes]))
        native = np.append(0, np.cumsum((is_native & ~own)[words.codes]))
        many = foreign[starts + STRETCH] - foreign[starts] >= MIN_STRETCH
        found = starts[many & (native[starts + STRETCH] == native[starts])]
        covered = np.zeros(len(words.codes), bool)
        for offset in range(STRETCH):
            covered[found + offset] = True
        share = divide(np.bincount(words.rows[covered], minlength=len(words.counts)), words.counts)
        margin = np.maximum(margin, np.where(share >= MIN_STRETCH_SHARE, share, 0.0))
    return margin


def _belongs_to(languages: Sequence[str], words: Words) -> dict[str, Bools]:
    """For each language which words are function words of it or end as its words do."""
    endings = tuple(ending for language in languages for ending in ENDINGS.get(language, ()))
    ending_so = [place for place, word in enumerate(words.vocabulary) if word.endswith(endings)]
    known = {}
    for language in languages:
        own = words.known(frozenset(FUNCTION_WORDS[language].split()))
        last = ENDINGS.get(language, ())
        own[[place for place in ending_so if words.vocabulary[place].endswith(last)]] = True
        known[language] = own
    return known


def _is_list(column: TextColumn, chosen: Bools, capitals: Floats) -> Bools:
    """Names, quantities, ingredients: lists do without function words. Capitals, digits or commas show them."""
    commas = divide(column.among(chosen, lambda texts: texts.counts(r"[,;\n•|]")), column.words.counts)
    has_numbers = column.among(chosen, lambda texts: texts.matches(r"\p{Nd}.*\p{Nd}")) > 0
    return (capitals >= MIN_CAPITALS) | (commas >= MIN_COMMAS) | has_numbers
