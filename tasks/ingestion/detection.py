"""Which encoding a file's bytes are in: declared or detected, and a detected one that isn't UTF-8 is said aloud.

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
Content is read a block at a time, as often as a question asks for all of it.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from tasks.errors import SourceError
from tasks.ingestion.contents import Content
from tasks.ingestion.stretches import ENOUGH_BYTES, SAMPLE_BYTES, STRETCH, count_stretches, non_ascii_sample

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
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_PUNCTUATION = "‘’“”‚„–—…•«»€£§©®™°·½¼¾†´\xa0"
_LETTERS = "éèêëàâäáãåæçíîïñóôöõøúùûüßœÉÀÇÖÜÄÅØÑ"
_WESTERN = re.compile(f"(?<=[A-Za-z])[{_LETTERS}]|[{_LETTERS}](?=[A-Za-z])|[à{_PUNCTUATION}]")

_ASCII = bytes(range(0x20, 0x7F))
_MAX_INVERTED = 0.02
_MAX_CHAOS = 0.2
"""charset-normalizer's own default threshold for a reading that is a mess."""


@dataclass(frozen=True)
class Encoding:
    """A file's encoding, and how it was found."""

    name: str
    """As Python calls it."""
    declared: bool
    note: str = ""
    """What a person should know; empty for clean UTF-8."""


def find_encoding(content: Content, name: str, declared: str = "") -> Encoding:
    """The encoding of a file's bytes.

    Args:
        content: The file's bytes.
        name: What the file is called in notes and errors.
        declared: The encoding that the user names; empty detects it.

    Raises:
        SourceError: The bytes are not text, the declared encoding is unknown, or none fits.
    """
    if declared:
        return Encoding(_readable(content, _known(declared), name), True)
    head = content.head(SAMPLE_BYTES)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            raise SourceError(f"{name} is {kind}, not text\n  export it as CSV, JSON Lines or Parquet")
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return Encoding(_readable(content, encoding, name), False)
    encoding = _utf16_without_bom(head, content.size)
    if encoding:
        return Encoding(_readable(content, encoding, name), False, _detected_note(name, encoding))
    if _fits(content, "utf-8"):
        return Encoding("utf-8", False)
    return _damaged_or_other(content, name)


def _known(declared: str) -> str:
    try:
        "a".encode(declared)  # some codecs aren't text
        return codecs.lookup(declared).name
    except LookupError:
        raise SourceError(
            f"source.encoding: {declared} is no known encoding; usual ones are utf-8, cp1252, latin-1, utf-16, cp1251"
        ) from None


def _readable(content: Content, encoding: str, name: str) -> str:
    """The encoding, if it reads the content; bytes that it can't decode may be escaped."""
    try:
        _read_through(content, encoding, "surrogateescape")
    except UnicodeError as error:  # UTF-16 and 32 can't escape
        raise SourceError(f"{name} can't be read as {encoding}: {error}\n  set source.encoding to another") from error
    return encoding


def _read_through(content: Content, encoding: str, errors: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for block in content.blocks():
        decoder.decode(block)
    decoder.decode(b"", final=True)


def _utf16_without_bom(head: bytes, size: int) -> str:
    sample = head[: SAMPLE_BYTES - 1]
    half = len(sample) // 2
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if half < 8 or size % 2 or (even > 0.05 * half and odd > 0.05 * half):
        return ""
    return "utf-16-le" if odd > 0.4 * half else "utf-16-be" if even > 0.4 * half else ""


def _damaged_or_other(content: Content, name: str) -> Encoding:
    sample = content.head(SAMPLE_BYTES)
    if len(sample) - len(sample.translate(None, _CONTROLS)) > 0.05 * len(sample):
        raise SourceError(f"{name} is binary, not text\n  export it as CSV, JSON Lines or Parquet")
    found = count_stretches(content)
    damaged_utf8 = Encoding(
        "utf-8",
        False,
        f"{name} is UTF-8 with damage: {found.invalid} of {found.number} non-ASCII stretches don't decode; "
        "their records are marked undecodable"
        + ("; if it is in another encoding, set source.encoding" if found.invalid == found.number else ""),
    )
    if found.invalid <= found.number / 2:
        return damaged_utf8
    encoding = _western(content) or (_by_statistics(content) if found.evidence >= ENOUGH_BYTES else "")
    if encoding:
        return Encoding(encoding, False, _detected_note(name, encoding))
    if found.size <= 0.1 * content.size:
        return damaged_utf8
    raise SourceError(f"{name} is not UTF-8 and no encoding fits it well\n  name it: -s source.encoding=cp1251")


def _detected_note(name: str, encoding: str) -> str:
    return f"{name} is not UTF-8: read as {encoding} (detected); set source.encoding to change it"


def _western(content: Content) -> str:
    sample = non_ascii_sample(content)
    stretches = STRETCH.findall(sample)
    if sum(len(stretch) <= 3 for stretch in stretches) < 0.9 * len(stretches) or not _fits(content, "cp1252"):
        return ""
    found = _WESTERN.findall(sample.decode("cp1252"))
    return "cp1252" if len(found) >= 0.9 * sum(map(len, stretches)) else ""


def _by_statistics(content: Content) -> str:
    from charset_normalizer import from_bytes

    candidates = [match for match in from_bytes(non_ascii_sample(content)) if match.chaos < _MAX_CHAOS]
    close = [match for match in candidates if match.chaos <= candidates[0].chaos + 0.05]
    for match in sorted(close, key=lambda match: _share_of_inverted(str(match)) > _MAX_INVERTED):
        encoding = "cp1252" if "cp1252" in match.could_be_from_charset else match.encoding
        if _ASCII.decode(encoding, "replace") == _ASCII.decode("ascii") and _fits(content, encoding):  # no EBCDIC
            return encoding
    return ""


def _fits(content: Content, encoding: str) -> bool:
    """Whether an encoding decodes all of the content."""
    try:
        _read_through(content, encoding, "strict")
    except UnicodeDecodeError:
        return False
    return True


def _share_of_inverted(text: str) -> float:
    """How many words are a small letter before capitals: Russian in cp1251 reads so as KOI8-R."""
    words = text.split()
    return sum(word[0].islower() and word[1:].isupper() for word in words) / max(1, len(words))
