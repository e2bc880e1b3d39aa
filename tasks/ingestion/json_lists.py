"""A JSON document that is a list, or an object of lists, an item at a time.

In memory are a block of text and the item that is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

DECODER = json.JSONDecoder(strict=False)
"""Lets raw tabs, line breaks and zero bytes stand inside strings: they are a matter for the contract."""
_BLANK = " \t\n\r"
_BLANKS = re.compile(f"[{_BLANK}]*")


def first_character(blocks: Iterator[str]) -> str:
    """A document's first character that is no blank: `[` begins a list, `{` an object; empty where there is none."""
    return next((text for block in blocks if (text := block.lstrip(_BLANK))), "")[:1]


def list_items(blocks: Iterator[str]) -> Iterator[tuple[Any, int]]:
    """The items of a document that starts a list, each with its size in characters.

    An item that ends beyond the text at hand is read again with twice as much, so the cost is linear.

    Raises:
        JSONDecodeError: The document doesn't parse; raised at that place, as `json.loads` would say it.
        RecursionError: An item is nested too deep.
    """
    reader = _Reader(blocks)
    yield from _items(reader)
    _expect_end(reader)


def members(blocks: Iterator[str]) -> Iterator[tuple[str, Iterator[tuple[Any, int]]]]:
    """The keys of a document that starts an object, each with the items of its list; none where it is another value.

    The items are there to be read until the next key is asked for. Errors as of `list_items`.
    """
    reader = _Reader(blocks)
    mark = reader.following()
    while mark != "}":
        reader.skip()  # the brace or a comma
        if mark == "{" and reader.following() == "}":
            break
        if reader.following() != '"':
            raise reader.error("Expecting property name enclosed in double quotes")
        key, _ = reader.item()
        if reader.following() != ":":
            raise reader.error("Expecting ':' delimiter")
        reader.skip()
        is_list = reader.following() == "["
        if not is_list:
            reader.item()
        items = _items(reader) if is_list else iter(())
        yield key, items
        for _ in items:
            pass
        mark = reader.following()
        if mark not in (",", "}"):
            raise reader.error("Expecting ',' delimiter")
    reader.skip()
    _expect_end(reader)


def _items(reader: _Reader) -> Iterator[tuple[Any, int]]:
    """Go past a list."""
    reader.skip()
    mark = reader.following()
    while mark != "]":
        yield reader.item()
        mark = reader.following()
        if mark not in (",", "]"):
            raise reader.error("Expecting ',' delimiter")
        if mark == ",":
            reader.skip()
    reader.skip()


def _expect_end(reader: _Reader) -> None:
    if reader.following():
        raise reader.error("Extra data")


class _Reader:
    """A place in a text that comes in blocks."""

    def __init__(self, blocks: Iterator[str]) -> None:
        self._blocks = blocks
        self._text, self._at = "", 0
        self._line, self._column = 0, 0
        """Where the text at hand begins in the document."""

    def following(self) -> str:
        """Go to the next character that is no blank, and say which it is; empty at the end."""
        self._at = self._past_blanks(self._at)
        while self._at == len(self._text) and self._read_on():
            self._at = self._past_blanks(self._at)
        return self._character(self._at)

    def skip(self) -> None:
        """Go past the next character that is no blank."""
        self.following()
        self._at += 1

    def item(self) -> tuple[Any, int]:
        """Go past an item; it is whole where another mark follows, since `1` may be the start of `12`."""
        self.following()
        while True:
            problem = None
            try:
                item, end = DECODER.raw_decode(self._text, self._at)
                is_whole = self._character(self._past_blanks(end)) in (",", "]", "}", ":")
            except json.JSONDecodeError as error:
                problem, is_whole = error, False
            if not is_whole and self._read_on():
                continue
            if problem:
                raise self._placed(problem)
            size, self._at = end - self._at, end
            return item, size

    def error(self, message: str) -> json.JSONDecodeError:
        """An error at this place."""
        return self._placed(json.JSONDecodeError(message, self._text, self._at))

    def _character(self, at: int) -> str:
        return self._text[at : at + 1]

    def _past_blanks(self, at: int) -> int:
        found = _BLANKS.match(self._text, at)
        assert found is not None
        return found.end()

    def _read_on(self) -> bool:
        """Drop what is done with, and read as much again as is left; False at the end."""
        left, added, size = len(self._text) - self._at, [], 0
        for block in self._blocks:
            added.append(block)
            size += len(block)
            if size >= left:
                break
        if not size:
            return False
        done = self._text[: self._at]
        self._line += done.count("\n")
        self._column = len(done) - done.rfind("\n") - 1 if "\n" in done else self._column + len(done)
        self._text, self._at = "".join([self._text[self._at :], *added]), 0
        return True

    def _placed(self, error: json.JSONDecodeError) -> json.JSONDecodeError:
        """The error with its line and column in the document."""
        error.colno += self._column if error.lineno == 1 else 0
        error.lineno += self._line
        return error
