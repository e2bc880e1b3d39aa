"""The validation stage as plain functions: rows, a contract and the known splits → what becomes of every row.

1. each shard is measured, mended where the contract says so, and held against the rules on its own columns
2. rows are compared: of equal and nearly equal ones, a released one is kept before all others, then a sound one, then
   one with a known split, then the source's first
3. Great Expectations enforces the rules
4. the accepted rows are split
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from tasks.errors import RecipeError
from tasks.progress import report as report_progress
from tasks.validation.across_rows import find_conflicts, find_copies, find_cut_words
from tasks.validation.config import ValidationConfig
from tasks.validation.contract import BASE_NLL, HOLDOUT_LEAK, INGEST_RULES, Contract, Rule, released_rows
from tasks.validation.duplicates import Resemblance, concatenate, find_resemblance
from tasks.validation.expectations import enforce
from tasks.validation.findings import breaks_bounds
from tasks.validation.histograms import histograms
from tasks.validation.quarantine import Decisions, canonical_columns, reason_counts
from tasks.validation.rule_checks import active_rules
from tasks.validation.shards import ShardFindings, judge_shards
from tasks.validation.signals import NEAR_DUPLICATE
from tasks.validation.split import Side, Split, assign_splits, bridging_rows
from tasks.validation.spreads import Spread
from tasks.validation.text_column import Bools, Ints
from tasks.validation.verdict import REPORT_FORMAT, contract_failures, rule_entry, skipped_entry


@dataclass(frozen=True)
class Outcome:
    """What validation makes of rows."""

    decisions: Decisions
    """What becomes of every row; `quarantine.write_tables` writes it down."""
    report: dict[str, Any]
    sides: dict[str, Side]
    """Accepted row id -> split, to be remembered."""
    expectations: list[dict[str, Any]]
    """Great Expectations' own results, one a rule."""


@dataclass
class _Judged:
    """All shards' findings, put together."""

    failed: Bools
    values: list[dict[int, Any]]
    repaired: dict[int, Ints]
    spreads: dict[str, Spread]
    released: Bools
    """Rows that a person let through, shape (num_rows,)."""


def validate(
    rows: Path, config: ValidationConfig, known: Mapping[str, Side], scratch: Path, base: Path | None = None
) -> Outcome:
    """Judge rows by a contract.

    Args:
        rows: `rows.parquet` as ingestion leaves it: `row_id`, `source_index`, `ingest_error`, the canonical columns.
        config: The contract and how to hold rows out.
        known: Row id -> split it was given before.
        scratch: An empty folder for what is too large for memory.
        base: The base model's folder, for rules that ask what it thinks of a text.

    Raises:
        RecipeError: The contract names columns or signals that don't exist, a pattern takes too long, or a rule needs
            a base and there is none.
    """
    contract = config.contract
    rules, skipped = active_rules(contract, canonical_columns(pq.read_schema(rows).names))
    row_ids: list[str] = pq.read_table(rows, columns=["row_id"])["row_id"].to_pylist()
    assert len(set(row_ids)) == len(row_ids), "row ids repeat"
    judged, resemblance = _judge(rows, contract, rules, scratch, row_ids, known)
    _judge_by_base(rows, contract, rules, judged, base)
    results = enforce(rules, judged.failed)
    rejected = _rejected(rules, judged.failed)
    positions = np.flatnonzero(~rejected)
    accepted_ids = [row_ids[row] for row in positions.tolist()]
    split = assign_splits(
        accepted_ids, resemblance.first[positions], resemblance.near, known, config.holdout_fraction, config.split_seed
    )
    sides: list[Side | None] = [None] * len(row_ids)
    for row, side in zip(positions.tolist(), split.sides, strict=True):
        sides[row] = side
    leaks = {int(positions[row]): named for row, named in split.leaks.items()}
    leaks |= _bridging(rules, judged.failed, rejected, resemblance, sides, row_ids)
    source_index = pq.read_table(rows, columns=["source_index"])["source_index"].to_numpy()
    entries = [
        rule_entry(rule, failed, result.success, source_index)
        for rule, failed, result in zip(rules, judged.failed, results, strict=True)
    ]
    return Outcome(
        decisions=Decisions(rules, judged.failed, judged.values, judged.repaired, sides, leaks),
        report=_report(contract, rules, judged, entries, skipped, split, sides, leaks),
        sides={row_id: side for row_id, side in zip(accepted_ids, split.sides, strict=True) if side is not None},
        expectations=[result.result for result in results],
    )


def _judge(
    rows: Path,
    contract: Contract,
    rules: Sequence[Rule],
    scratch: Path,
    row_ids: Sequence[str],
    known: Mapping[str, Side],
) -> tuple[_Judged, Resemblance]:
    """What every rule finds, and which rows resemble each other."""
    told = partial(report_progress, "validation")
    shards, texts = judge_shards(rows, contract, rules, scratch, told)
    if not shards:
        empty = np.empty((0, 2), np.int64)
        nothing = np.zeros((len(rules), 0), bool)
        return _Judged(nothing, [{} for _ in rules], {}, {}, nothing[0]), Resemblance(empty[:, 0], empty)
    released = released_rows(contract)
    judged = _together(shards, len(rules), np.array([row_id in released for row_id in row_ids], bool))
    resemblance = find_resemblance(concatenate([shard.index for shard in shards]), texts)
    for place, cut in find_cut_words(rules, shards).items():
        judged.values[place] = dict(cut)
        judged.failed[place, list(cut)] = True
    for place, contradicted in find_conflicts(rules, shards, resemblance).items():
        judged.failed[place] = contradicted
        judged.values[place] = {int(row): 1 for row in np.flatnonzero(contradicted)}
    _let_through(rules, judged)
    rank = _preference(judged.released, _rejected(rules, judged.failed), row_ids, known)
    for place, kept in find_copies(rules, resemblance, rank).items():
        judged.failed[place] = kept >= 0
        judged.values[place] = {int(row): row_ids[kept[row]] for row in np.flatnonzero(kept >= 0)}
    _let_through(rules, judged)
    return judged, resemblance


def _judge_by_base(rows: Path, contract: Contract, rules: Sequence[Rule], judged: _Judged, base: Path | None) -> None:
    """Hold the rows that are sound so far against rules on the base model's likelihood."""
    asking = {place: rule for place, rule in enumerate(rules) if rule.signal == BASE_NLL}
    if not asking:
        return
    if base is None:
        raise RecipeError(
            f"contract {contract.name} v{contract.version}: rule {next(iter(asking.values())).reason} asks the base "
            "model, and there is none\n  run a recipe with this contract, or drop the rule to check data alone"
        )
    from tasks.validation.base_likelihood import base_nll

    values = base_nll(
        rows, contract.compared_columns(pq.read_schema(rows).names), ~_rejected(rules, judged.failed), base
    )
    for place, rule in asking.items():
        judged.failed[place] = breaks_bounds(rule, values) & ~judged.released
        judged.values[place] = {int(row): round(float(values[row]), 6) for row in np.flatnonzero(judged.failed[place])}
    judged.spreads[f"text.{BASE_NLL}"] = Spread.of(values)


def _together(shards: Sequence[ShardFindings], num_rules: int, released: Bools) -> _Judged:
    values: list[dict[int, Any]] = [{} for _ in range(num_rules)]
    repaired: dict[int, list[Ints]] = {}
    spreads: dict[str, Spread] = {}
    start = 0
    for shard in shards:
        for place in range(num_rules):
            values[place] |= {start + row: value for row, value in shard.values[place].items()}
        for place, rows in shard.repaired.items():
            repaired.setdefault(place, []).append(rows + start)
        for name, spread in shard.spreads.items():
            spreads.setdefault(name, Spread()).add(spread)
        start += shard.failed.shape[1]
    failed = np.concatenate([shard.failed for shard in shards], axis=1)
    joined = {place: np.concatenate(parts) for place, parts in sorted(repaired.items())}
    return _Judged(failed, values, joined, spreads, released)


def _let_through(rules: Sequence[Rule], judged: _Judged) -> None:
    """Take back what the contract's rules have against released rows; what can't be read stays out."""
    for place, rule in enumerate(rules):
        if rule not in INGEST_RULES and judged.released.any():
            judged.failed[place] &= ~judged.released


def _rejected(rules: Sequence[Rule], failed: Bools) -> Bools:
    rejecting = [place for place, rule in enumerate(rules) if rule.action != "warn"]
    return np.asarray(failed[rejecting].any(axis=0), bool)


def _preference(released: Bools, rejected: Bools, row_ids: Sequence[str], known: Mapping[str, Side]) -> Ints:
    """Each row's rank among its duplicates: released, then sound, then with a known split, then in source order."""
    is_new = np.array([row_id not in known for row_id in row_ids], bool)
    rank = np.empty(len(row_ids), np.int64)
    rank[np.lexsort((np.arange(len(row_ids)), is_new, rejected, ~released))] = np.arange(len(row_ids))
    return rank


def _bridging(
    rules: Sequence[Rule],
    failed: Bools,
    rejected: Bools,
    resemblance: Resemblance,
    sides: Sequence[Side | None],
    row_ids: Sequence[str],
) -> dict[int, dict[str, str]]:
    """Rejected near copies that would also leak."""
    near = [place for place, rule in enumerate(rules) if rule.signal == NEAR_DUPLICATE]
    copies = np.flatnonzero(rejected & failed[near].any(axis=0)).tolist()
    if not copies:
        return {}
    settled = {row: side for row, side in enumerate(sides) if side is not None}
    return bridging_rows(copies, resemblance.first, resemblance.near, settled, row_ids)


def _report(
    contract: Contract,
    rules: Sequence[Rule],
    judged: _Judged,
    entries: list[dict[str, Any]],
    skipped: Sequence[Rule],
    split: Split,
    sides: Sequence[Side | None],
    leaks: Mapping[int, Mapping[str, str]],
) -> dict[str, Any]:
    ingested = judged.failed.shape[1]
    accepted = sum(side is not None for side in split.sides)
    reasons = reason_counts(rules, judged.failed, "quarantine", "repair")
    if leaks:
        named = [place for place, rule in enumerate(rules) if rule.reason == HOLDOUT_LEAK]
        listed = np.flatnonzero(judged.failed[named].any(axis=0)).tolist()
        reasons[HOLDOUT_LEAK] = len({*listed, *leaks})
    repaired: dict[str, set[int]] = {}
    for place, rows in judged.repaired.items():
        repaired.setdefault(rules[place].reason, set()).update(row for row in rows.tolist() if sides[row] is not None)
    failures = contract_failures(contract, entries, ingested, accepted)
    return {
        "format": REPORT_FORMAT,
        "contract": {"name": contract.name, "version": contract.version},
        "success": not failures,
        "ingested": ingested,
        "accepted": accepted,
        "quarantined": ingested - accepted,
        "reasons": reasons,
        "warnings": reason_counts(rules, judged.failed, "warn"),
        "repaired": {reason: len(rows) for reason, rows in repaired.items() if rows},
        "split": {side: split.sides.count(side) for side in ("train", "holdout")},
        "rules": entries,
        "skipped": [skipped_entry(rule) for rule in skipped],
        "failures": failures,
        "signals": {name: spread.quantiles() for name, spread in sorted(judged.spreads.items()) if spread.counts},
        "histograms": histograms(rules, {name: spread.counts for name, spread in judged.spreads.items()}),
    }
