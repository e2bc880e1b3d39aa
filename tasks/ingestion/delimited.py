"""CSV and TSV: the csv module does the parsing; here its dialect is found and damage is kept to single rows.

The dialect is the delimiter under which the first rows agree best with the header, and the quoting with the fewest
broken rows. Parsing is strict: a stray quote would otherwise swallow thousands of rows without a word. Where strict
parsing fails, the line it started on becomes an unparseable record and parsing goes on at the next line.
Cost: two passes of the csv module (about 1 M rows a second each), one to choose and one to read; up to four where
quotes don't balance. In memory are a batch of rows and the lines of one record, which is the rest of the file where a
quote is never closed; lines made so that every one of them looks like that are given up on early, see `_MAX_REREAD`.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tasks.errors import SourceError
from tasks.ingestion.records import (
    BATCH_CHARACTERS,
    BATCH_ROWS,
    RAGGED,
    UNPARSEABLE,
    Cell,
    Records,
    Unparsed,
    each_once,
)

Row = list[str] | Unparsed

_QUOTINGS: tuple[dict[str, Any], ...] = (
    {"doublequote": True},
    {"doublequote": False, "escapechar": "\\"},
    {"quoting": csv.QUOTE_NONE},
)
_TOLERATED_BROKEN = 0.05
"""Share of broken rows up to which a file keeps ordinary quoting; none in TSV, which often has no quoting."""
_MAX_REREAD = 100_000
"""Lines that may be read again, beside four times those of the file, because a record broke below its first line; from
then on a record is one line."""
_HEADER_ROWS = 1001
"""The first row, and the rows that tell whether it is a header."""
_UNNAMED = re.compile(r"Unnamed: \d+")


Lines = Callable[[], Iterable[str]]
"""Reads a file's lines, with their ends, from the first one on."""


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """How a file is read, decided in the first pass."""

    delimiter: str
    quoting: dict[str, Any]
    names: list[str]
    has_header: bool
    drops_index: bool
    notes: list[str]


def read_delimited(lines: Lines, where: str, delimiters: str) -> Iterator[Records]:
    """Records, in batches, of a delimited file whose first row names the columns.

    Args:
        lines: The file's lines.
        where: What errors and notes call the file.
        delimiters: The delimiters to choose from, likeliest first.

    Raises:
        SourceError: There is no header, or nothing below it.
    """
    with _cells_of_any_size():
        layout = _layout(lines, where, delimiters)
        batch: list[Row] = []
        size = 0
        notes = layout.notes
        rows = _strictly_parsed(lines(), layout.delimiter, layout.quoting)
        for row in islice(rows, 1 if layout.has_header else 0, None):
            batch.append(row)
            size += len(row.raw) if isinstance(row, Unparsed) else sum(map(len, row)) + len(row)
            if len(batch) >= BATCH_ROWS or size >= BATCH_CHARACTERS:
                yield _records(batch, layout, notes)
                batch, size, notes = [], 0, []
        if batch:
            yield _records(batch, layout, notes)


@contextmanager
def _cells_of_any_size() -> Iterator[None]:
    limit = csv.field_size_limit(sys.maxsize)  # the module's limit is 128 KB, for the whole process
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _layout(lines: Lines, where: str, delimiters: str) -> _Layout:
    delimiter = _delimiter(lines, delimiters)
    quoting = _quoting(lines, delimiter)
    first_rows = list(islice(_strictly_parsed(lines(), delimiter, quoting), _HEADER_ROWS))
    if not first_rows or isinstance(first_rows[0], Unparsed):
        raise SourceError(f"{where}: the header (line 1) doesn't parse: a quote in it is never closed")
    names, has_header = _header(first_rows)
    notes = [] if has_header else [f"{where} has no header: its columns are called {', '.join(names)}"]
    if has_header and len(first_rows) == 1:
        raise SourceError(f"{where} has a header ({', '.join(names)}) and no rows\n  export it again, with its rows")
    drops_index = False
    if not names[0] or _UNNAMED.fullmatch(names[0]):
        rows = _strictly_parsed(lines(), delimiter, quoting)
        drops_index = len(names) > 1 and _only_counts(islice(rows, 1 if has_header else 0, None), len(names))
        if drops_index:
            notes.append(f"{where}: its unnamed first column only counts rows and was left out")
        elif not names[0]:
            names[0] = "column_1"
    return _Layout(
        delimiter=delimiter,
        quoting=quoting,
        names=names,
        has_header=has_header,
        drops_index=drops_index,
        notes=notes,
    )


def _delimiter(lines: Lines, delimiters: str) -> str:
    best = (0.0, 0, delimiters[0])
    for delimiter in delimiters:
        widths = [len(row) for row in islice(csv.reader(iter(lines()), delimiter=delimiter), 100) if row]
        if widths and widths[0] > 1:
            agreement = sum(width == widths[0] for width in widths) / len(widths)
            best = max(best, (agreement, widths[0], delimiter), key=lambda choice: choice[:2])
    return best[2]


def _quoting(lines: Lines, delimiter: str) -> dict[str, Any]:
    tolerated = 0.0 if delimiter == "\t" else _TOLERATED_BROKEN
    best, fewest = _QUOTINGS[0], sys.maxsize
    for quoting in _QUOTINGS:
        if "escapechar" in quoting and not any('\\"' in line for line in lines()):
            continue  # the csv module isn't strict with it: it would join rows without a word
        width = num_rows = broken = 0
        for number, row in enumerate(_strictly_parsed(lines(), delimiter, quoting)):
            if number == 0:
                width = 0 if isinstance(row, Unparsed) else len(row)
            num_rows += 1
            broken += isinstance(row, Unparsed) or len(row) != width
        if broken < fewest:
            best, fewest = quoting, broken
        if broken <= tolerated * num_rows:
            break
    return best


def _strictly_parsed(lines: Iterable[str], delimiter: str, quoting: dict[str, Any]) -> Iterator[Row]:
    """Rows without blank lines; the line where a parse fails is a record of its own, and parsing goes on below it."""
    source = iter(lines)
    pending: deque[str] = deque()
    """Lines that are read again."""
    record: deque[str] = deque()
    """Lines of the record that is being parsed."""
    num_read = num_reread = 0

    def following() -> Iterator[str]:
        nonlocal num_read
        while pending or (line := next(source, "")):
            if pending:
                line = pending.popleft()
            else:
                num_read += 1
            record.append(line)
            yield line
            if num_reread > _MAX_REREAD + 4 * num_read:
                return

    while True:
        reader = csv.reader(following(), delimiter=delimiter, strict=True, **quoting)
        try:
            for row in reader:
                record.clear()
                if row:
                    yield row
            if not pending:
                pending.extend(islice(source, 1))
            if not pending:
                return
        except csv.Error:
            yield Unparsed(record.popleft().rstrip("\r\n"))
            num_reread += len(record)
            pending.extendleft(reversed(record))
            record.clear()


def _only_counts(rows: Iterable[Row], width: int) -> bool:
    """Whether the first column of the rows that aren't broken holds rising numbers: an export's index."""
    last = -1
    for row in rows:
        if isinstance(row, Unparsed) or len(row) < width or (len(row) > width and any(row[width:])):
            continue
        if not re.fullmatch(r"\d{1,18}", row[0]) or int(row[0]) <= last:
            return False
        last = int(row[0])
    return True


def _header(rows: list[Row]) -> tuple[list[str], bool]:
    """The columns' names, each once; and whether the first row holds them."""
    first = rows[0]
    assert not isinstance(first, Unparsed)
    if _is_data(first, rows):
        return [f"column_{number}" for number in range(1, len(first) + 1)], False
    names = [cell.strip() or ("" if number == 1 else f"column_{number}") for number, cell in enumerate(first, 1)]
    return each_once(names), True


def _is_data(first: list[str], rows: list[Row]) -> bool:
    """Whether a cell of the first row stands in its own column again and again, as no column's name does."""
    others = [row for row in islice(rows, 1, 1001) if not isinstance(row, Unparsed) and row != first]
    for column, cell in enumerate(first):
        again = sum(len(row) > column and row[column] == cell for row in others)
        if cell.strip() and again >= max(2, 0.01 * len(others)):
            return True
    return False


def _records(rows: list[Row], layout: _Layout, notes: list[str]) -> Records:
    """Columns of a batch of rows. Surplus cells are kept, joined to the last one; missing ones are None."""
    width = len(layout.names)
    errors: list[Cell] = [None] * len(rows)
    raw: dict[int, str] = {}
    for number, row in enumerate(rows):
        if isinstance(row, Unparsed):
            raw[number] = row.raw
            errors[number] = UNPARSEABLE
        elif len(row) > width:
            if width > 1 and any(row[width:]):
                errors[number] = RAGGED
            surplus = layout.delimiter.join(row[width - 1 :]) if any(row[width:]) else row[width - 1]
            row[width - 1 :] = [surplus]
        elif len(row) < width:
            errors[number] = RAGGED
    filled: list[list[Cell]] = [
        [None] * width if isinstance(row, Unparsed) else [*row, *[None] * (width - len(row))] for row in rows
    ]
    columns = dict(zip(layout.names, map(list, zip(*filled, strict=True)), strict=True))
    if layout.drops_index:
        del columns[layout.names[0]]
    return Records(columns, errors, raw, list(notes))
