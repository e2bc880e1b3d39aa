"""The contract judges what a model writes: samples as rows, held against the rules by the code that judges data.

A rule applies where it looks at a column that the model wrote, and at nothing beyond the row: not at other rows, files,
the source or the base. A sample that was cut at the token limit can't be blamed for its end; how many are cut is the
stop rate's to say. A column that couldn't be read back isn't missing; that is the form adherence's to say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.json_files import canonical_json
from tasks.validation.contract import INGEST_ERROR, Contract, Rule
from tasks.validation.quarantine import reason_counts, rejecting_places, value_names
from tasks.validation.shards import judge_shard
from tasks.validation.signals import ACROSS_ROWS, COLUMN_WIDE, MISSING
from tasks.validation.text_column import Bools
from tasks.written_samples import data_columns

VERDICT_FORMAT = 1
CONFIDENCE = 0.95
OF_THE_END = {"truncated", "too_long"}
"""Signals and reasons that a cut sample isn't judged by."""
OF_THE_LENGTH = {"word_count", "char_count"}
"""Signals whose upper bound a cut sample isn't held against."""


class Judged(NamedTuple):
    """What the contract says of samples."""

    verdict: dict[str, Any]
    """The content of `verdict.json`."""
    samples: pa.Table
    """The samples with their `reasons` and, as JSON, what was measured: `values`."""


def judge_written(samples: Path, written: Sequence[str], contract: Contract) -> Judged:
    """Hold a model's samples against a contract.

    Args:
        samples: `samples.parquet` of a model's scores.
        written: The columns that the model wrote.
        contract: The one that the model's data was held against.
    """
    table = pq.read_table(samples)
    rules = applicable_rules(contract, written, list(data_columns(table)))
    findings, details = judge_shard(_as_rows(table, contract), contract, rules)
    failed = np.zeros((len(rules), len(table)), bool)
    for place, rule in enumerate(rules):
        failed[place] = _fair(rule, findings.failed[place], details.values[place], table)
    broken = [[place for place in rejecting_places(rules) if failed[place, row]] for row in range(len(table))]
    reasons = [list(dict.fromkeys(rules[place].reason for place in places)) for places in broken]
    junk = sum(map(bool, reasons))
    repaired: dict[str, set[int]] = {}
    for place, rows in findings.repaired.items():
        repaired.setdefault(rules[place].reason, set()).update(rows.tolist())
    verdict = {
        "format": VERDICT_FORMAT,
        "contract": {"name": contract.name, "version": contract.version},
        "judged": len(table),
        "junk": junk,
        "junk_rate": round(junk / max(1, len(table)), 6),
        "interval": wilson_interval(junk, len(table)),
        "confidence": CONFIDENCE,
        "reasons": reason_counts(rules, failed, "quarantine", "repair"),
        "repaired": {reason: len(rows) for reason, rows in repaired.items()},
        "warnings": reason_counts(rules, failed, "warn"),
        "rules": len(rules),
    }
    names = value_names(rules)
    values = [
        canonical_json({names[place]: details.values[place].get(row) for place in places})
        for row, places in enumerate(broken)
    ]
    judged = table.append_column("reasons", pa.array(reasons, pa.list_(pa.string())))
    return Judged(verdict, judged.append_column("values", pa.array(values, pa.string())))


def applicable_rules(contract: Contract, written: Sequence[str], columns: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that a sample can be held against."""
    beyond_the_row = {*ACROSS_ROWS, *COLUMN_WIDE}
    return tuple(
        rule
        for rule in contract.rules
        if rule.column in written
        and rule.signal not in beyond_the_row
        and (not rule.against or rule.against in columns)
    )


def wilson_interval(count: int, total: int, confidence: float = CONFIDENCE) -> list[float] | None:
    """The Wilson score interval of a share; None of nothing.

    Source: Wilson 1927, Journal of the American Statistical Association 22.
    """
    if not total:
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, scale = count / total, 1 + z * z / total
    middle = (share + z * z / (2 * total)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return [round(max(0.0, middle - half), 6), round(min(1.0, middle + half), 6)]


def _as_rows(samples: pa.Table, contract: Contract) -> pa.Table:
    """Samples as ingestion would have left them: `row_id`, `ingest_error` and the canonical columns."""
    nothing = pa.nulls(len(samples), pa.string())
    rows: dict[str, Any] = dict.fromkeys((INGEST_ERROR, *contract.text_columns), nothing)
    return pa.table(rows | data_columns(samples) | {"row_id": samples["sample_id"]})


def _fair(rule: Rule, failed: Bools, values: Mapping[int, Any], samples: pa.Table) -> Bools:
    """The samples that break a rule, but for what isn't theirs to answer for."""
    fair = failed.copy()
    is_cut = ~np.asarray(samples["stopped"].to_numpy(), bool)
    if rule.signal == MISSING:
        fair &= np.asarray(data_columns(samples)[rule.column].is_valid().to_numpy(), bool)
    if {rule.signal, rule.reason} & OF_THE_END:
        fair &= ~is_cut
    if rule.signal in OF_THE_LENGTH and rule.max is not None:
        for row, value in values.items():
            fair[row] &= not (is_cut[row] and value > rule.max)
    return fair
