"""A model card as text: its YAML front matter, its lines, and what of them is prose, code or comment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

from tasks.errors import SourceError
from tasks.quantities import byte_size
from tasks.yaml_values import read_yaml

MAX_BYTES = 1 << 20
"""A card is a page or two; the longest on the hub have some hundred kilobytes of metadata."""
MAX_FRONT_MATTER = 1 << 18
MAX_LINE = 4000
"""Characters of a line that are looked at: patterns take time with a line's length."""
PLACEHOLDER = re.compile(r"\[?more information needed\]?", re.IGNORECASE)
"""What the hub's templates leave for the author to fill in."""


class Line(NamedTuple):
    """A line of the card."""

    number: int
    """From 1, in the file."""
    text: str
    section: str
    """The heading it stands under, in small letters."""
    is_code: bool


class Card(NamedTuple):
    """A card that was read."""

    metadata: Mapping[str, Any]
    """The front matter; empty where there is none, or it can't be read."""
    front_matter: list[str]
    """Its lines, of which the first is the file's second."""
    problem: str
    """Why the front matter can't be read; mostly empty."""
    lines: list[Line]
    """The body, without comments."""

    @property
    def prose(self) -> list[Line]:
        """The body without code."""
        return [line for line in self.lines if not line.is_code]


def read_card(content: bytes) -> Card:
    """Parse a card; any text is one, and none of it is trusted.

    Raises:
        SourceError: It is no text in UTF-8, or JSON, or empty, or far too long for a card.
    """
    if b"\0" in content:
        raise SourceError("it holds NUL bytes: it is binary, not text")
    if len(content) > MAX_BYTES:
        raise SourceError(f"it has more than {byte_size(MAX_BYTES)}; a card has a page or two")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SourceError(f"it is not UTF-8 text (byte {content[error.start]:#04x} in line {line:,})") from error
    if not text.strip():
        raise SourceError("it holds no text")
    if re.match(r'\s*(?:\{\s*["}]|\[\s*\{\s*")', text):
        raise SourceError("it holds data in JSON")
    lines = [line[:MAX_LINE] for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    front = _front_matter(lines)
    metadata, problem = _metadata("\n".join(front))
    first = len(front) + 2 if front else 0
    return Card(metadata, front, problem, _body(lines, first))


def _front_matter(lines: list[str]) -> list[str]:
    """The lines between the first two `---`, the first of which opens the file."""
    if lines[0].strip() != "---" or "---" not in (rest := [line.rstrip() for line in lines[1:]]):
        return []
    return lines[1 : rest.index("---") + 1]


def _metadata(front: str) -> tuple[Mapping[str, Any], str]:
    if len(front) > MAX_FRONT_MATTER:
        return {}, f"it has {len(front):,} characters; at most {MAX_FRONT_MATTER:,} are read"
    try:
        values = read_yaml(front)
    except yaml.YAMLError as error:
        return {}, f"it is not YAML: {getattr(error, 'problem', None) or error}"
    if values is None or isinstance(values, dict):
        return values or {}, ""
    return {}, "it holds no keys"


def _body(lines: list[str], first: int) -> list[Line]:
    body, section, fence, in_comment = [], "", "", False
    for number, raw in enumerate(lines[first:], first + 1):
        text, in_comment = (raw, False) if fence else _without_comments(raw, in_comment)
        if marked := re.match(r" {0,3}(`{3,}|~{3,})", text):
            fence = "" if fence and marked[1].startswith(fence) else fence or marked[1]
        elif not fence and (heading := re.match(r" {0,3}#{1,6}[ \t]+(\S.*)", text)):
            section = heading[1].strip(" #*").lower()
        body.append(Line(number, text, section, bool(fence or marked)))
    return body


def _without_comments(text: str, inside: bool) -> tuple[str, bool]:
    """A line without its HTML comments, and whether one is still open at its end."""
    kept = []
    while text:
        before, mark, text = text.partition("-->" if inside else "<!--")
        if not inside:
            kept.append(before)
        if not mark:
            break
        inside = not inside
    return "".join(kept), inside
