"""Rows, and what was decided of them → accepted, quarantined and repaired rows, written shard by shard.

Accepted rows keep the source's order but no position, so a junk row on top of the file changes nothing in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.json_files import canonical_json
from tasks.tables import TableWriter
from tasks.validation.contract import BOOKKEEPING, HOLDOUT_LEAK, Rule
from tasks.validation.findings import with_mended
from tasks.validation.shards import read_shard
from tasks.validation.split import Side
from tasks.validation.text_column import Bools, Ints

TEXT = pa.large_string()


class Decisions:
    """What was decided of every row.

    Args:
        rules: The rules that applied.
        failed: Rows that break each rule, shape (num_rules, num_rows).
        values: For each rule what was measured in the rows that break it.
        repaired: Rule -> rows that it changed.
        sides: Each row's split; None where it is rejected.
        leaks: Rows that would leak between the splits -> the rows they resemble, by side.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        failed: Bools,
        values: Sequence[Mapping[int, Any]],
        repaired: Mapping[int, Ints],
        sides: Sequence[Side | None],
        leaks: Mapping[int, Mapping[str, str]],
    ) -> None:
        self.rules, self.failed, self.values = rules, failed, values
        self.repaired, self.sides, self.leaks = repaired, sides, leaks
        self._rejecting = [place for place, rule in enumerate(rules) if rule.action != "warn"]
        uses = Counter(rules[place].reason for place in self._rejecting)
        self._names = [
            rule.reason if uses[rule.reason] <= 1 else f"{rule.reason}: {rule.column} {rule.signal or rule.pattern}"
            for rule in rules
        ]

    def reasons(self, row: int) -> list[str]:
        """Every reason a row is rejected for."""
        found = [self.rules[place].reason for place in self._rejecting if self.failed[place, row]]
        return list(dict.fromkeys([*found, HOLDOUT_LEAK] if row in self.leaks else found))

    def measured(self, row: int) -> dict[str, Any]:
        """What was measured, by reason."""
        found = {
            self._names[place]: self.values[place].get(row) for place in self._rejecting if self.failed[place, row]
        }
        return found | ({HOLDOUT_LEAK: dict(self.leaks[row])} if row in self.leaks else {})


def canonical_columns(names: Sequence[str]) -> list[str]:
    """The data's own columns."""
    return [name for name in names if name not in BOOKKEEPING]


def reason_counts(rules: Sequence[Rule], failed: Bools, *actions: str) -> dict[str, int]:
    """Rows per reason, among the rules with some actions. A row that breaks two rules of one reason counts once."""
    rows: dict[str, Bools] = {}
    for rule, broken in zip(rules, failed, strict=True):
        if rule.action in actions:
            rows[rule.reason] = rows[rule.reason] | broken if rule.reason in rows else broken
    return {reason: int(broken.sum()) for reason, broken in rows.items() if broken.any()}


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
        for shard in range(source.num_row_groups):
            table = read_shard(rows, shard)
            _write_shard(table, start, decisions, writers)
            start += len(table)


def _write_shard(table: pa.Table, start: int, decisions: Decisions, writers: Mapping[str, TableWriter]) -> None:
    end = start + len(table)
    sides = decisions.sides[start:end]
    is_accepted = np.fromiter((side is not None for side in sides), bool, len(sides))
    mended_table = table
    for place, changed in decisions.repaired.items():
        inside = changed[(changed >= start) & (changed < end)] - start
        if len(inside):
            mended_table = _mend(mended_table, decisions.rules[place], inside)
    writers["accepted"].write(
        mended_table.append_column("split", pa.array(sides, pa.string())).filter(pa.array(is_accepted))
    )
    rejected = np.flatnonzero(~is_accepted).tolist()
    reasons = pa.array([decisions.reasons(start + row) for row in rejected], pa.list_(pa.string()))
    values = pa.array([canonical_json(decisions.measured(start + row)) for row in rejected], pa.string())
    taken = table.take(pa.array(rejected, pa.int64()))
    writers["quarantined"].write(taken.append_column("reasons", reasons).append_column("values", values))
    for column in dict.fromkeys(decisions.rules[place].column for place in decisions.repaired):
        _write_repaired(table, mended_table, column, start, decisions, writers["repaired"])


def _mend(table: pa.Table, rule: Rule, rows: Ints) -> pa.Table:
    texts = with_mended(table[rule.column].combine_chunks().cast(TEXT), rule, rows)
    return table.set_column(table.column_names.index(rule.column), rule.column, texts)


def _write_repaired(
    before: pa.Table,
    after: pa.Table,
    column: str,
    start: int,
    decisions: Decisions,
    writer: TableWriter,
) -> None:
    reasons: dict[int, list[str]] = {}
    for place, changed in decisions.repaired.items():
        rule = decisions.rules[place]
        inside = changed[(changed >= start) & (changed < start + len(before))] - start
        for row in inside.tolist() if rule.column == column else []:
            reasons.setdefault(row, []).append(rule.reason)
    taken = pa.array(sorted(reasons), pa.int64())
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
