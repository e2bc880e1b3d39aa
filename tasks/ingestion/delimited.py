"""CSV and TSV: the csv module does the parsing; here its dialect is found and damage is kept to single rows.

The dialect is the delimiter under which the first rows agree best with the header, and the quoting with the fewest
broken rows. Parsing is strict: a stray quote would otherwise swallow thousands of rows without a word. Where strict
parsing fails, the line it started on becomes an unparseable record and parsing goes on at the next line.
Cost: one pass of the csv module (about 1 M rows a second); up to three where quotes don't balance.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from tasks.errors import SourceError
from tasks.ingestion.records import RAGGED, UNPARSEABLE, Cell, Records, Unparsed

Row = list[str] | Unparsed

_QUOTINGS: tuple[dict[str, Any], ...] = (
    {"doublequote": True},
    {"doublequote": False, "escapechar": "\\"},
    {"quoting": csv.QUOTE_NONE},
)
_TOLERATED_BROKEN = 0.05
"""Share of broken rows up to which a file keeps ordinary quoting; none in TSV, which often has no quoting."""
_UNNAMED = re.compile(r"Unnamed: \d+")


def read_delimited(text: str, where: str, delimiters: str) -> Records:
    """Records of a delimited file whose first row names the columns.

    Args:
        text: The whole file.
        where: What errors and notes call the file.
        delimiters: The delimiters to choose from, likeliest first.

    Raises:
        SourceError: There is no header, or nothing below it.
    """
    lines = list(io.StringIO(text, newline=""))
    with _cells_of_any_size():
        delimiter = _delimiter(lines, delimiters)
        rows = _rows(lines, delimiter)
    if isinstance(rows[0], Unparsed):
        raise SourceError(f"{where}: the header (line 1) doesn't parse: a quote in it is never closed")
    names, notes = _header(rows, where)
    records = _records(rows, names, delimiter)
    if not len(records):
        raise SourceError(f"{where} has a header ({', '.join(names)}) and no rows\n  export it again, with its rows")
    records.notes += notes
    _drop_index(records, where)
    return records


@contextmanager
def _cells_of_any_size() -> Iterator[None]:
    limit = csv.field_size_limit(sys.maxsize)  # the module's limit is 128 KB, for the whole process
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _delimiter(lines: list[str], delimiters: str) -> str:
    best = (0.0, 0, delimiters[0])
    for delimiter in delimiters:
        widths = [len(row) for row in islice(csv.reader(iter(lines), delimiter=delimiter), 100) if row]
        if widths and widths[0] > 1:
            agreement = sum(width == widths[0] for width in widths) / len(widths)
            best = max(best, (agreement, widths[0], delimiter), key=lambda choice: choice[:2])
    return best[2]


def _rows(lines: list[str], delimiter: str) -> list[Row]:
    tolerated = 0.0 if delimiter == "\t" else _TOLERATED_BROKEN
    best: list[Row] = []
    fewest = sys.maxsize
    for quoting in _QUOTINGS:
        rows = list(_strictly_parsed(lines, delimiter, quoting))
        broken = _num_broken(rows)
        if broken < fewest:
            best, fewest = rows, broken
        if broken <= tolerated * len(rows):
            break
    return best


def _num_broken(rows: list[Row]) -> int:
    width = 0 if isinstance(rows[0], Unparsed) else len(rows[0])
    return sum(isinstance(row, Unparsed) or len(row) != width for row in rows)


def _strictly_parsed(lines: list[str], delimiter: str, quoting: dict[str, Any]) -> Iterator[Row]:
    """Rows without blank lines; the line where a parse fails is a record of its own, and parsing goes on below it."""
    start = 0
    while start < len(lines):
        reader = csv.reader(
            map(lines.__getitem__, range(start, len(lines))), delimiter=delimiter, strict=True, **quoting
        )
        num_parsed = 0
        try:
            for row in reader:
                num_parsed = reader.line_num
                if row:
                    yield row
            return
        except csv.Error:
            start += num_parsed
            yield Unparsed(lines[start].rstrip("\r\n"))
            start += 1


def _header(rows: list[Row], where: str) -> tuple[list[str], list[str]]:
    """The columns' names, each once; and notes. A first row that is data is left in `rows`."""
    first = rows[0]
    assert not isinstance(first, Unparsed)
    if _is_data(first, rows):
        names = [f"column_{number}" for number in range(1, len(first) + 1)]
        return names, [f"{where} has no header: its columns are called {', '.join(names)}"]
    del rows[0]
    names = []
    for number, cell in enumerate(first, 1):
        name = cell.strip() or ("" if number == 1 else f"column_{number}")
        copies = sum(known == name or re.fullmatch(re.escape(name) + r"_\d+", known) is not None for known in names)
        names.append(f"{name}_{copies + 1}" if name in names else name)
    return names, []


def _is_data(first: list[str], rows: list[Row]) -> bool:
    """Whether a cell of the first row stands in its own column again and again, as no column's name does."""
    others = [row for row in islice(rows, 1, 1001) if not isinstance(row, Unparsed) and row != first]
    for column, cell in enumerate(first):
        again = sum(len(row) > column and row[column] == cell for row in others)
        if cell.strip() and again >= max(2, 0.01 * len(others)):
            return True
    return False


def _records(rows: list[Row], names: list[str], delimiter: str) -> Records:
    """Columns of the rows. Surplus cells are kept, joined to the last one; missing ones are None."""
    width = len(names)
    errors: list[Cell] = [None] * len(rows)
    raw: dict[int, str] = {}
    for number, row in enumerate(rows):
        if isinstance(row, Unparsed):
            raw[number] = row.raw
            errors[number] = UNPARSEABLE
        elif len(row) > width:
            if width > 1 and any(row[width:]):
                errors[number] = RAGGED
            row[width - 1 :] = [delimiter.join(row[width - 1 :]) if any(row[width:]) else row[width - 1]]
        elif len(row) < width:
            errors[number] = RAGGED
    filled: list[list[Cell]] = [
        [None] * width if isinstance(row, Unparsed) else [*row, *[None] * (width - len(row))] for row in rows
    ]
    columns = dict(zip(names, map(list, zip(*filled, strict=True)), strict=True)) if filled else {}
    return Records(columns, errors, raw)


def _drop_index(records: Records, where: str) -> None:
    """Leave out a first column without a name that only counts: an export's index, which would enter row identity."""
    first = next(iter(records.columns))
    if first and not _UNNAMED.fullmatch(first):
        return
    values = records.columns[first]
    cells = [cell for cell, error in zip(values, records.errors, strict=True) if error is None and cell is not None]
    counts = [int(cell) for cell in cells if re.fullmatch(r"\d{1,18}", cell)]
    if len(records.columns) > 1 and len(counts) == len(cells) and counts == sorted(set(counts)):
        del records.columns[first]
        records.notes.append(f"{where}: its unnamed first column only counts rows and was left out")
    elif not first:
        records.columns = {name or "column_1": column for name, column in records.columns.items()}
