"""Records as every reader leaves them: columns of strings, and what went wrong with which record.

Nothing is dropped: a record that can't be read keeps its raw text, and its error says why. Readers decode bytes with
`surrogateescape`, so an undecodable byte travels through any parser as a lone surrogate; `mended` turns it into a
visible escape (`\\xNN`) at the end and names the rows it stood in. The price is one regex search per non-ASCII cell.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

RAGGED = "ragged"
"""A delimited row with more or fewer fields than the header."""
UNPARSEABLE = "unparseable"
"""A record that its format's parser refuses."""
UNDECODABLE = "undecodable"
"""A record holding bytes that are no text in the file's encoding."""

BATCH_ROWS = 8192
BATCH_CHARACTERS = 1 << 24
"""What a reader holds at a time: so many rows, or so much text."""

Cell = str | None

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass
class Records:
    """A table of text: columns of equal length, and one error (or None) a record."""

    columns: dict[str, list[Cell]]
    errors: list[Cell]
    raw: dict[int, str] = field(default_factory=dict)
    """Record number to the text of a record that has no cells because it didn't parse."""
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.errors)

    def escaped_raw(self, number: int) -> Cell:
        """The raw text of a record, its undecodable bytes as visible escapes; None where the record has cells."""
        text = self.raw.get(number)
        return text if text is None else _escaped(text)


@dataclass(frozen=True)
class Unparsed:
    """A record that didn't parse, as it stood in the file."""

    raw: str


def records_from_objects(items: Iterable[Mapping[str, Any] | Unparsed]) -> Records:
    """Columns from objects whose keys may differ: a missing key is None; columns stand in the order first seen."""
    columns: dict[str, list[Cell]] = {}
    errors: list[Cell] = []
    raw: dict[int, str] = {}
    for number, item in enumerate(items):
        if isinstance(item, Unparsed):
            raw[number] = item.raw
            errors.append(UNPARSEABLE)
            continue
        errors.append(None)
        for key, value in item.items():
            column = columns.setdefault(str(key), [])
            column.extend([None] * (number - len(column)))
            column.append(as_text(value))
    for column in columns.values():
        column.extend([None] * (len(errors) - len(column)))
    return Records(columns, errors, raw)


def batches_of_objects(items: Iterable[tuple[Mapping[str, Any] | Unparsed, int]]) -> Iterator[Records]:
    """Records in batches, each with the columns it has; items come with their size in characters."""
    batch: list[Mapping[str, Any] | Unparsed] = []
    size = 0
    for item, characters in items:
        batch.append(item)
        size += characters
        if len(batch) >= BATCH_ROWS or size >= BATCH_CHARACTERS:
            yield records_from_objects(batch)
            batch, size = [], 0
    if batch:
        yield records_from_objects(batch)


def each_once(names: Sequence[str]) -> list[str]:
    """Names with a number behind those that were there before: text, text_2."""
    found: dict[str, int] = {}
    for name in names:
        copy = name
        while copy in found:
            found[name] += 1
            copy = f"{name}_{found[name]}"
        found[copy] = 1
    return list(found)


def as_text(value: Any) -> Cell:
    """A value as text: lists of plain values joined by ", ", other values as their JSON; null and NaN are None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, (list, tuple)) and not any(isinstance(item, (list, tuple, Mapping)) for item in value):
        return ", ".join(text for item in value if (text := as_text(item)) is not None)
    if isinstance(value, (bool, int, float, list, tuple, Mapping)):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return _plain(value)


def _plain(value: Any) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def mended(records: Records, watched: frozenset[str] | None = None) -> Records:
    """The records with undecodable bytes as visible escapes, and their rows marked.

    Args:
        records: Cells may hold lone surrogates (bytes from `surrogateescape`, halves of emoji from JSON escapes).
        watched: The columns whose damage is the row's; None for all. Damage elsewhere is escaped and not held
            against the row.
    """
    errors = list(records.errors)
    columns: dict[str, list[Cell]] = {}
    for name, values in records.columns.items():
        fresh = list(values)
        for number, value in enumerate(values):
            if value is None or value.isascii() or not _SURROGATE.search(value):
                continue
            fresh[number] = _escaped(value)
            if watched is None or name in watched:
                errors[number] = errors[number] or UNDECODABLE
        columns[_escaped(name)] = fresh
    return Records(columns, errors, {}, records.notes)


def _escaped(text: str) -> str:
    return _SURROGATE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
