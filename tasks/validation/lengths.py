"""How long a text is, what it is made of, and whether it stops in the middle."""

from __future__ import annotations

import numpy as np

from tasks.validation.text_column import CJK, Floats, TextColumn, divide

VISIBLE = r"[^\s\p{Z}\p{C}]"
"""A character that leaves a mark on paper."""
SYMBOL = r"""[^\p{L}\p{M}\p{N}\s\p{Z}.,;:!?'"“”„‘’‚«»‹›()\[\]—–\-‐‑…/&%¿¡_`、。，！？：；「」『』（）]"""
"""Neither letter, digit, space nor common punctuation."""

DANGLING = "the|an|and|or|but|because|than|if|whose|upon|my|your|our|their|every|although|whereas"
"""Words that no sentence ends with; prepositions do end sentences ("what dreams are made of"), so none is here."""
CUT_OFF = rf"(?i)(?:[,(\[“‘]|\pL-|[^\w'’](?:{DANGLING})|[\[(](?:…|\.\.\.|more)[\])])\s*$"


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


def char_count(column: TextColumn) -> Floats:
    """Unicode code points."""
    return column.lengths


def symbol_fraction(column: TextColumn) -> Floats:
    """Share of characters that are neither letters, digits, spaces nor common punctuation."""
    return divide(column.count_characters(SYMBOL), column.lengths)


def letter_fraction(column: TextColumn) -> Floats:
    """Share of the characters other than spaces that are letters; 1 for a blank text."""
    visible = column.count_characters(r"[^\s\p{Z}]")
    return np.where(visible > 0, divide(column.count_characters(r"[\p{L}\p{M}]"), visible), 1.0)


def truncated(column: TextColumn) -> Floats:
    """1 where a text ends in a comma, an opening bracket, a hyphen, `[…]` or a word that no sentence ends with.

    A comma at the end of several lines is that of verse.
    """
    ends_verse = column.matches(r"\n[^\n]*,\s*$")
    return (column.matches(CUT_OFF) & ~ends_verse).astype(float)
