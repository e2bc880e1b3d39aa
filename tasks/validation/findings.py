"""What each rule finds: which rows break it, and what was measured there.

One pass over each column: a column's texts, their words and each signal are computed once, however many rules ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from tasks.errors import RecipeError
from tasks.validation.contract import INGEST_ERROR, Rule
from tasks.validation.signals import MISSING, SIGNALS, arrow_texts, measure_texts
from tasks.validation.text_column import Bools, Floats, TextColumn

PATTERN_TIMEOUT_S = 2.0
SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class Finding:
    """What one rule finds."""

    rule: Rule
    failed: Bools
    """Rows that break the rule, shape (num_rows,)."""
    values: Sequence[Any] | Floats
    """What was measured: a number, the text that a pattern found, the kept row of a duplicate; shape (num_rows,)."""

    def value(self, row: int) -> Any:
        """What was measured in a row, as JSON takes it: whole numbers as integers, others to six digits."""
        value = self.values[row]
        if not isinstance(value, float):
            return value
        return int(value) if value == int(value) else round(float(value), 6)


class MeasuredColumn:
    """A column's texts and what was measured on them so far."""

    def __init__(self, values: pd.Series[Any], language: str) -> None:
        texts = arrow_texts(values)
        self.present: Bools = np.asarray(texts.is_valid().to_numpy(zero_copy_only=False), bool)
        self.language = language
        self._texts = texts
        self._measured: dict[str, Floats] = {}

    @cached_property
    def text_column(self) -> TextColumn:
        """The texts that aren't null."""
        return TextColumn(self._texts.drop_null())

    def signal(self, name: str) -> Floats:
        """A signal of every row, NaN where the text is null."""
        if name not in self._measured:
            values = np.full(len(self.present), np.nan)
            values[self.present] = measure_texts(SIGNALS[name], self.text_column, self.language)
            self._measured[name] = values
        return self._measured[name]

    def texts(self) -> Iterator[str | None]:
        """The texts one by one."""
        for text in self._texts:
            yield text.as_py()


class Measurements:
    """A frame's columns, measured as rules ask for them."""

    def __init__(self, frame: pd.DataFrame, language: str) -> None:
        self.frame = frame
        self._columns: dict[str, MeasuredColumn] = {}
        self._language = language

    def column(self, name: str) -> MeasuredColumn:
        """One column."""
        if name not in self._columns:
            self._columns[name] = MeasuredColumn(self.frame[name], self._language)
        return self._columns[name]

    def finding(self, rule: Rule) -> Finding:
        """What a rule on a single column finds."""
        column = self.column(rule.column)
        if rule.pattern:
            return _pattern_finding(rule, column, self.frame["row_id"])
        values = self._missing(column) if rule.signal == MISSING else column.signal(rule.signal)
        return Finding(rule, breaks_bounds(rule, values), values)

    def _missing(self, column: MeasuredColumn) -> Floats:
        """1 where a value is null or blank, unless the whole row couldn't be read: then that is its defect."""
        is_blank = np.nan_to_num(column.signal("is_empty")) > 0
        return ((~column.present | is_blank) & ~self.column(INGEST_ERROR).present).astype(float)


def breaks_bounds(rule: Rule, values: Floats) -> Bools:
    """Rows below `min` or above `max`; NaN is neither."""
    low = values < (-np.inf if rule.min is None else rule.min)
    high = values > (np.inf if rule.max is None else rule.max)
    return low | high


def _pattern_finding(rule: Rule, column: MeasuredColumn, row_ids: pd.Series[Any]) -> Finding:
    import regex

    pattern = regex.compile(rule.pattern)
    values: list[str | None] = []
    for row, text in enumerate(column.texts()):
        try:
            match = pattern.search(text, timeout=PATTERN_TIMEOUT_S) if text is not None else None
        except TimeoutError as error:
            raise RecipeError(
                f"rule {rule.reason}: the pattern {rule.pattern!r} took more than {PATTERN_TIMEOUT_S:g} s on row "
                f"{row_ids.iloc[row]} ({len(text or ''):,} characters)\n"
                "  nested repeats such as (a+)+ never end on some texts; write the pattern without them"
            ) from error
        values.append(match.group()[:SHOWN_CHARACTERS] if match else None)
    found = np.fromiter((value is not None for value in values), bool, len(values))
    return Finding(rule, column.present & ~found if rule.must_match else found, values)
