"""JSON, JSON Lines and plain text to records."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from tasks.errors import SourceError
from tasks.ingestion.records import Records, Unparsed, records_from_objects

_DECODER = json.JSONDecoder(strict=False)
"""Lets raw tabs, line breaks and zero bytes stand inside strings: they are a matter for the contract."""
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*\s*$")
_MIN_PARAGRAPHS = 20
"""Fewer paragraphs are too few rows to prefer them to lines."""


def read_json(text: str, where: str, *, auto: bool) -> Records:
    """Records of a JSON document: a list of objects or strings, or an object with exactly one list of objects.

    Args:
        text: The document.
        where: What errors call the file.
        auto: The format is a guess, so a document that is really JSON Lines is read as such.

    Raises:
        SourceError: It doesn't parse, or holds records in none of these ways.
    """
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        if auto and error.msg == "Extra data" and text.lstrip().startswith("{"):
            return read_json_lines(text, where, auto=False)
        raise SourceError(
            f"{where} doesn't parse as JSON: line {error.lineno}, column {error.colno}: {error.msg}\n"
            "  mend it there; if it holds one object a line: -s source.format=jsonl"
        ) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{where} doesn't parse as JSON: {error}") from error
    return records_from_objects(_object(item) for item in _items(document, where))


def read_json_lines(text: str, where: str, *, auto: bool) -> Records:
    """Records of one JSON object a line; a line that doesn't parse is kept as an unparseable record.

    Raises:
        SourceError: No line parses.
    """
    if auto and text.lstrip().startswith("["):
        return read_json(text, where, auto=False)
    items = [_parsed_line(line.rstrip("\r")) for line in text.split("\n") if line.strip()]
    if items and all(isinstance(item, Unparsed) for item in items):
        raise SourceError(
            f"{where}: none of its {len(items)} lines is a JSON object\n"
            "  name its format: -s source.format=json, csv or text"
        )
    return records_from_objects(items)


def read_text(text: str, unit: str) -> Records:
    """Records of plain text, in the column `text`: a line each, or a paragraph each; blank lines are no records."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if unit == "line":
        return records_from_objects({"text": line} for line in lines if line.strip())
    paragraphs = ("\n".join(group) for filled, group in groupby(lines, key=lambda line: bool(line.strip())) if filled)
    return records_from_objects({"text": paragraph} for paragraph in paragraphs)


def is_wrapped(paragraphs: Sequence[str]) -> bool:
    """Whether a text's lines are parts of its paragraphs, as in a book, rather than records of their own.

    The sign is a line that is followed by another without a blank one between and ends in mid-sentence: 90 % and more
    of such lines in books and plays, under 20 % in lists of sentences and in articles of a line a paragraph.
    """
    inner = [line for paragraph in paragraphs for line in paragraph.split("\n")[:-1]]
    unfinished = sum(not _SENTENCE_END.search(line) for line in inner)
    return len(paragraphs) >= _MIN_PARAGRAPHS and len(inner) >= len(paragraphs) and unfinished >= len(inner) / 2


def _items(document: Any, where: str) -> list[Any]:
    if isinstance(document, Mapping):
        lists = {key: value for key, value in document.items() if _is_list_of_objects(value)}
        if len(lists) != 1:
            seen = (
                f"lists under {', '.join(lists)}" if lists else f"the keys {', '.join(list(document)[:8]) or '(none)'}"
            )
            raise SourceError(
                f"{where} is one JSON object with {seen}; it should hold exactly one list of objects\n"
                "  export the records as a list, or as one object a line"
            )
        document = next(iter(lists.values()))
    if not isinstance(document, list):
        raise SourceError(
            f"{where} is a single JSON {type(document).__name__}; it should be a list of objects or strings"
        )
    if document and not any(isinstance(item, (Mapping, str)) for item in document):
        raise SourceError(
            f"{where} is a list of {type(document[0]).__name__}; it should be a list of objects or strings"
        )
    return document


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _object(item: Any) -> Mapping[str, Any] | Unparsed:
    if isinstance(item, Mapping):
        return item
    return {"text": item} if isinstance(item, str) else Unparsed(json.dumps(item, ensure_ascii=False))


def _parsed_line(line: str) -> Mapping[str, Any] | Unparsed:
    try:
        item = _DECODER.decode(line)
    except (ValueError, RecursionError):
        return Unparsed(line)
    return _object(item) if isinstance(item, (Mapping, str)) else Unparsed(line)
