"""Damage done by wrong decoding: mojibake, letters lost to question marks, characters nobody sees.

Only rows with a non-ASCII letter or symbol can be mojibake, so ftfy (about 4,200 documents a second) sees only those.
"""

from __future__ import annotations

from tasks.validation.text_column import Floats, TextColumn

SUSPECT = r"[^\x00-\x7F“”‘’—–…]"
"""Not ASCII, and not typeset punctuation, which no broken sequence consists of."""
REPLACEMENT = "\ufffd"

LOST = r"(?i)\p{L}\?(?:t|s|re|ve|ll|m|d)(?:$|[^\w=&])|(?:^|[\s(])\?[a-z]{2,}"
"""A question mark where an apostrophe (`don?t`) or an opening quotation mark (`?Be yourself`) was."""

INVISIBLE = (
    r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\xAD\u200B\u200E\u200F\u202A-\u202E"
    r"\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB\uE000-\uF8FF]"
)
"""Controls, zero-width and bidi marks, private use."""
JOINED = r"[A-Za-z][\x{200C}\x{200D}]"
"""A joiner is spelling in Persian and Indic scripts and part of emoji; after a Latin letter it is neither."""


def mojibake(column: TextColumn) -> Floats:
    """1 where UTF-8 was read as another encoding, by ftfy's judgement, or a character was lost to U+FFFD."""
    return column.measure_where(column.matches(SUSPECT), _is_mojibake)


def _is_mojibake(text: str) -> float:
    import ftfy
    from ftfy.badness import is_bad

    return float(REPLACEMENT in text or is_bad(text) or ftfy.fix_encoding(text) != text)


def lost_characters(column: TextColumn) -> Floats:
    """How often a `?` stands where an apostrophe or a quotation mark was."""
    return column.counts(LOST)


def control_characters(column: TextColumn) -> Floats:
    """How many characters are invisible: controls other than line ends and tabs, zero-width and bidi marks."""
    return column.count_characters(INVISIBLE) + column.counts(JOINED)
