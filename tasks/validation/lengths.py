"""How long a text is, what it is made of, and whether it stops in the middle."""

from __future__ import annotations

import numpy as np

from tasks.validation import cut_fronts
from tasks.validation.text_column import CJK, Floats, TextColumn, divide

ENGLISH = "en"
VISIBLE = r"[^\s\p{Z}\p{C}]"
"""A character that leaves a mark on paper."""
SYMBOL = r"""[^\p{L}\p{M}\p{N}\s\p{Z}.,;:!?'"“”„‘’‚«»‹›()\[\]—–\-‐‑…/&%¿¡_`、。，！？：；「」『』（）]"""
"""Neither letter, digit, space nor common punctuation."""
FIELD = r"(?i)\{\{ ?[a-z_][\w. |]* ?\}\}"
"""A template's field, which is a placeholder."""
BRACES = 4
OPERATOR = r"[\pL\pN)\]] ?(?:\*\*|[<>=!]=|[<>=+*^]) ?[\pL\pN(\[-]"
"""Between operands, as in a formula: x >= 2."""
MIN_SYMBOLS = 0.05
"""Share from which on it is worth a look what the symbols are."""

DANGLING = "the|an|and|or|but|because|than|if|whose|upon|my|your|our|their|every|although|whereas"
"""Words that no sentence ends with; prepositions do end sentences ("what dreams are made of"), so none is here."""
ARTICLE = r"\p{Ll} (?-i:a)"
"""A grade or a vitamin is a capital A."""
CUT_OFF = (
    rf"(?i)(?:[,(\[“‘]|\pL-|[^\w'’](?:{DANGLING})|{ARTICLE}|[^\w'’]which (?:is|are|was|were|has|have|had)|"
    r"[\[(](?:…|\.\.\.|more)[\])])\s*$"
)

MAX_FRAGMENT = 80
"""Characters; longer words are no words."""
TWO_WORDS = r"^[^\pL\pN]*[\pL\pN][^\s\p{Z}]*[\s\p{Z}]+[\pL\pN][^\s\p{Z}]*\s*$"
SAYS = (
    r"(?i)^[^\pL\pN]*(?:[\pL'’]*[a-rt-z] [\pL'’]*[a-rt-z]s|[\pL'’]*[a-rt-z]s [\pL'’]*[a-rt-z]|"
    r"[\pL'’]+ (?:me|him|her|it|us|them|not|"
    r"(?:my|thy|your|him|her|it)self|(?:our|your|them)selves|(?:every|any|some)(?:thing|one|body|where)|nothing|"
    r"nobody|\pL{2,}ly))[.!?…]+[\"'”’)]*\s*$"
)
"""Two words of which one agrees with the other (`Money talks.`, `Opposites attract.`), or a verb and what it takes."""
COUNTED = (
    r"(?i)^[^\pL\pN]*(?:the|an?|some|many|few|several|more|most|all|no|both|two|three|four|five|six|seven|eight|nine|ten|"
    r"my|your|his|her|its|our|their|this|these|those|yes|thanks|always|sometimes|perhaps|besides|\d+) "
)
"""What stands before a noun, or before nothing: no subject."""


def is_empty(column: TextColumn) -> Floats:
    """1 where no character leaves a mark."""
    return (~column.matches(VISIBLE)).astype(float)


def word_count(column: TextColumn) -> Floats:
    """Runs of non-space characters; each Chinese, Japanese or Thai character counts as one."""
    characters = column.characters
    is_space, is_cjk = characters.are(r"[ \t\n\f\r]"), characters.are(f"[{CJK}]")
    in_run = ~(is_space | is_cjk)
    starts_run = in_run & ~np.append(False, in_run[:-1])
    starts_row = column.row_starts[column.lengths > 0]
    starts_run[starts_row] = in_run[starts_row]
    return column.count_marks(is_cjk | starts_run)


def fragment(column: TextColumn, language: str) -> Floats:
    """1 where a text of one word, or in English of two, is no sentence.

    Two words make one by agreement, one of them ending in -s and the other not, or where the second needs a verb before
    it: a pronoun, a negation, an adverb. Other short sentences (`Be kind.`) can't be told from phrases (`Old bread.`).
    """
    chosen = column.lengths <= MAX_FRAGMENT
    short = column.where(chosen)
    has_two = short.matches(TWO_WORDS)
    is_sentence = short.among(has_two, lambda texts: texts.matches(SAYS) & ~texts.matches(COUNTED)) > 0
    fragments = np.zeros(len(column))
    fragments[chosen] = (word_count(short) < 2) | (has_two & ~is_sentence & (language == ENGLISH))
    return fragments


def char_count(column: TextColumn) -> Floats:
    """Unicode code points."""
    return column.lengths


def symbol_fraction(column: TextColumn) -> Floats:
    """Share of characters that aren't letters, digits, spaces or common punctuation, fields and operators aside."""
    symbols = column.count_characters(SYMBOL)
    many = symbols >= MIN_SYMBOLS * np.maximum(column.lengths, 1.0)
    some = column.where(many)
    symbols[many] -= BRACES * some.counts(FIELD) + some.counts(OPERATOR)
    return divide(np.maximum(symbols, 0), column.lengths)


def letter_fraction(column: TextColumn) -> Floats:
    """Share of the characters other than spaces that are letters; 1 for a blank text."""
    visible = column.count_characters(r"[^\s\p{Z}]")
    return np.where(visible > 0, divide(column.count_characters(r"[\p{L}\p{M}]"), visible), 1.0)


def truncated(column: TextColumn, language: str) -> Floats:
    """1 where a text ends in a comma, an opening bracket, a hyphen, `[…]` or a word that no sentence ends with.

    A comma at the end of several lines is that of verse. In English also where it begins with part of a word.
    """
    ends_verse = column.matches(r"\n[^\n]*,\s*$")
    is_cut = (column.matches(CUT_OFF) & ~ends_verse).astype(float)
    if language == ENGLISH:
        cut_before = column.measure_where(column.matches(cut_fronts.GATE), cut_fronts.begins_with_part_of_a_word)
        is_cut = np.maximum(is_cut, cut_before)
    return is_cut
