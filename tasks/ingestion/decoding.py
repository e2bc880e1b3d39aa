"""Bytes to text: an encoding is declared or detected, and a detected one that isn't UTF-8 is said aloud.

The order, cheapest and surest first:
1. a byte order mark; or the zero bytes of UTF-16 without one;
2. valid UTF-8;
3. at least half of the stretches of non-ASCII bytes are valid UTF-8: the file is UTF-8 and the rest is damage. (A
   stretch of another encoding is valid UTF-8 by chance about once in hundreds; stretches, unlike lines, also count
   well in a file that is one long line);
4. the stretches are short and read as the letters and quotation marks of Western prose: cp1252. Statistics alone call
   English quotes with curly apostrophes cp1250, and French cp1257;
5. charset-normalizer, given enough evidence (a repeated stretch counts once); of its close candidates the first whose
   words aren't a small letter before capitals (that is how cp1251 reads as KOI8-R);
6. little damage in ASCII: UTF-8 with damage. Otherwise an error that asks for `source.encoding`.

Damage stays in the text as lone surrogates (`surrogateescape`). Statistics see at most 64 KB, so the cost is linear.
A file in sound UTF-8 (or one that the user calls UTF-8) is read a block at a time; others are held in memory whole.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO, StringIO, TextIOWrapper
from typing import IO

from tasks.errors import SourceError
from tasks.ingestion.contents import BLOCK_BYTES, Content

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"PK\x03\x04", "a ZIP container (Excel, Word, a zipped folder)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"BZh", "bzip2-compressed"),
    (b"\xfd7zXZ", "xz-compressed"),
    (b"PAR1", "Parquet"),
    (b"ARROW1", "Arrow"),
)
_STRETCH = re.compile(rb"[\x80-\xff]+")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_PUNCTUATION = "‘’“”‚„–—…•«»€£§©®™°·½¼¾†´\xa0"
_LETTERS = "éèêëàâäáãåæçíîïñóôöõøúùûüßœÉÀÇÖÜÄÅØÑ"
_WESTERN = re.compile(f"(?<=[A-Za-z])[{_LETTERS}]|[{_LETTERS}](?=[A-Za-z])|[à{_PUNCTUATION}]")

_ENOUGH_BYTES = 40
"""Non-ASCII bytes below which statistics are a guess; a stretch that is repeated counts once."""
_SAMPLE_BYTES = 1 << 16
_ASCII = bytes(range(0x20, 0x7F))
_MAX_INVERTED = 0.02
_MAX_CHAOS = 0.2
"""charset-normalizer's own default threshold for a reading that is a mess."""


@dataclass(frozen=True)
class Decoded:
    """A file's text, and how its encoding was found."""

    text: str
    """Undecodable bytes stand in it as lone surrogates."""
    encoding: str
    declared: bool
    note: str = ""
    """What a person should know; empty for clean UTF-8."""


class TextFile:
    """A file's text, read as often as it is asked for."""

    def __init__(self, content: Content, decoded: Decoded | None) -> None:
        """Without `decoded` the content is read as UTF-8."""
        self._content, self._decoded = content, decoded
        self.encoding = decoded.encoding if decoded else "utf-8"
        self.note = decoded.note if decoded else ""

    def lines(self, newline: str | None) -> Iterator[str]:
        """The text's lines with their ends; `newline` as for `open`."""
        if self._decoded:
            yield from StringIO(self._decoded.text, newline=newline)
            return
        stream = self._stream(newline)
        try:
            for line in stream:  # noqa: UP028 - `yield from` would close the file with the generator
                yield line
        finally:
            _let_go(stream)

    def text(self) -> str:
        """All of it."""
        return self._decoded.text if self._decoded else "".join(self.lines(""))

    def blocks(self) -> Iterator[str]:
        """All of it, a block at a time."""
        stream = StringIO(self._decoded.text, newline="") if self._decoded else self._stream("")
        try:
            yield from iter(lambda: stream.read(BLOCK_BYTES), "")
        finally:
            _let_go(stream)

    def is_blank(self) -> bool:
        """Whether it holds nothing but white space."""
        return not any(block.strip() for block in self.blocks())

    def _stream(self, newline: str | None) -> TextIOWrapper:
        file: IO[bytes] = self._content.file
        file.seek(0)
        return TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline)


def _let_go(stream: TextIOWrapper | StringIO) -> None:
    """Leave the file below open: it is read again. Nothing is to be done where there is none or it is closed."""
    with suppress(ValueError):
        stream.detach()


def decoded_text(content: Content, name: str, declared: str = "") -> TextFile:
    """A file's text, in the encoding that is declared or found; arguments and errors as of `decode`."""
    head = content.head(_SAMPLE_BYTES)
    if declared:
        reads_as_utf8 = _is_called_utf8(declared)
    elif head.startswith(codecs.BOM_UTF8):
        reads_as_utf8 = True
    else:
        is_other = head.startswith(tuple(mark for mark, _ in (*_MAGIC, *_BOMS))) or b"\0" in head
        reads_as_utf8 = not is_other and _is_valid_utf8(content)
    if reads_as_utf8:
        return TextFile(content, None)
    return TextFile(content, decode(b"".join(content.blocks()), name, declared))


def _is_called_utf8(declared: str) -> bool:
    try:
        return codecs.lookup(declared).name == "utf-8"
    except LookupError:
        return False


def _is_valid_utf8(content: Content) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in content.blocks():
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def decode(data: bytes, name: str, declared: str = "") -> Decoded:
    """Decode a file's bytes.

    Args:
        data: The whole file.
        name: What the file is called in notes and errors.
        declared: The encoding that the user names; empty detects it.

    Raises:
        SourceError: The bytes are not text, the declared encoding is unknown, or none fits.
    """
    if declared:
        return _decode_declared(data, name, declared)
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise SourceError(f"{name} is {kind}, not text\n  export it as CSV, JSON Lines or Parquet")
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return Decoded(_lenient(data, encoding, name), encoding, False)
    encoding = _utf16_without_bom(data)
    if encoding:
        return Decoded(_lenient(data, encoding, name), encoding, False, _detected_note(name, encoding))
    try:
        return Decoded(data.decode("utf-8"), "utf-8", False)
    except UnicodeDecodeError:
        return _decode_damaged(data, name)


def _decode_declared(data: bytes, name: str, declared: str) -> Decoded:
    try:
        encoding = codecs.lookup(declared).name
    except LookupError:
        raise SourceError(
            f"source.encoding: {declared} is no known encoding; usual ones are utf-8, cp1252, latin-1, utf-16, cp1251"
        ) from None
    return Decoded(_lenient(data, encoding, name), encoding, True)


def _lenient(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding, "surrogateescape").removeprefix("\ufeff")
    except (UnicodeError, AttributeError, TypeError) as error:  # UTF-16 and 32 can't escape; some codecs aren't text
        raise SourceError(f"{name} can't be read as {encoding}: {error}\n  set source.encoding to another") from error


def _utf16_without_bom(data: bytes) -> str:
    sample = data[: _SAMPLE_BYTES - 1]
    half = len(sample) // 2
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if half < 8 or len(data) % 2 or (even > 0.05 * half and odd > 0.05 * half):
        return ""
    return "utf-16-le" if odd > 0.4 * half else "utf-16-be" if even > 0.4 * half else ""


def _decode_damaged(data: bytes, name: str) -> Decoded:
    sample = data[:_SAMPLE_BYTES]
    if len(sample) - len(sample.translate(None, _CONTROLS)) > 0.05 * len(sample):
        raise SourceError(f"{name} is binary, not text\n  export it as CSV, JSON Lines or Parquet")
    stretches = _STRETCH.findall(data)
    num_invalid = sum(not _is_utf8(stretch) for stretch in stretches)
    damaged_utf8 = Decoded(
        data.decode("utf-8", "surrogateescape"),
        "utf-8",
        False,
        f"{name} is UTF-8 with damage: {num_invalid} of {len(stretches)} non-ASCII stretches don't decode; "
        "their records are marked undecodable"
        + ("; if it is in another encoding, set source.encoding" if num_invalid == len(stretches) else ""),
    )
    if num_invalid <= len(stretches) / 2:
        return damaged_utf8
    num_high, evidence = sum(map(len, stretches)), sum(map(len, set(stretches)))
    encoding = _western(data) or (_by_statistics(data) if evidence >= _ENOUGH_BYTES else "")
    if encoding:
        return Decoded(_lenient(data, encoding, name), encoding, False, _detected_note(name, encoding))
    if num_high <= 0.1 * len(data):
        return damaged_utf8
    raise SourceError(f"{name} is not UTF-8 and no encoding fits it well\n  name it: -s source.encoding=cp1251")


def _detected_note(name: str, encoding: str) -> str:
    return f"{name} is not UTF-8: read as {encoding} (detected); set source.encoding to change it"


def _is_utf8(stretch: bytes) -> bool:
    try:
        stretch.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _non_ascii_sample(data: bytes) -> bytes:
    """The first lines with non-ASCII bytes, up to 64 KB."""
    lines: list[bytes] = []
    size = 0
    for line in BytesIO(data):
        if not line.isascii():
            lines.append(line)
            size += len(line)
            if size >= _SAMPLE_BYTES:
                break
    return b"".join(lines)[:_SAMPLE_BYTES]


def _western(data: bytes) -> str:
    sample = _non_ascii_sample(data)
    stretches = _STRETCH.findall(sample)
    if sum(len(stretch) <= 3 for stretch in stretches) < 0.9 * len(stretches):
        return ""
    try:
        text = sample.decode("cp1252")
        data.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return "cp1252" if len(_WESTERN.findall(text)) >= 0.9 * sum(map(len, stretches)) else ""


def _by_statistics(data: bytes) -> str:
    from charset_normalizer import from_bytes

    candidates = [match for match in from_bytes(_non_ascii_sample(data)) if match.chaos < _MAX_CHAOS]
    close = [match for match in candidates if match.chaos <= candidates[0].chaos + 0.05]
    for match in sorted(close, key=lambda match: _share_of_inverted(str(match)) > _MAX_INVERTED):
        encoding = "cp1252" if "cp1252" in match.could_be_from_charset else match.encoding
        if _fits(data, encoding):
            return encoding
    return ""


def _fits(data: bytes, encoding: str) -> bool:
    """Whether an encoding decodes all of the data, and ASCII as ASCII (EBCDIC doesn't)."""
    try:
        data.decode(encoding)
        return _ASCII.decode(encoding) == _ASCII.decode("ascii")
    except UnicodeDecodeError:
        return False


def _share_of_inverted(text: str) -> float:
    """How many words are a small letter before capitals: Russian in cp1251 reads so as KOI8-R."""
    words = text.split()
    return sum(word[0].islower() and word[1:].isupper() for word in words) / max(1, len(words))
