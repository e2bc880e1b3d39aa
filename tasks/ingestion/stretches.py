"""A file's stretches of non-ASCII bytes, which tell its encoding; read a block at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tasks.ingestion.contents import Content

STRETCH = re.compile(rb"[\x80-\xff]+")
ENOUGH_BYTES = 40
"""Non-ASCII bytes below which statistics are a guess; a stretch that is repeated counts once."""
SAMPLE_BYTES = 1 << 16
"""What statistics look at, at most."""
_HIGH = bytes(range(0x80, 0x100))


@dataclass
class Stretches:
    """What is counted of a file's stretches of non-ASCII bytes."""

    number: int = 0
    invalid: int = 0
    """Those that aren't UTF-8."""
    size: int = 0
    """Bytes."""
    evidence: int = 0
    """Bytes of different stretches, counted until they are enough."""


def count_stretches(content: Content) -> Stretches:
    """Count those of a file, however long it is."""
    counted, seen = Stretches(), set()
    for stretch in _stretches(content):
        counted.number += 1
        counted.invalid += not _is_utf8(stretch)
        counted.size += len(stretch)
        if counted.evidence < ENOUGH_BYTES and stretch not in seen:
            seen.add(stretch)
            counted.evidence += len(stretch)
    return counted


def _stretches(content: Content) -> Iterator[bytes]:
    """One that reaches a block's end goes on in the next, unless it is the whole block."""
    rest = b""
    for block in content.blocks():
        text = rest + block
        end = len(text.rstrip(_HIGH)) or len(text)
        yield from STRETCH.findall(text, 0, end)
        rest = text[end:]
    yield from STRETCH.findall(rest)


def _is_utf8(stretch: bytes) -> bool:
    try:
        stretch.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def non_ascii_sample(content: Content) -> bytes:
    """The first lines with non-ASCII bytes, whole ones up to 64 KB: a character cut in two would speak against all."""
    sample = b""
    content.file.seek(0)
    while line := content.file.readline(SAMPLE_BYTES):
        if not line.isascii():
            if sample and len(sample) + len(line) > SAMPLE_BYTES:
                break
            sample += line
    return sample
