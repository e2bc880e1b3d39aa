"""Repairs: from a text with a repairable defect to the text without it, keyed by the signal that finds the defect.

A repair is applied only to texts that break a rule with `action: repair`; the signal is measured again afterwards, so
a text that is still broken is rejected. What a repair would leave blank it leaves as it was, to be rejected.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from tasks.validation.damage import CP437, DOS, INVISIBLE, python_pattern
from tasks.validation.footnote_marks import drop_marks
from tasks.validation.markup import CODE_POINT, SPECIAL_TOKEN, TAG
from tasks.validation.run_together import separate

MAX_UNESCAPES = 3
"""`&amp;amp;lt;` was escaped three times."""

LOST_QUOTE = "â€\ufffd"
"""UTF-8's `”` read as Windows-1252, which has no character for its last byte, 9D; the other curly quotes and dashes
keep theirs."""

_DOS = re.compile(DOS.replace(r"\pL", r"[^\W\d_]"))
_DOS_CHARACTER = re.compile(rf"[├┬][{CP437}]|Γ[{CP437}]{{2}}|≡[{CP437[16:]}][{CP437}]{{2}}")
_JOINER = re.compile("[\u200c\u200d]+")
_INVISIBLE = re.compile(python_pattern(INVISIBLE))
_PAGE_BREAK = re.compile(r"[\x0b\x0c]")
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_LINE_END = re.compile(r" ?\n ?")
_EMPTY_LINES = re.compile(r"\n{3,}")
_HIDDEN = tuple(
    (re.compile(start, re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for start, end in (("<!--", "-->"), (r"<script\b", r"</script\s*>"), (r"<style\b", r"</style\s*>"))
)
_BREAK = re.compile(r"</?(?:p|br|hr|div|li|tr|h[1-6]|ul|ol|blockquote|section|article|table)\b[^<>]*>", re.IGNORECASE)
_CODE_POINTS = re.compile(rf"(?:\\{{1,2}}{CODE_POINT})+")
_CODE_POINT = re.compile(rf"\\+({CODE_POINT})")
_LINE_ESCAPE = re.compile(r"(?:\\{1,2}r)?\\{1,2}n|\\{1,2}r")
_ESCAPED = re.compile(r"\\{1,2}([\"'/&_#%$*-])")
_EDGE_MARKS = re.compile(r"^[\s,;:~|—–-]+|[\s,;:~|&—–-]+$")
_SPECIAL = SPECIAL_TOKEN.replace(r"\x{FF5C}", "\uff5c")
_SPECIAL_AT_EDGES = re.compile(rf"^(?:\s*(?:{_SPECIAL}))+\s*|(?:\s*(?:{_SPECIAL}))+\s*$")
_TAG = re.compile(rf"{TAG}|\[(?:b|i|u|size|color|font)(?:=[^\]\s]*)?\]")


def fix_mojibake(text: str) -> str:
    """Decoded anew with the encoding that ftfy finds, `â€` and a lost byte as a closing quotation mark."""
    from ftfy import fix_encoding

    whole = text.replace(LOST_QUOTE, "”")
    return fix_encoding(_DOS_CHARACTER.sub(_decoded_anew, whole) if _DOS.search(whole) else whole)


def _decoded_anew(found: re.Match[str]) -> str:
    return found[0].encode("cp437").decode("utf-8", "replace")


def tidy_whitespace(text: str) -> str:
    """One plain space between words, none at the edges of lines, `\\n` at line ends, at most one empty line."""
    lines = _AROUND_LINE_END.sub("\n", _SPACES.sub(" ", _LINE_END.sub("\n", text)))
    return _EMPTY_LINES.sub("\n\n", lines).strip() or text


def strip_markup(text: str) -> str:
    """Without tags (those that end a line become line ends; scripts and comments go whole), entities unescaped."""
    plain = text
    for start, end in _HIDDEN:
        plain = _without(plain, start, end)
    plain = _EMPTY_LINES.sub("\n\n", _AROUND_LINE_END.sub("\n", _TAG.sub("", _BREAK.sub("\n", plain))))
    for _ in range(MAX_UNESCAPES):
        unescaped = html.unescape(plain)
        if unescaped == plain:
            break
        plain = unescaped
    return plain.replace("\u00a0", " ").strip() or text


def _without(text: str, start: re.Pattern[str], end: re.Pattern[str]) -> str:
    """A text without what lies between two marks; in one pass, which a single pattern isn't on unclosed marks."""
    kept, place = [], 0
    while (opened := start.search(text, place)) and (closed := end.search(text, opened.end())):
        kept.append(text[place : opened.start()])
        place = closed.end()
    return "".join([*kept, text[place:]])


def unescape(text: str) -> str:
    r"""With the characters that backslash escapes stand for; bytes (`\xe2\x80\x99`) are read as UTF-8, or Latin-1."""
    plain = _CODE_POINTS.sub(_characters, text)
    plain = _LINE_ESCAPE.sub("\n", plain)
    return _ESCAPED.sub(r"\1", re.sub(r"\\{1,2}t", " ", plain)).strip() or text


def _characters(found: re.Match[str]) -> str:
    codes = _CODE_POINT.findall(found[0])
    points = [int(code, 8) if code[0].isdigit() else int(code[1:], 16) for code in codes]
    if max(points) > 0x10FFFF or any(point < 32 for point in points):
        return found[0]
    try:
        if any(code[0] in "uU" for code in codes):
            return "".join(map(chr, points)).encode("utf-16", "surrogatepass").decode("utf-16")
        return bytes(points).decode("utf-8")
    except UnicodeDecodeError:
        is_latin = len(points) == 1 and points[0] >= 0xA0
        return chr(points[0]) if is_latin else found[0]


def strip_marks(name: str) -> str:
    """Without the marks at its edges that joined it to something else; an `et al.` keeps its full stop."""
    return _EDGE_MARKS.sub("", name).strip() or name


def strip_special_tokens(text: str) -> str:
    """Without the literal special tokens that someone set around it; one inside may part two texts, and stays."""
    return _SPECIAL_AT_EDGES.sub("", text) or text


def drop_invisible(text: str) -> str:
    """Without invisible characters; C1 controls are read as Windows-1252, as HTML does; page breaks end a line."""
    from ftfy.fixes import fix_c1_controls

    visible = _INVISIBLE.sub(_visible_part, _PAGE_BREAK.sub("\n", fix_c1_controls(text)))
    return visible if visible.strip() else text


def _visible_part(found: re.Match[str]) -> str:
    """The letter before a joiner, nothing of any other match."""
    return _JOINER.sub("", found[0]) if found[0][0].isalpha() else ""


REPAIRS: dict[str, Callable[[str], str]] = {
    "mojibake": fix_mojibake,
    "untidy_whitespace": tidy_whitespace,
    "html_residue": strip_markup,
    "escape_residue": unescape,
    "control_characters": drop_invisible,
    "run_together": separate,
    "footnote_marks": drop_marks,
    "stray_punctuation": strip_marks,
    "special_token_in_text": strip_special_tokens,
}
