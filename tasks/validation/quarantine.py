"""Rows, and what the rules found in them → accepted rows and quarantined rows, with every reason.

Accepted rows keep the source's order but no position, so a junk row on top of the file changes nothing in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.json_files import canonical_json
from tasks.validation.contract import BOOKKEEPING, HOLDOUT_LEAK
from tasks.validation.findings import Finding
from tasks.validation.signals import arrow_texts
from tasks.validation.text_column import Bools


def canonical_columns(frame: pd.DataFrame) -> list[str]:
    """The data's own columns."""
    return [column for column in frame.columns if column not in BOOKKEEPING]


def rejected_by(findings: Sequence[Finding], num_rows: int) -> Bools:
    """Rows that a rule with action `quarantine` rejects, shape (num_rows,)."""
    rejected = np.zeros(num_rows, bool)
    for finding in findings:
        if finding.rule.action == "quarantine":
            rejected |= finding.failed
    return rejected


def reason_counts(findings: Sequence[Finding], action: str) -> dict[str, int]:
    """Rows per reason, among the rules with an action. A row that breaks two rules of one reason counts once."""
    failed: dict[str, Bools] = {}
    for finding in findings:
        if finding.rule.action == action:
            before = failed.get(finding.rule.reason)
            failed[finding.rule.reason] = finding.failed if before is None else before | finding.failed
    return {reason: int(rows.sum()) for reason, rows in failed.items() if rows.any()}


def accepted_table(frame: pd.DataFrame, sides: Mapping[int, str]) -> pa.Table:
    """The accepted rows with their `split`.

    Args:
        frame: All rows.
        sides: Position of each accepted row -> its split.
    """
    rows = sorted(sides)
    taken = frame.iloc[rows]
    columns = {"row_id": taken["row_id"]} | {name: taken[name] for name in canonical_columns(frame)}
    arrays = {name: arrow_texts(values).cast(pa.string()) for name, values in columns.items()}
    return pa.table(arrays | {"split": pa.array([sides[row] for row in rows], pa.string())})


def quarantined_table(
    frame: pd.DataFrame, findings: Sequence[Finding], leaks: Mapping[int, Mapping[str, str]]
) -> pa.Table:
    """The rejected rows with all their `reasons`, and as JSON the measured `values` by reason."""
    entries = _entries(findings, leaks)
    rows = sorted(entries)
    taken = frame.iloc[rows]
    arrays = {
        "row_id": arrow_texts(taken["row_id"]).cast(pa.string()),
        "source_index": pa.array(taken["source_index"], pa.int64()),
    }
    arrays |= {name: arrow_texts(taken[name]).cast(pa.string()) for name in canonical_columns(frame)}
    arrays["reasons"] = pa.array([list(dict.fromkeys(entries[row][0])) for row in rows], pa.list_(pa.string()))
    arrays["values"] = pa.array([canonical_json(entries[row][1]) for row in rows], pa.string())
    return pa.table(arrays)


def _entries(
    findings: Sequence[Finding], leaks: Mapping[int, Mapping[str, str]]
) -> dict[int, tuple[list[str], dict[str, Any]]]:
    """Position of each rejected row -> its reasons, and what was measured."""
    entries: dict[int, tuple[list[str], dict[str, Any]]] = {}
    quarantining = [finding for finding in findings if finding.rule.action == "quarantine"]
    uses = Counter(finding.rule.reason for finding in quarantining)
    for finding in quarantining:
        rule = finding.rule
        name = rule.reason if uses[rule.reason] == 1 else f"{rule.reason}: {rule.column} {rule.signal or rule.pattern}"
        for row in np.flatnonzero(finding.failed).tolist():
            reasons, values = entries.setdefault(row, ([], {}))
            reasons.append(rule.reason)
            values[name] = finding.value(row)
    for row, sides in leaks.items():
        reasons, values = entries.setdefault(row, ([], {}))
        reasons.append(HOLDOUT_LEAK)
        values[HOLDOUT_LEAK] = dict(sides)
    return entries
