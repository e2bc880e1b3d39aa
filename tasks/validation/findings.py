"""What each rule finds on a shard's columns: which rows break it, and what was measured there.

One pass over each column: a column's texts, their words and each signal are computed once, however many rules ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.errors import RecipeError
from tasks.validation.contract import INGEST_ERROR, Rule
from tasks.validation.markup import without_special_tokens
from tasks.validation.repairs import REPAIRS
from tasks.validation.signals import AS_WRITTEN, MISSING, PAIR_SIGNALS, SIGNALS, arrow_texts, measure_texts
from tasks.validation.text_column import COMPILED, Bools, Floats, Ints, TextColumn

PATTERN_TIMEOUT_S = 2.0
SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class Finding:
    """What one rule finds."""

    rule: Rule
    failed: Bools
    """Rows that break the rule, shape (num_rows,)."""
    values: Sequence[Any] | Floats
    """What was measured: a number, or the text that a pattern found; shape (num_rows,)."""
    column: MeasuredColumn | None = None
    """Where it was measured, for a signal that can say why."""

    def failed_values(self) -> dict[int, Any]:
        """What was measured in the rows that break the rule."""
        rows = np.flatnonzero(self.failed)
        explain = SIGNALS[self.rule.signal].explain if self.rule.signal in SIGNALS else None
        if explain and self.column and len(rows):
            texts = self.column.plain.take(pa.array(rows)).to_pylist()
            return dict(zip(rows.tolist(), explain(texts, np.asarray(self.values)[rows]), strict=True))
        return {row: _plain(self.values[row]) for row in rows.tolist()}


class MeasuredColumn:
    """A column's texts and what was measured on them so far."""

    def __init__(self, texts: pa.Array, language: str) -> None:
        self.texts = texts
        self.present: Bools = np.asarray(texts.is_valid().to_numpy(zero_copy_only=False), bool)
        self.language = language
        self._measured: dict[str, Floats] = {}

    @cached_property
    def as_written(self) -> TextColumn:
        """The texts that aren't null."""
        return TextColumn(self.texts.drop_null())

    @cached_property
    def plain(self) -> pa.Array:
        """The texts without literal special tokens, which are no part of what they say."""
        return without_special_tokens(self.texts)

    @cached_property
    def text_column(self) -> TextColumn:
        """The plain texts that aren't null."""
        return self.as_written if self.plain is self.texts else TextColumn(self.plain.drop_null())

    def signal(self, name: str) -> Floats:
        """A signal of every row, NaN where the text is null."""
        if name not in self._measured:
            values = np.full(len(self.present), np.nan)
            column = self.as_written if name in AS_WRITTEN else self.text_column
            values[self.present] = measure_texts(SIGNALS[name], column, self.language)
            self._measured[name] = values
        return self._measured[name]


class Measurements:
    """A shard's columns, measured as rules ask for them.

    Args:
        rows: `row_id`, `ingest_error` and the canonical columns.
        language: The contract's.
    """

    def __init__(self, rows: pa.Table, language: str) -> None:
        self.rows = rows
        self._columns: dict[str, MeasuredColumn] = {}
        self._language = language

    def column(self, name: str) -> MeasuredColumn:
        """One column."""
        if name not in self._columns:
            texts = arrow_texts(self.rows[name].combine_chunks())
            self._columns[name] = MeasuredColumn(texts, self._language)
        return self._columns[name]

    def finding(self, rule: Rule) -> Finding:
        """What a rule on the rows' own columns finds."""
        column = self.column(rule.column)
        if rule.pattern:
            return _pattern_finding(rule, column, self.rows["row_id"])
        values = self._values(rule, column)
        return Finding(rule, breaks_bounds(rule, values), values, column)

    def repair(self, rule: Rule) -> Ints:
        """Mend the texts that break a rule; what is asked later sees the mended texts.

        Returns:
            The rows whose text was changed.
        """
        column = self.column(rule.column)
        broken = np.flatnonzero(breaks_bounds(rule, self._values(rule, column)))
        replaced = with_mended(column.texts, rule, broken)
        changed = COMPILED.fill_null(COMPILED.not_equal(replaced, column.texts), False)
        rows: Ints = np.flatnonzero(changed.to_numpy(zero_copy_only=False))
        if len(rows):
            self._columns[rule.column] = MeasuredColumn(replaced, self._language)
        return rows

    def _values(self, rule: Rule, column: MeasuredColumn) -> Floats:
        if rule.signal == MISSING:
            return self._missing(column)
        if rule.against and rule.signal in PAIR_SIGNALS:
            return self._pair(rule, column, self.column(rule.against))
        return column.signal(rule.signal)

    def _missing(self, column: MeasuredColumn) -> Floats:
        """1 where a value is null or blank, unless the whole row couldn't be read: then that is its defect."""
        is_blank = np.nan_to_num(column.signal("is_empty")) > 0
        return ((~column.present | is_blank) & ~self.column(INGEST_ERROR).present).astype(float)

    @staticmethod
    def _pair(rule: Rule, column: MeasuredColumn, other: MeasuredColumn) -> Floats:
        both = column.present & other.present
        values = np.full(len(both), np.nan)
        one, two = (TextColumn(side.plain.filter(pa.array(both))) for side in (column, other))
        values[both] = PAIR_SIGNALS[rule.signal].measure(one, two)
        return values


def with_mended(texts: pa.Array, rule: Rule, rows: Ints) -> pa.Array:
    """The texts, some rows of them as a rule with `action: repair` mends them."""
    repair = REPAIRS[rule.signal]
    mask = np.zeros(len(texts), bool)
    mask[rows] = True
    mended = pa.array([repair(text) for text in texts.take(pa.array(rows)).to_pylist()], pa.large_string())
    return COMPILED.replace_with_mask(texts, pa.array(mask), mended)


def breaks_bounds(rule: Rule, values: Floats) -> Bools:
    """Rows below `min` or above `max`; NaN is neither."""
    low = values < (-np.inf if rule.min is None else rule.min)
    high = values > (np.inf if rule.max is None else rule.max)
    return low | high


def _plain(value: Any) -> Any:
    """What was measured, as JSON takes it: whole numbers as integers, others to six digits."""
    if not isinstance(value, float):
        return value
    return int(value) if value == int(value) else round(float(value), 6)


def _pattern_finding(rule: Rule, column: MeasuredColumn, row_ids: pa.ChunkedArray) -> Finding:
    import regex

    pattern = regex.compile(rule.pattern)
    values: list[str | None] = [None] * len(column.texts)
    for row in np.flatnonzero(column.present).tolist():
        text = column.texts[row].as_py()
        try:
            match = pattern.search(text, timeout=PATTERN_TIMEOUT_S)
        except TimeoutError as error:
            raise RecipeError(
                f"rule {rule.reason}: the pattern {rule.pattern!r} took more than {PATTERN_TIMEOUT_S:g} s on row "
                f"{row_ids[row].as_py()} ({len(text):,} characters)\n"
                "  nested repeats such as (a+)+ never end on some texts; write the pattern without them"
            ) from error
        values[row] = match.group()[:SHOWN_CHARACTERS] if match else None
    found = np.fromiter((value is not None for value in values), bool, len(values))
    return Finding(rule, column.present & ~found if rule.must_match else found, values)
