"""What the web and other models' prompt formats leave behind: tags, entities, bare links, special tokens."""

from __future__ import annotations

import re
from html.entities import html5

import numpy as np

from tasks.validation.text_column import Floats, TextColumn, divide

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

SPECIAL_TOKEN = (
    r"<\|[A-Za-z_][A-Za-z0-9_ ]*\|>|<\x{FF5C}[^>]{1,30}\x{FF5C}>|</?s>|\[/?INST\]|<</?SYS>>|"
    r"</?(?:pad|unk|bos|eos|mask|sep|cls|start_of_turn|end_of_turn)>|\[(?:PAD|UNK|CLS|SEP|MASK)\]|<extra_id_\d+>"
)


def html_residue(column: TextColumn) -> Floats:
    """How many HTML or forum tags and HTML entities the text holds; `<3` and `AT&T` are neither."""
    entities = column.measure_where(column.matches(r"&[#A-Za-z0-9]+;"), _count_entities)
    return column.counts(TAG) + entities


def _count_entities(text: str) -> float:
    return float(sum(name.startswith("#") or f"{name};" in html5 for name in ENTITY.findall(text)))


def url_only(column: TextColumn) -> Floats:
    """1 where there is nothing but links."""
    return column.matches(URL_ONLY).astype(float)


def url_fraction(column: TextColumn) -> Floats:
    """Share of the words that are links."""
    return np.minimum(divide(column.counts(rf"(?i){URL}"), column.counts(r"\S+")), 1.0)


def special_token_in_text(column: TextColumn) -> Floats:
    """How many literal special tokens of some model the text holds: `<|endoftext|>`, `</s>`, `[INST]`."""
    return column.counts(SPECIAL_TOKEN)
