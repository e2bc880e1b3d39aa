"""Letters that only look like the ones they stand for: of other scripts, styled, turned, or under stacked marks.

They read well to people and as noise to a tokenizer; they come from spam that hides from filters, from fancy-text
generators and from scans read with the wrong alphabet. Letters in other scripts on their own are another language's.

Source: the confusables of Unicode Technical Standard 39, as far as they look like Latin letters.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from tasks.validation.text_column import BEYOND_ASCII, Floats, TextColumn, divide

CYRILLIC = "асԁеһіјӏорԛѕуԝхѵгпктвнмАВСЕНІЈКМОРЅТХУ"
GREEK = "ονρυικταεηγωχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_OTHER = rf"[{CYRILLIC}{GREEK}\p{{Armenian}}\p{{Cherokee}}\p{{Lisu}}]"
WITHIN_WORDS = (
    rf"\p{{Cyrillic}}\p{{Latin}}|\p{{Latin}}\p{{Cyrillic}}|[A-Za-z]{_OTHER}[a-z]|"
    rf"\b[A-Za-z]{{2,}}{_OTHER}|{_OTHER}[a-z]{{2,}}"
)
"""A word of two scripts. One Greek letter beside one Latin letter is a formula's: Δt, 2πr."""
ALONE = rf"[A-Za-z]{{2}}[,;:]? (?:[{CYRILLIC[:16]}]{{1,4}}|[{GREEK[:8]}]{{2,4}}) [A-Za-z]{{2}}"
"""A short word of nothing but lookalikes between Latin ones."""
STYLED = (
    r"[\x{1D400}-\x{1D7FF}]{3,}|[\x{24B6}-\x{24E9}]{3,}|[\x{1F110}-\x{1F12C}\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}"
    r"\x{1F170}-\x{1F189}]{3,}|[\x{249C}-\x{24B5}]{3,}"
)
"""Words in mathematical, circled, squared or bracketed letters; single ones are formulas and list marks."""
FULL_WIDTH = r"[\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}]{2,}"
CJK = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
"""Beside these, full-width letters are at home."""
SMALL = r"[ɐɑɒɔǝɘɛɟƃɢʛɥʜᴉɪʞʟɯɰɴɹʁʀʇʌʍʎʏᴀ-ᴢꞮꜰꜱᗩ-ᗿ]"
"""Turned letters and small capitals; a few of them stand for sounds."""
MAX_SMALL_SHARE = 0.2
MIN_SMALL = 5
MARKED = r"\p{Latin}\p{M}"
MIN_MARKED = 3
MIN_STACK = 3
_MARKS = re.compile(r"[A-Za-z]((?:[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff])+)")


def lookalike_letters(column: TextColumn) -> Floats:
    """In how many places letters stand for others that they look like."""
    return column.among(column.holding(BEYOND_ASCII), _places)


def _places(column: TextColumn) -> Floats:
    places = column.counts(f"{WITHIN_WORDS}|{ALONE}|{STYLED}")
    places += np.where(column.matches(CJK), 0.0, column.counts(FULL_WIDTH))
    num_small = column.counts(SMALL)
    letters = column.count_characters(r"\p{L}") if (num_small >= MIN_SMALL).any() else np.ones(len(column))
    is_small = (num_small >= MIN_SMALL) & (divide(num_small, letters) >= MAX_SMALL_SHARE)
    places += np.where(is_small, num_small, 0.0)
    return places + column.measure_where(column.matches(MARKED), _marked_letters)


def _marked_letters(text: str) -> float:
    """Letters with marks that no script writes: stacked, or left over where accented letters are put together."""
    stacks = [len(marks) for marks in _MARKS.findall(unicodedata.normalize("NFC", text))]
    return float(len(stacks)) if len(stacks) >= MIN_MARKED or max(stacks, default=0) >= MIN_STACK else 0.0
