"""One short example of what a rule meets, for a comment in a drafted contract. Personal data is never shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from tasks.plain_text import one_line
from tasks.validation.contract import Rule
from tasks.validation.findings import breaks_bounds
from tasks.validation.signals import ACROSS_ROWS, MISSING, SIGNALS, measure

LONGEST = 70
TRIED = 50
"""Rows that break a rule of which the shortest is shown, and pieces of it that are tried."""
NEVER_SHOWN = frozenset({"pii", MISSING, "is_empty"})
ENDINGS = frozenset({"truncated"})
LENGTHS = frozenset({"word_count", "char_count"})
_PIECE = re.compile(r"(?<=[.!?;:,])\s+|\n+")


def example(rule: Rule, texts: Sequence[str | None], rows: Sequence[int], language: str) -> str:
    """What a rule meets, in a few words; empty where it can't be shown.

    Args:
        rule: A rule on a signal or a pattern.
        texts: The texts that it looks at, shape (num_rows,).
        rows: Those that break it.
        language: The contract's.
    """
    if rule.signal in NEVER_SHOWN:
        return ""
    shown = [text for row in rows[:TRIED] if (text := texts[row]) and not _is_private(text)]
    if not shown:
        return ""
    if rule.signal in LENGTHS and rule.max is not None:
        longest = max(shown, key=len)
        return f"{len(longest.split()):,} words: {_short(longest)}"
    text = min(shown, key=len)
    if rule.signal in ENDINGS and len(text) > LONGEST:
        return f"…{_visible(text)[-LONGEST:]}"
    return _short(text if len(text) <= LONGEST else _piece(rule, text, language))


def _is_private(text: str) -> bool:
    return "pii" in SIGNALS and bool(measure("pii", [text])[0] > 0)


def _piece(rule: Rule, text: str, language: str) -> str:
    """The first part of a long text that breaks the rule by itself, else the whole."""
    if rule.signal not in SIGNALS or rule.signal in ACROSS_ROWS:
        return text
    pieces = [piece for piece in _PIECE.split(text) if piece.strip()][:TRIED]
    broken = np.flatnonzero(breaks_bounds(rule, measure(rule.signal, pieces, language))).tolist()
    return pieces[broken[0]] if broken else text


def _short(text: str) -> str:
    return one_line(_visible(text), LONGEST)


def _visible(text: str) -> str:
    """Invisible characters as a dot in a circle's place, spaces collapsed."""
    collapsed = " ".join(text.split())
    return "".join(character if character.isprintable() else "·" for character in collapsed)
