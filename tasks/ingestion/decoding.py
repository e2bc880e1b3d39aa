"""Bytes to text, in the encoding that is declared or found (`detection.py`).

Damage stays in the text as lone surrogates (`surrogateescape`). Text is read a line or a block at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from io import TextIOWrapper
from typing import IO

from tasks.ingestion.contents import BLOCK_BYTES, Content
from tasks.ingestion.detection import Encoding, find_encoding


class TextFile:
    """A file's text, read as often as it is asked for."""

    def __init__(self, content: Content, encoding: Encoding) -> None:
        self._content = content
        self.encoding, self.note = encoding.name, encoding.note

    def lines(self, newline: str | None) -> Iterator[str]:
        """The text's lines with their ends; `newline` as for `open`."""
        stream = self._stream(newline)
        try:
            for line in stream:  # noqa: UP028 - `yield from` would close the file with the generator
                yield line
        finally:
            _let_go(stream)

    def text(self) -> str:
        """All of it."""
        return "".join(self.blocks())

    def blocks(self) -> Iterator[str]:
        """All of it, a block at a time."""
        stream = self._stream("")
        try:
            yield from iter(lambda: stream.read(BLOCK_BYTES), "")
        finally:
            _let_go(stream)

    def is_blank(self) -> bool:
        """Whether it holds nothing but white space."""
        return not any(block.strip() for block in self.blocks())

    def _stream(self, newline: str | None) -> TextIOWrapper:
        file: IO[bytes] = self._content.file
        mark = _byte_order_mark(self.encoding)
        file.seek(len(mark) if mark and self._content.head(len(mark)) == mark else 0)
        return TextIOWrapper(file, self.encoding, "surrogateescape", newline)


def _let_go(stream: TextIOWrapper) -> None:
    """Leave the file below open: it is read again. Nothing is to be done where there is none or it is closed."""
    with suppress(ValueError):
        stream.detach()


def _byte_order_mark(encoding: str) -> bytes:
    """What an encoding writes for the mark, where its codec takes it for text."""
    try:
        mark = "\ufeff".encode(encoding)
    except UnicodeEncodeError:
        return b""
    return mark if mark.decode(encoding) else b""


def decoded_text(content: Content, name: str, declared: str = "") -> TextFile:
    """A file's text; arguments and errors as of `find_encoding`."""
    return TextFile(content, find_encoding(content, name, declared))
