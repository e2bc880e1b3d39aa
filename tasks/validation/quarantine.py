"""Rows, and what was decided of them → accepted, quarantined and repaired rows, written shard by shard.

Accepted rows keep the source's order but no position, so a junk row on top of the file changes nothing in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.json_files import canonical_json
from tasks.tables import TableWriter
from tasks.validation.contract import BOOKKEEPING, HOLDOUT_LEAK, Rule
from tasks.validation.findings import with_mended
from tasks.validation.rule_flags import RuleFlags
from tasks.validation.shard_files import read_values
from tasks.validation.shards import read_shard
from tasks.validation.split import NO_SIDE, Sides, side_names
from tasks.validation.text_column import Bools, Ints

TEXT = pa.large_string()


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """What was decided of every row."""

    rules: Sequence[Rule]
    """Those that applied."""
    failed: RuleFlags
    """Rows that break each rule."""
    repaired: RuleFlags
    """Rows that each rule changed."""
    sides: Sides
    """Each row's split, `NO_SIDE` where it is rejected."""
    leaks: Mapping[int, Mapping[str, str]]
    """Rows that would leak between the splits -> the rows they resemble, by side."""
    shards: Path
    """The folder of the shards' files, with what was measured in rows that break a rule."""
    compared: Mapping[int, Callable[[int], Any]]
    """Rule that compares rows -> what it found in a row that breaks it."""

    @cached_property
    def rejecting(self) -> list[int]:
        """The rules for which a row is rejected."""
        return rejecting_places(self.rules)

    @cached_property
    def names(self) -> list[str]:
        """What each rule's measured values are called."""
        return value_names(self.rules)


@dataclass(frozen=True)
class _Shard:
    """A shard's rows and what was decided of them."""

    decisions: Decisions
    table: pa.Table
    number: int
    start: int
    """Its first row."""

    @property
    def end(self) -> int:
        return self.start + len(self.table)

    @cached_property
    def _failed(self) -> Bools:
        return self.decisions.failed.rows(self.start, self.end)

    @cached_property
    def _values(self) -> list[dict[int, Any]]:
        return read_values(self.decisions.shards, self.number)

    @cached_property
    def repaired(self) -> Bools:
        """Rows that each rule changed, shape (num_rules, num_rows)."""
        return self.decisions.repaired.rows(self.start, self.end)

    @cached_property
    def _broken(self) -> dict[int, list[int]]:
        """Row -> the rejecting rules that it breaks, in their order."""
        rejecting = np.array(self.decisions.rejecting, np.int64)
        broken: dict[int, list[int]] = {}
        for row, place in np.argwhere(self._failed[rejecting].T).tolist():
            broken.setdefault(row, []).append(self.decisions.rejecting[place])
        return broken

    def reasons(self, row: int) -> list[str]:
        """Every reason a row is rejected for."""
        found = [self.decisions.rules[place].reason for place in self._broken.get(row, ())]
        return list(dict.fromkeys([*found, HOLDOUT_LEAK] if self.start + row in self.decisions.leaks else found))

    def measured(self, row: int) -> dict[str, Any]:
        """What was measured, by reason."""
        compared, leaks = self.decisions.compared, self.decisions.leaks
        found = {
            self.decisions.names[place]: (
                compared[place](self.start + row) if place in compared else self._values[place].get(row)
            )
            for place in self._broken.get(row, ())
        }
        return found | ({HOLDOUT_LEAK: dict(leaks[self.start + row])} if self.start + row in leaks else {})


def rejecting_places(rules: Sequence[Rule]) -> list[int]:
    """The rules for which a row is rejected."""
    return [place for place, rule in enumerate(rules) if rule.action != "warn"]


def value_names(rules: Sequence[Rule]) -> list[str]:
    """What each rule's measured values are called: its reason, and more where a reason has several rules."""
    uses = Counter(rules[place].reason for place in rejecting_places(rules))
    return [
        rule.reason if uses[rule.reason] <= 1 else f"{rule.reason}: {rule.column} {rule.signal or rule.pattern}"
        for rule in rules
    ]


def canonical_columns(names: Sequence[str]) -> list[str]:
    """The data's own columns."""
    return [name for name in names if name not in BOOKKEEPING]


def reason_counts(rules: Sequence[Rule], failed: Bools | RuleFlags, *actions: str) -> dict[str, int]:
    """Rows per reason, among the rules with some actions. A row that breaks two rules of one reason counts once."""
    counts = {
        reason: int(np.any([failed[place] for place in places], axis=0).sum())
        for reason, places in places_by_reason(rules, *actions).items()
    }
    return {reason: count for reason, count in counts.items() if count}


def places_by_reason(rules: Sequence[Rule], *actions: str) -> dict[str, list[int]]:
    """Reason -> its rules, among those with some actions."""
    places: dict[str, list[int]] = {}
    for place, rule in enumerate(rules):
        if rule.action in actions:
            places.setdefault(rule.reason, []).append(place)
    return places


def write_tables(rows: Path, decisions: Decisions, folder: Path) -> None:
    """Write `accepted.parquet`, `quarantined.parquet` and `repaired.parquet`.

    Accepted: `row_id`, the canonical columns as repaired, and `split`. Quarantined: `row_id`, `source_index`, the
    columns as they came, all `reasons`, and as JSON the measured `values`. Repaired, whether accepted in the end or
    not: `row_id`, `source_index`, `column`, `reasons`, `before`, `after`.
    """
    source = pq.ParquetFile(rows)
    names = canonical_columns(source.schema_arrow.names)
    text = [(name, pa.string()) for name in names]
    found = [("reasons", pa.list_(pa.string())), ("values", pa.string())]
    position = ("source_index", pa.int64())
    row_id = ("row_id", pa.string())
    schemas = {
        "accepted": pa.schema([row_id, *text, ("split", pa.string())]),
        "quarantined": pa.schema([row_id, position, *text, *found]),
        "repaired": pa.schema(
            [row_id, position, ("column", pa.string()), found[0], ("before", pa.string()), ("after", pa.string())]
        ),
    }
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(TableWriter(folder / f"{name}.parquet", schema))
            for name, schema in schemas.items()
        }
        start = 0
        for number in range(source.num_row_groups):
            shard = _Shard(decisions, read_shard(rows, number), number, start)
            _write_shard(shard, writers)
            start = shard.end


def _write_shard(shard: _Shard, writers: Mapping[str, TableWriter]) -> None:
    table, rules = shard.table, shard.decisions.rules
    sides = shard.decisions.sides[shard.start : shard.end]
    mended = table
    for place in np.flatnonzero(shard.repaired.any(axis=1)).tolist():
        mended = _mend(mended, rules[place], np.flatnonzero(shard.repaired[place]))
    accepted = mended.append_column("split", side_names(sides))
    writers["accepted"].write(accepted.filter(pa.array(sides != NO_SIDE)))
    rejected = np.flatnonzero(sides == NO_SIDE).tolist()
    reasons = pa.array([shard.reasons(row) for row in rejected], pa.list_(pa.string()))
    values = pa.array([canonical_json(shard.measured(row)) for row in rejected], pa.string())
    taken = table.take(pa.array(rejected, pa.int64()))
    writers["quarantined"].write(taken.append_column("reasons", reasons).append_column("values", values))
    for column in dict.fromkeys(rule.column for rule in rules if rule.action == "repair"):
        _write_repaired(shard, mended, column, writers["repaired"])


def _mend(table: pa.Table, rule: Rule, rows: Ints) -> pa.Table:
    texts = with_mended(table[rule.column].combine_chunks().cast(TEXT), rule, rows)
    return table.set_column(table.column_names.index(rule.column), rule.column, texts)


def _write_repaired(shard: _Shard, after: pa.Table, column: str, writer: TableWriter) -> None:
    reasons: dict[int, list[str]] = {}
    for rule, changed in zip(shard.decisions.rules, shard.repaired, strict=True):
        for row in np.flatnonzero(changed).tolist() if rule.column == column else []:
            reasons.setdefault(row, []).append(rule.reason)
    taken = pa.array(sorted(reasons), pa.int64())
    before = shard.table
    writer.write(
        pa.table(
            {
                "row_id": before["row_id"].take(taken),
                "source_index": before["source_index"].take(taken),
                "column": pa.array([column] * len(taken), pa.string()),
                "reasons": pa.array([reasons[row] for row in sorted(reasons)], pa.list_(pa.string())),
                "before": before[column].take(taken),
                "after": after[column].take(taken),
            }
        )
    )
