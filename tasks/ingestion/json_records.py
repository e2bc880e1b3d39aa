"""JSON, JSON Lines and plain text to records."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from tasks.errors import SourceError
from tasks.ingestion.decoding import TextFile
from tasks.ingestion.json_lists import DECODER, first_character, list_items, members
from tasks.ingestion.records import Records, Unparsed, batches_of_objects

_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*\s*$")
_MIN_PARAGRAPHS = 20
"""Fewer paragraphs are too few rows to prefer them to lines."""


def read_json(text: TextFile, where: str, *, auto: bool) -> Iterator[Records]:
    """Records of a JSON document that is no list: an object with exactly one list of objects.

    It is read twice, an item at a time, as only its end tells which list it is.

    Args:
        text: The document.
        where: What errors call the file.
        auto: The format is a guess, so a document that is really JSON Lines is read as such.

    Raises:
        SourceError: It doesn't parse, or holds records in none of these ways.
    """
    try:
        if first_character(text.blocks()) != "{":
            kind = type(DECODER.decode(text.text())).__name__
            raise SourceError(f"{where} is a single JSON {kind}; it should be a list of objects or strings")
        lists = [(key, _are_objects(items)) for key, items in members(text.blocks())]
    except (ValueError, RecursionError) as error:
        if auto and isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
            return read_json_lines(text.lines("\n"), where)
        raise _unparsed(error, where) from error
    wanted = _only_list(lists, where)
    found = (items for key, items in members(text.blocks()) if key == wanted)
    return batches_of_objects((_object(item), size) for items in found for item, size in items)


def read_json_list(blocks: Iterator[str], where: str) -> Iterator[Records]:
    """Records of a JSON document that is a list of objects or strings.

    Args:
        blocks: The document's text.
        where: What errors call the file.

    Raises:
        SourceError: It doesn't parse, or no item is an object or string. It is raised where it stands, or at the end.
    """
    kinds: dict[str, None] = {}
    num_records = 0

    def items() -> Iterator[tuple[Mapping[str, Any] | Unparsed, int]]:
        nonlocal num_records
        for item, characters in list_items(blocks):
            kinds.setdefault(type(item).__name__)
            num_records += isinstance(item, (Mapping, str))
            yield _object(item), characters

    try:
        yield from batches_of_objects(items())
    except (ValueError, RecursionError) as error:
        raise _unparsed(error, where) from error
    if kinds and not num_records:
        raise SourceError(f"{where} is a list of {next(iter(kinds))}; it should be a list of objects or strings")


def read_json_lines(lines: Iterable[str], where: str) -> Iterator[Records]:
    """Records of one JSON object a line; a line that doesn't parse is kept as an unparseable record.

    Args:
        lines: As they stand between line feeds.
        where: What errors call the file.

    Raises:
        SourceError: No line parses. It is raised when all were read.
    """
    num_lines = num_parsed = 0

    def items() -> Iterator[tuple[Mapping[str, Any] | Unparsed, int]]:
        nonlocal num_lines, num_parsed
        for line in lines:
            if line.strip():
                item = _parsed_line(line.rstrip("\n").rstrip("\r"))
                num_lines += 1
                num_parsed += not isinstance(item, Unparsed)
                yield item, len(line)

    yield from batches_of_objects(items())
    if num_lines and not num_parsed:
        raise SourceError(
            f"{where}: none of its {num_lines} lines is a JSON object\n"
            "  name its format: -s source.format=json, csv or text"
        )


def read_text(lines: Iterable[str], unit: str) -> Iterator[Records]:
    """Records of plain text, in the column `text`: a line each, or a paragraph each; blank lines are no records."""
    stripped = (line.rstrip("\n") for line in lines)
    if unit == "line":
        texts = (line for line in stripped if line.strip())
    else:
        groups = groupby(stripped, key=lambda line: bool(line.strip()))
        texts = ("\n".join(group) for filled, group in groups if filled)
    return batches_of_objects(({"text": text}, len(text)) for text in texts)


def is_wrapped(paragraphs: Sequence[str]) -> bool:
    """Whether a text's lines are parts of its paragraphs, as in a book, rather than records of their own.

    The sign is a line that is followed by another without a blank one between and ends in mid-sentence: 90 % and more
    of such lines in books and plays, under 20 % in lists of sentences and in articles of a line a paragraph.
    """
    inner = [line for paragraph in paragraphs for line in paragraph.split("\n")[:-1]]
    unfinished = sum(not _SENTENCE_END.search(line) for line in inner)
    return len(paragraphs) >= _MIN_PARAGRAPHS and len(inner) >= len(paragraphs) and unfinished >= len(inner) / 2


def _unparsed(error: Exception, where: str) -> SourceError:
    if isinstance(error, json.JSONDecodeError):
        return SourceError(
            f"{where} doesn't parse as JSON: line {error.lineno}, column {error.colno}: {error.msg}\n"
            "  mend it there; if it holds one object a line: -s source.format=jsonl"
        )
    if isinstance(error, RecursionError):
        return SourceError(f"{where} doesn't parse as JSON: it is nested too deep\n  export it flatter")
    return SourceError(f"{where} doesn't parse as JSON: {error}\n  mend it there")


def _are_objects(items: Iterator[tuple[Any, int]]) -> bool:
    kinds = {isinstance(item, Mapping) for item, _ in items}
    return kinds == {True}


def _only_list(members: Sequence[tuple[str, bool]], where: str) -> str:
    """The key of an object's one list of objects."""
    lists = [key for key, are_objects in members if are_objects]
    if len(lists) == 1:
        return lists[0]
    keys = [key for key, _ in members]
    seen = f"lists under {', '.join(lists)}" if lists else f"the keys {', '.join(keys[:8]) or '(none)'}"
    raise SourceError(
        f"{where} is one JSON object with {seen}; it should hold exactly one list of objects\n"
        "  export the records as a list, or as one object a line"
    )


def _object(item: Any) -> Mapping[str, Any] | Unparsed:
    if isinstance(item, Mapping):
        return item
    return {"text": item} if isinstance(item, str) else Unparsed(json.dumps(item, ensure_ascii=False))


def _parsed_line(line: str) -> Mapping[str, Any] | Unparsed:
    try:
        item = DECODER.decode(line)
    except (ValueError, RecursionError):
        return Unparsed(line)
    return _object(item) if isinstance(item, (Mapping, str)) else Unparsed(line)
