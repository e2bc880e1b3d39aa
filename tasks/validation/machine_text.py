"""Text that programs write or read where prose is expected: code, logs, traces, headers, diffs, data, cells.

Lines are weighed: the share of the characters that lie in lines of such a form. A row's sentence inside a statement
(`INSERT INTO … VALUES ('…')`) or cell counts with its line. A comment is prose about code, so its line has none.
Arrow's patterns find the rows, then the lines of those; Python sees only lines that may be a table's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from tasks.validation.machine_forms import FORMS, HEADER
from tasks.validation.table_cells import CELLS, is_table_line
from tasks.validation.text_column import Bools, Floats, TextColumn, divide

GATE = r"[{}\[\]<>=|\\;_@\t\n+/~^$&*(]|\d:\d|: |\":|[,;]\S|[a-z.!?][A-Z]|[A-Z]{3}|\d\D+\d\D+\d"
"""What every form holds something of."""
COMMENT = r"^\s*(?:#|//|/\*|\*/?|;|%|--|\"\"\"|REM\b)(?:\s|$)"
MIN_HEADERS = 3
"""Different mail headers from which on a text is a letter's head; two, where one is the subject or when it was "
"sent."""
MIN_PAIRS, MIN_PAIR_SHARE = 3, 0.6
"""Lines `key: value` with different lower-case keys, and their share of the lines, from which on a text is a "
"record."""
TWO_KEYS = r"(?ms)^\s*[-+a-z].*\n\s*[-+a-z]"
"""Two lines that may be pairs or changes."""

MIN_ALNUM = 0.25
"""Letters and digits among the characters; what has fewer is drawn, not written."""

_SECTION = re.compile(r"^\s*\[[\w. -]+\]\s*$", re.MULTILINE)
_HEADER = re.compile(HEADER, re.MULTILINE)
_PAIR = re.compile(r"^\s*-? ?([a-z_][\w.-]*) ?[:=] ?(.*)$")
_DATA = re.compile(r"^(?:[\"'\[{].*|-?\d[\d.,:/-]*|true|false|null|none|yes|no|~|\S+\.\w+|)$", re.IGNORECASE)
_REMOVED, _ADDED = re.compile(r"^-\s?\S", re.MULTILINE), re.compile(r"^\+\s?\S", re.MULTILINE)


def machine_text_fraction(column: TextColumn) -> Floats:
    """Share of the characters in lines of code, logs, traces, headers, diffs, serialised data or table cells."""
    share = np.zeros(len(column))
    rows = np.flatnonzero(column.matches(GATE))
    likely = column.where_rows(rows)
    forms, cells = _hold(likely, FORMS), _hold(likely, CELLS)
    records = (likely.counts(f"(?m){HEADER}") > 1) | likely.matches(TWO_KEYS)
    chosen = np.flatnonzero(forms | cells | records)
    texts = likely.where_rows(chosen).texts.to_pylist()
    found = np.where([_is_record(text) for text in texts], 1.0, _share_of_lines(texts))
    share[rows[chosen]] = found * (_alphanumeric_share(TextColumn(texts)) >= MIN_ALNUM)
    return share


def _hold(column: TextColumn, forms: Sequence[str]) -> Bools:
    """Texts with a line of some form."""
    held: Bools = np.logical_or.reduce([column.matches(f"(?m){form}") for form in forms])
    return held


def _share_of_lines(texts: Sequence[str]) -> Floats:
    """The lines of all texts are looked at together, so that Python sees only those that may be a table's."""
    lines = [(row, line) for row, text in enumerate(texts) for line in text.splitlines() if line.strip()]
    rows = np.array([row for row, _ in lines], np.int64)
    column = TextColumn([line for _, line in lines])
    marked = _hold(column, FORMS)
    marked |= column.measure_where(~marked & _hold(column, CELLS), is_table_line) > 0
    marked &= ~column.matches(COMMENT)
    size = np.bincount(rows, weights=column.lengths, minlength=len(texts))
    return divide(np.bincount(rows, weights=column.lengths * marked, minlength=len(texts)), size)


def _alphanumeric_share(column: TextColumn) -> Floats:
    return divide(column.count_characters(r"[\p{L}\p{N}]"), column.count_characters(r"\S"))


def _is_record(text: str) -> bool:
    """Whether the lines together are a letter's head, a change or `key: value` pairs."""
    headers = set(_HEADER.findall(text))
    if len(headers) >= MIN_HEADERS - bool(headers & {"Subject", "Sent"}):
        return True
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return False
    changed = [line for line in lines if _REMOVED.search(line) or _ADDED.search(line)]
    if len(changed) * 2 > len(lines) and any(_ADDED.search(line) for line in changed):
        return any(_REMOVED.search(line) for line in changed)
    pairs = [found for line in lines if (found := _PAIR.search(line))]
    keys = {pair[1] for pair in pairs}
    return (
        len(keys) >= MIN_PAIRS - bool(_SECTION.search(text))
        and len(pairs) >= MIN_PAIR_SHARE * len(lines)
        and any("_" in pair[1] or _DATA.match(pair[2].strip()) for pair in pairs)
    )
