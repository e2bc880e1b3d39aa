"""Damage done by wrong decoding and careless copying: mojibake, lost letters, invisible characters, untidy spaces.

Only rows with a non-ASCII letter or symbol can be mojibake, so ftfy's pattern (about 60,000 short texts a second) sees
only those, and its search for the right encoding (4,000 a second) only those that the pattern finds suspicious.
"""

from __future__ import annotations

import re

from tasks.validation.text_column import BEYOND_ASCII, Floats, TextColumn

SUSPECT = r"[^\x00-\x7F“”‘’—–…]"
"""Not ASCII, and not typeset punctuation, which no broken sequence consists of."""
CP437 = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╗╝╜╛┐"
"""What the bytes 0x80 to 0xBF, which continue a character in UTF-8, are in code page 437 (a DOS console's)."""
DOS = rf"Γ[ÇäåéêëòÖ£¥][{CP437}]|\pL[├┬][{CP437[:48]}]|[├┬][{CP437[:48]}]\pL|≡ƒ[{CP437}]{{2}}"
"""UTF-8 read as code page 437, which ftfy mends in Cyrillic only: quotes and dashes, accented letters, emoji."""
UNMISTAKABLE = rf"\x{{FFFD}}|â€|\x{{E2}}\x{{80}}|{DOS}"
"""Lost characters, and UTF-8's curly quotes and dashes read as Windows-1252 or Latin-1: the commonest mojibake."""
HOPELESS = 4
"""Unlikely sequences (ftfy's badness) from which on a text is mojibake even if no encoding explains it, since it was
damaged more than once, or cut. Sound texts in odd spelling reach 3 in ftfy's own list of them."""
C1 = re.compile(r"[\x80-\x9f]")
C1_PUNCTUATION = re.compile(r"[\x91-\x97]|\w\x85(?:\s|$)")
"""Windows-1252's quotes, bullet and dashes, and its ellipsis behind a word."""

LOST = r"(?i)\p{L}\?(?:t|s|re|ve|ll|m|d)(?:$|[^\w=&])|(?:^|[\s(])\?[a-z]{2,}"
"""A question mark where an apostrophe (`don?t`) or an opening quotation mark (`?Be yourself`) was."""

INVISIBLE = (
    r"\x1B\[[0-9;]*[A-Za-z]|[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}\x{AD}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}"
    r"\x{2060}-\x{2064}\x{2066}-\x{206F}\x{FEFF}\x{FFF9}-\x{FFFB}\x{E000}-\x{F8FF}]|"
    r"[A-Za-z][\x{200C}\x{200D}]+"
)
"""Terminal colours, controls, zero-width and bidi marks, private use. A joiner is spelling in Persian and Indic scripts
and part of emoji; after a Latin letter it is neither."""
CONTROLS = "".join(map(chr, [*range(0x20), 0x7F]))
"""Of ASCII."""

UNTIDY = r"^\s+|\s+$|[ \t]{2,}|[\t\r\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]| \n|\n{3,}"
"""Spaces at the edges or in runs, tabs, carriage returns, other spaces than the plain one, empty lines in runs."""


def mojibake(column: TextColumn) -> Floats:
    """1 where a text was decoded with the wrong encoding, by ftfy's judgement, or a character was lost to U+FFFD."""
    certain = column.matches(UNMISTAKABLE, needs=BEYOND_ASCII)
    suspect = column.matches(SUSPECT, needs=BEYOND_ASCII) & ~certain
    return certain + column.measure_where(suspect, _is_mojibake)


def _is_mojibake(text: str) -> float:
    from ftfy import fix_encoding
    from ftfy.badness import badness, is_bad
    from ftfy.fixes import fix_c1_controls

    if not is_bad(text):
        return 0.0
    if badness(text) >= HOPELESS:
        return 1.0
    fixed = fix_encoding(text)
    if fixed == text:
        return 0.0
    only_c1 = fixed == fix_c1_controls(text)  # Windows-1252 read as Latin-1; a single one may be a control after all
    return float(not only_c1 or len(C1.findall(text)) > 1 or bool(C1_PUNCTUATION.search(text)))


def lost_characters(column: TextColumn) -> Floats:
    """How often a `?` stands where an apostrophe or a quotation mark was."""
    return column.counts(LOST, needs="?")


def control_characters(column: TextColumn) -> Floats:
    """In how many places something is invisible: controls other than line ends and tabs, zero-width and bidi marks."""
    return column.counts(INVISIBLE, needs=CONTROLS + BEYOND_ASCII)


def untidy_whitespace(column: TextColumn) -> Floats:
    """In how many places there are needless or unusual spaces: at the edges, in runs, tabs, NBSP, carriage returns."""
    return column.counts(UNTIDY)


def python_pattern(pattern: str) -> str:
    r"""An RE2 pattern for Python's `re`: `\x{200B}` becomes `\u200B`."""
    return re.sub(r"\\x\{([0-9A-Fa-f]+)\}", lambda found: f"\\u{int(found[1], 16):04x}", pattern)
