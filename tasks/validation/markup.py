"""What the web, exports and prompt formats leave behind: tags, entities, escapes, bare links, special tokens."""

from __future__ import annotations

import re
from html.entities import html5

import numpy as np
import pyarrow as pa

from tasks.validation.text_column import COMPILED, Floats, TextColumn, divide

TAGS = (
    "a|abbr|article|aside|b|blockquote|body|br|button|center|cite|code|dd|div|dl|dt|em|embed|figure|font|footer|form|"
    "h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|label|li|link|main|meta|nav|object|ol|option|p|param|pre|"
    "ref|script|section|select|small|span|strong|style|sub|sup|svg|table|tbody|td|textarea|tfoot|th|thead|title|tr|"
    "tt|u|ul|video"
)
FORUM_TAGS = "url|img|quote|code|color"
CLOSED_FORUM_TAGS = "b|i|u|size"
"""Count by their closing tag only: `[I]t is` is an editor's, `[size=dozens]` an event record's note of a crowd."""
TAG = (
    rf"(?i)</?(?:{TAGS})(?:\s[^<>]*)?/?>|<!--|<!DOCTYPE|"
    rf"\[/?(?:{FORUM_TAGS})(?:=[^\]\s]*)?\]|\[/(?:{CLOSED_FORUM_TAGS})\]"
)
ENTITY = re.compile(r"&(#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|[A-Za-z]{2,31}\d{0,2});")

URL = r"(?:https?|ftp)://\S+|www\.\S+\.\S+"
URL_ONLY = rf"(?i)^[\s<(\[]*(?:{URL})(?:[\s,;|]+(?:{URL}))*[\s>)\]]*$"

CODE_POINT = r"(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-3][0-7]{2})"
"""A character or byte by its number, behind a backslash."""
UNICODE = r"\\{1,2}(?:u[0-9a-fA-F]{4}|U000[01][0-9a-fA-F]{4})"
_REST = r"\\{1,2}(?:x[89abAB][0-9a-fA-F]|2[0-7]{2})"
UTF_8 = (
    rf"\\{{1,2}}(?:x[cdCD][0-9a-fA-F]|3[0-3][0-7]){_REST}|\\{{1,2}}(?:x[eE][0-9a-ceA-CE]|34[0-7]|"
    rf"35[0-46]){_REST}{_REST}|"
    rf"\\{{1,2}}(?:x[fF][0-4]|36[0-4]){_REST}{_REST}{_REST}"
)
"""The bytes of one character beyond ASCII; bytes that are no text are undecodable, not escapes."""
ESCAPE = (
    rf"[\pL,.!?;:\"\d]{UNICODE}|{UNICODE}\pL|{UTF_8}|(?:^|\s)\pL+\\{{1,2}}x[a-f][0-9a-f]\pL|"
    r"[\pL.,!?;:)\]\"’”…-]\\{1,2}[nrt](?:\\{1,2}[nrtu\"]|[\p{Lu}\d\"“ -]|$)|\pL\\{1,2}[nt]\pL+(?:[ ,.]|\\|$)|"
    r"[.!?,] \\{1,2}n(?:\\{1,2}n)* ?\p{Lu}|(?:\\{1,2}[nr]){2}|"
    r"[\pL.,!?]\\{1,2}[\"']|\\{1,2}[\"']\pL|\pL\\{1,2}/\pL|:\\{1,2}/\\{1,2}/|\pL\\{1,2}[&_#-]\pL|\s\\{1,2}[&]\s"
)
r"""Backslash escapes of strings among words: `said \"no\".\nThen`, `caf\u00e9`; neither paths nor patterns."""

SPECIAL_TOKEN = (
    r"<\|[A-Za-z_][A-Za-z0-9_ ]*\|>|<\x{FF5C}[^>]{1,30}\x{FF5C}>|</?s>|\[/?INST\]|<</?SYS>>|"
    r"</?(?:pad|unk|bos|eos|mask|sep|cls|start_of_turn|end_of_turn)>|\[(?:PAD|UNK|CLS|SEP|MASK)\]|<extra_id_\d+>"
)


def html_residue(column: TextColumn) -> Floats:
    """How many HTML or forum tags and HTML entities the text holds; `<3` and `AT&T` are neither."""
    entities = column.measure_where(column.matches(r"&[#A-Za-z0-9]+;", needs="&"), _count_entities)
    return column.counts(TAG, needs="<[") + entities


def _count_entities(text: str) -> float:
    return float(sum(name.startswith("#") or f"{name};" in html5 for name in ENTITY.findall(text)))


def escape_residue(column: TextColumn) -> Floats:
    r"""How many backslash escapes of strings stand among the words: `\n`, `\"`, `\u2019`."""
    return column.counts(ESCAPE, needs="\\")


def url_only(column: TextColumn) -> Floats:
    """1 where there is nothing but links."""
    return column.matches(URL_ONLY).astype(float)


def url_fraction(column: TextColumn) -> Floats:
    """Share of the words that are links."""
    links = column.counts(rf"(?i){URL}")
    words = np.zeros(len(column))
    words[links > 0] = column.where(links > 0).counts(r"\S+")
    return np.minimum(divide(links, words), 1.0)


def special_token_in_text(column: TextColumn) -> Floats:
    """How many literal special tokens of some model the text holds: `<|endoftext|>`, `</s>`, `[INST]`."""
    return column.counts(SPECIAL_TOKEN, needs="<[")


def without_special_tokens(texts: pa.Array) -> pa.Array:
    """Texts with a space, or nothing at their edges, for literal special tokens; the array itself where none is."""
    held = COMPILED.fill_null(COMPILED.match_substring_regex(texts, SPECIAL_TOKEN), False)
    if not COMPILED.any(held).as_py():
        return texts
    spaced = COMPILED.replace_substring_regex(texts.filter(held), rf"(?:{SPECIAL_TOKEN})+", " ")
    return COMPILED.replace_with_mask(texts, held, COMPILED.replace_substring_regex(spaced, "^ +| +$", ""))
