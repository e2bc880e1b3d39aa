"""The validation stage as a pure function: rows, a contract and the known splits → accepted and quarantined rows.

1. measure each column once, and let every rule find the rows that break it
2. compare rows: of equal and nearly equal ones, keep a sound one, before that one with a known split, before that
   the source's first
3. Great Expectations enforces the rules
4. split the accepted rows
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.progress import report as report_progress
from tasks.validation.config import ValidationConfig
from tasks.validation.contract import HOLDOUT_LEAK, Contract, Rule, active_rules
from tasks.validation.duplicates import Resemblance, find_resemblance, kept_rows
from tasks.validation.expectations import enforce
from tasks.validation.findings import Finding, Measurements
from tasks.validation.histograms import counted, histograms
from tasks.validation.quarantine import (
    accepted_table,
    canonical_columns,
    quarantined_table,
    reason_counts,
    rejected_by,
)
from tasks.validation.signals import DUPLICATE, NEAR_DUPLICATE
from tasks.validation.split import Side, Split, assign_splits, bridging_rows
from tasks.validation.text_column import Bools
from tasks.validation.verdict import REPORT_FORMAT, contract_failures, quantiles, rule_entry, skipped_entry


@dataclass(frozen=True)
class Outcome:
    """What validation makes of a frame."""

    accepted: pa.Table
    """`row_id`, the canonical columns and `split`, in source order."""
    quarantined: pa.Table
    """`row_id`, `source_index`, the canonical columns, `reasons` and `values`, in source order."""
    report: dict[str, Any]
    sides: dict[str, Side]
    """Accepted row id -> split, to be remembered."""
    expectations: list[dict[str, Any]]
    """What Great Expectations says of each rule; kept beside the report, outside its digest."""


def validate(frame: pd.DataFrame, config: ValidationConfig, known: Mapping[str, Side]) -> Outcome:
    """Judge rows by a contract.

    Args:
        frame: Rows as ingestion leaves them: `row_id`, `source_index`, `ingest_error` and the canonical columns.
        config: The contract and how to hold rows out.
        known: Row id -> split it was given before.

    Raises:
        RecipeError: The contract names columns or signals that don't exist, or a pattern takes too long.
    """
    contract = config.contract
    assert frame["row_id"].is_unique, "row ids repeat"
    frame = frame.sort_values("source_index", kind="stable", ignore_index=True)
    rules, skipped = active_rules(contract, canonical_columns(frame))
    findings, resemblance = find_all(frame, contract, rules, known)
    results = enforce(rules, np.array([finding.failed for finding in findings]))
    rejected = rejected_by(findings, len(frame))
    positions = np.flatnonzero(~rejected)
    row_ids = [str(row_id) for row_id in frame["row_id"].iloc[positions]]
    split = assign_splits(
        row_ids,
        resemblance.first[positions],
        resemblance.near,
        known,
        config.holdout_fraction,
        config.split_seed,
    )
    sides = {int(positions[row]): side for row, side in enumerate(split.sides) if side is not None}
    leaks = {int(positions[row]): named for row, named in split.leaks.items()}
    copies = [finding.failed for finding in findings if finding.rule.signal == NEAR_DUPLICATE]
    near_copies = np.flatnonzero(rejected & np.any(copies, axis=0)).tolist() if copies else []
    all_ids = frame["row_id"].tolist()
    leaks |= bridging_rows(near_copies, resemblance.first, resemblance.near, sides, all_ids)
    entries = [
        rule_entry(finding, result.success, frame["source_index"].tolist())
        for finding, result in zip(findings, results, strict=True)
    ]
    report = _report(contract, findings, entries, skipped, split, leaks, len(frame))
    return Outcome(
        accepted=accepted_table(frame, sides),
        quarantined=quarantined_table(frame, findings, leaks),
        report=report,
        sides={row_ids[row]: side for row, side in enumerate(split.sides) if side is not None},
        expectations=[result.result for result in results],
    )


def find_all(
    frame: pd.DataFrame, contract: Contract, rules: Sequence[Rule], known: Mapping[str, Side]
) -> tuple[list[Finding], Resemblance]:
    """What every rule finds, in the rules' order, and which rows resemble each other."""
    measurements = Measurements(frame, contract.language)
    found: dict[int, Finding] = {}
    own = [(place, rule) for place, rule in enumerate(rules) if rule.signal not in (DUPLICATE, NEAR_DUPLICATE)]
    for done, (place, rule) in enumerate(own):
        found[place] = measurements.finding(rule)
        report_progress("validation", done + 1, len(own) + 1)
    resemblance = find_resemblance(_compared_texts(frame, contract))
    rejected = rejected_by(list(found.values()), len(frame))
    exact, near = kept_rows(resemblance, _preference(frame, rejected, known))
    for place, rule in enumerate(rules):
        if place not in found:
            found[place] = _duplicate_finding(rule, exact if rule.signal == DUPLICATE else near, frame)
    report_progress("validation", len(own) + 1, len(own) + 1)
    return [found[place] for place in range(len(rules))], resemblance


def _compared_texts(frame: pd.DataFrame, contract: Contract) -> list[str]:
    columns = [frame[name].fillna("").astype(str).tolist() for name in contract.text_columns]
    return ["\n".join(parts) for parts in zip(*columns, strict=True)]


def _preference(frame: pd.DataFrame, rejected: Bools, known: Mapping[str, Side]) -> np.ndarray[Any, Any]:
    """Each row's rank among its duplicates: sound rows first, then rows with a known split, then source order."""
    is_new = np.array([row_id not in known for row_id in frame["row_id"]], bool)
    order = np.lexsort((np.arange(len(frame)), is_new, rejected))
    rank = np.empty(len(frame), np.int64)
    rank[order] = np.arange(len(frame))
    return rank


def _duplicate_finding(rule: Rule, kept: np.ndarray[Any, Any], frame: pd.DataFrame) -> Finding:
    row_ids = frame["row_id"].tolist()
    return Finding(rule, kept >= 0, [row_ids[row] if row >= 0 else None for row in kept.tolist()])


def _report(
    contract: Contract,
    findings: Sequence[Finding],
    entries: list[dict[str, Any]],
    skipped: Sequence[Rule],
    split: Split,
    leaks: Mapping[int, Mapping[str, str]],
    ingested: int,
) -> dict[str, Any]:
    accepted = sum(side is not None for side in split.sides)
    reasons = reason_counts(findings, "quarantine")
    if leaks:
        reasons[HOLDOUT_LEAK] = len(leaks)
    failures = contract_failures(contract, entries, ingested, accepted)
    return {
        "format": REPORT_FORMAT,
        "contract": {"name": contract.name, "version": contract.version},
        "success": not failures,
        "ingested": ingested,
        "accepted": accepted,
        "quarantined": ingested - accepted,
        "reasons": reasons,
        "warnings": reason_counts(findings, "warn"),
        "split": {side: split.sides.count(side) for side in ("train", "holdout")},
        "rules": entries,
        "skipped": [skipped_entry(rule) for rule in skipped],
        "failures": failures,
        "signals": quantiles(findings),
        "histograms": histograms([finding.rule for finding in findings], counted(findings)),
    }
