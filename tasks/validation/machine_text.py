"""Text that programs write or read where prose is expected: code, logs, traces, headers, diffs, serialised "
"data, cells.

Lines are weighed: the share of the characters that lie in lines of such a form. A row's sentence inside a statement
(`INSERT INTO … VALUES ('…')`) or cell counts with its line. A comment is prose about code, so its line has none.
Arrow's patterns find the rows; only those that have a form are cut into lines.
"""

from __future__ import annotations

import re

import numpy as np

from tasks.validation.damage import python_pattern
from tasks.validation.machine_forms import FORMS, HEADER
from tasks.validation.markup import SPECIAL_TOKEN
from tasks.validation.table_cells import CELLS, is_table_line
from tasks.validation.text_column import Floats, TextColumn

GATE = r"[{}\[\]<>=|\\;_@\t\n+/~^$&*(]|\d:\d|: |\":|[,;]\S|[a-z.!?][A-Z]|[A-Z]{3}|\d\D+\d\D+\d"
"""What every form holds something of."""
COMMENT = re.compile(r"^\s*(?:#|//|/\*|\*/?|;|%|--|\"\"\"|REM\b)(?:\s|$)")
MIN_HEADERS = 3
"""Different mail headers from which on a text is a letter's head; two, where one is the subject or when it was "
"sent."""
MIN_PAIRS, MIN_PAIR_SHARE = 3, 0.6
"""Lines `key: value` with different lower-case keys, and their share of the lines, from which on a text is a "
"record."""

MIN_ALNUM = 0.25
"""Letters and digits among the characters; what has fewer is drawn, not written."""

_SPECIAL = re.compile(python_pattern(SPECIAL_TOKEN))
_SECTION = re.compile(r"^\s*\[[\w. -]+\]\s*$", re.MULTILINE)
_FORM = tuple(re.compile(form, re.MULTILINE) for form in FORMS)
_HEADER = re.compile(HEADER, re.MULTILINE)
_PAIR = re.compile(r"^\s*-? ?([a-z_][\w.-]*) ?[:=] ?(.*)$")
_DATA = re.compile(r"^(?:[\"'\[{].*|-?\d[\d.,:/-]*|true|false|null|none|yes|no|~|\S+\.\w+|)$", re.IGNORECASE)
_REMOVED, _ADDED = re.compile(r"^-\s?\S", re.MULTILINE), re.compile(r"^\+\s?\S", re.MULTILINE)


def machine_text_fraction(column: TextColumn) -> Floats:
    """Share of the characters in lines of code, logs, traces, headers, diffs, serialised data or table cells."""
    gate = column.matches(GATE)
    likely = column.where(gate)
    forms = [f"(?m){form}" for form in (*FORMS, *CELLS)]
    held = np.logical_or.reduce([likely.matches(form) for form in forms])
    held |= (likely.counts(f"(?m){HEADER}") > 1) | (likely.counts(r"(?m)^\s*[-+a-z]") > 1)
    share = np.zeros(len(column))
    share[np.flatnonzero(gate)] = likely.measure_where(held, machine_share)
    return share


def machine_share(text: str) -> float:
    """The share of one text's characters that lie in such lines; 1 where the text as a whole is a record."""
    text = _SPECIAL.sub(" ", text)
    marks = [character for character in text if not character.isspace()]
    if sum(map(str.isalnum, marks)) < MIN_ALNUM * len(marks):
        return 0.0
    if _is_record(text):
        return 1.0
    lines = [line for line in text.splitlines() if line.strip()]
    marked = sum(len(line) for line in lines if _is_machine_line(line))
    return marked / max(sum(map(len, lines)), 1)


def _is_machine_line(line: str) -> bool:
    if COMMENT.search(line):
        return False
    return is_table_line(line) or any(form.search(line) for form in _FORM)


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
