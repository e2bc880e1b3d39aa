"""The validation stage as plain functions: rows, a contract and the known splits → what becomes of every row.

1. each shard is measured, mended where the contract says so, and held against the rules on its own columns
2. rows are compared: of equal and nearly equal ones, a released one is kept before all others, then a sound one, then
   one with a known split, then the source's first
3. Great Expectations enforces the rules
4. the accepted rows are split
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from tasks.errors import RecipeError
from tasks.progress import report as report_progress
from tasks.validation.across_rows import find_conflicts, find_copies, find_cut_words
from tasks.validation.config import ValidationConfig
from tasks.validation.contract import BASE_NLL, HOLDOUT_LEAK, INGEST_RULES, Contract, Rule, released_rows
from tasks.validation.duplicates import Resemblance, find_resemblance
from tasks.validation.expectations import enforce
from tasks.validation.findings import breaks_bounds
from tasks.validation.histograms import histograms
from tasks.validation.quarantine import Decisions, canonical_columns, places_by_reason, reason_counts
from tasks.validation.rule_checks import active_rules
from tasks.validation.rule_flags import RuleFlags
from tasks.validation.shard_files import ShardedTexts, read_texts, read_word_ends
from tasks.validation.shards import judge_shards
from tasks.validation.signals import NEAR_DUPLICATE
from tasks.validation.split import NO_SIDE, SIDES, Sides, bridging_rows
from tasks.validation.split_apart import split_apart
from tasks.validation.spreads import Spread
from tasks.validation.text_column import Bools, Ints
from tasks.validation.verdict import REPORT_FORMAT, contract_failures, rule_entry, skipped_entry


@dataclass(frozen=True)
class Outcome:
    """What validation makes of rows."""

    decisions: Decisions
    """What becomes of every row; `quarantine.write_tables` writes it down."""
    report: dict[str, Any]
    expectations: list[dict[str, Any]]
    """Great Expectations' own results, one a rule."""


@dataclass(frozen=True)
class _Judged:
    """All shards' findings, and what came of comparing them."""

    row_ids: ShardedTexts
    failed: RuleFlags
    repaired: RuleFlags
    spreads: dict[str, Spread]
    released: Bools
    """Rows that a person let through, shape (num_rows,)."""
    compared: dict[int, Callable[[int], Any]] = field(default_factory=dict)
    """Rule that compares rows -> what it found in a row that breaks it."""


def validate(
    rows: Path, config: ValidationConfig, known: Sides | None, scratch: Path, base: Path | None = None
) -> Outcome:
    """Judge rows by a contract.

    In memory are 129 bytes a row for the duplicate index and at most some 60 more, one step's arrays at a time; all
    else is in `scratch`, which must be kept until the decisions are written down.

    Args:
        rows: `rows.parquet` as ingestion leaves it: `row_id`, `source_index`, `ingest_error`, the canonical columns.
        config: The contract and how to hold rows out.
        known: The split that each row was given before, shape (num_rows,); None where all are new.
        scratch: An empty folder for what is too large for memory.
        base: The base model's folder, for rules that ask what it thinks of a text.

    Raises:
        RecipeError: The contract names columns or signals that don't exist, a pattern takes too long, or a rule needs
            a base and there is none.
    """
    contract = config.contract
    rules, skipped = active_rules(contract, canonical_columns(pq.read_schema(rows).names))
    if known is None:
        known = np.full(pq.read_metadata(rows).num_rows, NO_SIDE, np.int8)
    judged, resemblance = _judge(rows, contract, rules, scratch, known)
    _judge_by_base(rows, contract, rules, judged, base)
    results = enforce(rules, judged.failed)
    accepted = ~_rejected(rules, judged.failed)
    _, texts = read_texts(scratch, pq.read_metadata(rows).num_row_groups)
    split = split_apart(judged.row_ids, texts, accepted, resemblance, known, config.holdout_fraction, config.split_seed)
    del texts
    leaks = split.leaks | _bridging(rules, judged, ~accepted, resemblance, split.sides)
    source_index = pq.read_table(rows, columns=["source_index"])["source_index"].to_numpy()
    entries = [
        rule_entry(rule, judged.failed[place], result.success, source_index)
        for place, (rule, result) in enumerate(zip(rules, results, strict=True))
    ]
    decisions = Decisions(
        rules=rules,
        failed=judged.failed,
        repaired=judged.repaired,
        sides=split.sides,
        leaks=leaks,
        shards=scratch,
        compared=judged.compared,
    )
    return Outcome(
        decisions=decisions,
        report=_report(contract, decisions, judged.spreads, entries, skipped),
        expectations=[result.result for result in results],
    )


def _judge(
    rows: Path, contract: Contract, rules: Sequence[Rule], scratch: Path, known: Sides
) -> tuple[_Judged, Resemblance]:
    """What every rule finds, and which rows resemble each other."""
    found = judge_shards(rows, contract, rules, scratch, partial(report_progress, "validation"))
    num_shards = pq.read_metadata(rows).num_row_groups
    row_ids, texts = read_texts(scratch, num_shards)
    resemblance = find_resemblance(found.index, texts)
    judged = _Judged(row_ids, found.failed, found.repaired, found.spreads, row_ids.among(released_rows(contract)))
    against = found.against
    del found, texts  # with the index, which is most of the memory
    assert row_ids.differ, "row ids repeat"
    for place, cut in find_cut_words(
        rules, read_word_ends(scratch, num_shards), row_ids.starts, contract.language
    ).items():
        judged.failed[place] = _flagged(cut, len(row_ids))
        judged.compared[place] = cut.__getitem__
    for place, contradicted in find_conflicts(rules, against, resemblance).items():
        judged.failed[place] = contradicted
        judged.compared[place] = lambda _: 1
    _let_through(rules, judged)
    rank = _preference(judged.released, _rejected(rules, judged.failed), known)
    for place, kept in find_copies(rules, resemblance, rank).items():
        judged.failed[place] = kept >= 0
        judged.compared[place] = partial(_kept_id, row_ids, kept.astype(np.int32))
    _let_through(rules, judged)
    return judged, resemblance


def _flagged(rows: Collection[int], num_rows: int) -> Bools:
    flags = np.zeros(num_rows, bool)
    flags[list(rows)] = True
    return flags


def _kept_id(row_ids: ShardedTexts, kept: npt.NDArray[np.int32], row: int) -> str:
    return row_ids[int(kept[row])]


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
        judged.compared[place] = lambda row: round(float(values[row]), 6)
    judged.spreads[f"text.{BASE_NLL}"] = Spread.of(values)


def _let_through(rules: Sequence[Rule], judged: _Judged) -> None:
    """Take back what the contract's rules have against released rows; what can't be read stays out."""
    for place, rule in enumerate(rules):
        if rule not in INGEST_RULES and judged.released.any():
            judged.failed[place] = judged.failed[place] & ~judged.released


def _rejected(rules: Sequence[Rule], failed: RuleFlags) -> Bools:
    return failed.any_of(place for place, rule in enumerate(rules) if rule.action != "warn")


def _preference(released: Bools, rejected: Bools, known: Sides) -> Ints:
    """Each row's rank among its duplicates: released, then sound, then with a known split, then in source order."""
    order = np.argsort(np.int8(4) * ~released + np.int8(2) * rejected + (known == NO_SIDE), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _bridging(
    rules: Sequence[Rule], judged: _Judged, rejected: Bools, resemblance: Resemblance, sides: Sides
) -> dict[int, dict[str, str]]:
    """Rejected near copies that would also leak."""
    near = [place for place, rule in enumerate(rules) if rule.signal == NEAR_DUPLICATE]
    copies = np.flatnonzero(rejected & judged.failed.any_of(near))
    return bridging_rows(copies, *resemblance, sides, judged.row_ids)


def _report(
    contract: Contract,
    decisions: Decisions,
    spreads: Mapping[str, Spread],
    entries: list[dict[str, Any]],
    skipped: Sequence[Rule],
) -> dict[str, Any]:
    rules, failed = decisions.rules, decisions.failed
    has_side = decisions.sides != NO_SIDE
    ingested, accepted = len(has_side), int(has_side.sum())
    reasons = reason_counts(rules, failed, "quarantine", "repair")
    if decisions.leaks:
        listed = failed.any_of(place for place, rule in enumerate(rules) if rule.reason == HOLDOUT_LEAK)
        reasons[HOLDOUT_LEAK] = int((listed | _flagged(decisions.leaks, ingested)).sum())
    repaired = {
        reason: int((decisions.repaired.any_of(places) & has_side).sum())
        for reason, places in places_by_reason(rules, "repair").items()
    }
    failures = contract_failures(contract, entries, ingested, accepted)
    return {
        "format": REPORT_FORMAT,
        "contract": {"name": contract.name, "version": contract.version},
        "success": not failures,
        "ingested": ingested,
        "accepted": accepted,
        "quarantined": ingested - accepted,
        "reasons": reasons,
        "warnings": reason_counts(rules, failed, "warn"),
        "repaired": {reason: count for reason, count in repaired.items() if count},
        "split": {side: int((decisions.sides == place).sum()) for place, side in enumerate(SIDES)},
        "rules": entries,
        "skipped": [skipped_entry(rule) for rule in skipped],
        "failures": failures,
        "signals": {name: spread.quantiles() for name, spread in sorted(spreads.items()) if spread.counts},
        "histograms": histograms(rules, {name: spread.counts for name, spread in spreads.items()}),
    }
