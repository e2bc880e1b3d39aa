"""A first contract for a dataset, written from what its rows are like.

Every text column is measured with every signal. Bounds on lengths come from the data's quantiles, all others are the
usual ones; a rule that would reject more than `MAX_REJECTED` of the rows only warns, so the draft runs as it is. Exact
duplicates are rejected however many they are: one of each is kept, so nothing is lost with them. What may be rejected
in all is today's share and some room, so that a worse delivery of the same data is noticed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.plain_text import comment
from tasks.validation.contract import BOOKKEEPING, INGEST_ERROR, Rule
from tasks.validation.duplicates import find_resemblance, index_texts, kept_rows, normalise
from tasks.validation.findings import Finding, Measurements
from tasks.validation.quarantine import reason_counts
from tasks.validation.signals import DUPLICATE, MISSING, NEAR_DUPLICATE
from tasks.validation.text_column import Bools

MAX_REJECTED = 0.2
"""Share of rows from which on a rule of the draft only warns: more likely a habit of the data than a defect."""
LONG_QUANTILE, LONG_FACTOR = 0.995, 2
SHORT_QUANTILE, USUAL_MIN_WORDS = 0.01, 3

ROOM_FACTOR, ROOM = 1.5, 0.05
"""`max_quarantined_fraction` is 1.5 times what is rejected today, and 5 points; at most `MOST_ROOM`."""
MOST_ROOM = 0.95

USUAL: tuple[dict[str, Any], ...] = (
    {"reason": "empty", "signal": MISSING, "max": 0},
    {"reason": "truncated", "signal": "truncated", "max": 0},
    {"reason": "mojibake", "signal": "mojibake", "max": 0},
    {"reason": "lost_characters", "signal": "lost_characters", "max": 0},
    {"reason": "control_characters", "signal": "control_characters", "max": 0},
    {"reason": "html_residue", "signal": "html_residue", "max": 0},
    {"reason": "url_only", "signal": "url_only", "max": 0},
    {"reason": "special_token_in_text", "signal": "special_token_in_text", "max": 0},
    {"reason": "placeholder", "signal": "placeholder", "max": 0},
    {"reason": "boilerplate", "signal": "boilerplate_fraction", "max": 0.3},
    {"reason": "repetition", "signal": "repetition_fraction", "max": 0.65},
    {"reason": "gibberish", "signal": "gibberish_fraction", "max": 0.4},
    {"reason": "symbol_heavy", "signal": "symbol_fraction", "max": 0.15},
    {"reason": "wrong_language", "signal": "wrong_language", "max": 0.1},
    {"reason": "pii", "signal": "pii", "max": 0},
)


class DraftedContract(NamedTuple):
    """A contract, and what it would do today."""

    text: str
    """YAML with comments: what each rule would reject, and which rules only warn and why."""
    accepted: int
    """Rows that it would accept today."""
    reasons: dict[str, int]
    """Rows rejected per reason, the commonest first."""
    warnings: dict[str, int]
    """Rows per reason that only warns."""


def draft_contract(frame: pd.DataFrame, columns: Sequence[str], name: str) -> DraftedContract:
    """Write a contract for a dataset.

    Args:
        frame: Rows as ingestion leaves them, or the canonical columns alone.
        columns: The text columns: those that a model would learn from.
        name: The contract's name.
    """
    frame = frame.reset_index(drop=True)
    if INGEST_ERROR not in frame:
        frame = frame.assign(**{INGEST_ERROR: pd.Series([None] * len(frame), dtype="str")})
    measurements = Measurements(pa.Table.from_pandas(frame, preserve_index=False), "en")
    groups: list[tuple[str, list[Finding]]] = []
    for column in columns:
        rules = [*_length_rules(measurements, column), *(Rule(column=column, **usual) for usual in USUAL)]
        groups.append((f"{column}: {_lengths(measurements, column)}", _judged(measurements, rules)))
    others = [Rule(reason="missing", column=c, signal=MISSING, max=0) for c in _other_columns(frame, columns)]
    groups += [("further columns", _judged(measurements, others))] if others else []
    unread = np.asarray(frame[INGEST_ERROR].notna(), bool)
    rejected = unread | _rejected([finding for _, found in groups for finding in found], len(frame))
    groups.append(("repeats", _repeats(frame, columns, rejected)))
    findings = [finding for _, found in groups for finding in found]
    accepted = int((~unread & ~_rejected(findings, len(frame))).sum())
    lines = _head(name, columns, len(frame), accepted)
    for title, found in groups:
        lines += ["  " + comment(title), *map(_rule_line, found)]
    rules, failed = [finding.rule for finding in findings], np.array([finding.failed for finding in findings])
    counts = reason_counts(rules, failed, "quarantine") | ({"unreadable": int(unread.sum())} if unread.any() else {})
    reasons = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return DraftedContract("\n".join(lines) + "\n", accepted, reasons, reason_counts(rules, failed, "warn"))


def _rejected(findings: Sequence[Finding], num_rows: int) -> Bools:
    rejected = np.zeros(num_rows, bool)
    for finding in findings:
        if finding.rule.action == "quarantine":
            rejected |= finding.failed
    return rejected


def _judged(measurements: Measurements, rules: Sequence[Rule]) -> list[Finding]:
    return [_warning_where_common(measurements.finding(rule)) for rule in rules]


def _warning_where_common(finding: Finding) -> Finding:
    """The finding, of a rule that only warns where it would reject too many rows."""
    if finding.failed.sum() <= MAX_REJECTED * len(finding.failed):
        return finding
    return Finding(finding.rule.model_copy(update={"action": "warn"}), finding.failed, finding.values)


def _other_columns(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    return [column for column in frame.columns if column not in {*BOOKKEEPING, *columns}]


def _head(name: str, columns: Sequence[str], num_rows: int, accepted: int) -> list[str]:
    share = 1 - accepted / max(num_rows, 1)
    most = min(MOST_ROOM, math.ceil(round(100 * (ROOM_FACTOR * share + ROOM), 6)) / 100)
    return [
        comment(f"Drafted from {_rows(num_rows)}. Read each comment: it says how many rows a rule meets today."),
        comment("The rules' form and every signal: data_contracts/README.md"),
        f"name: {_quoted(name)}",
        "version: 1",
        "language: en",
        f"text_columns: [{', '.join(map(_quoted, columns))}]",
        f"min_accepted_rows: {max(1, accepted // 2)}  {comment(f'today {accepted:,}')}",
        f"max_quarantined_fraction: {max(most, share):g}  {comment(f'today {share:.3f}')}",
        "rules:",
    ]


def _length_rules(measurements: Measurements, column: str) -> list[Rule]:
    """Too short and too long, from the quantiles of the rows that have any words."""
    words = measurements.column(column).signal("word_count")
    words = words[words > 0]
    if not len(words):
        return []
    short = max(1, min(USUAL_MIN_WORDS, int(np.quantile(words, SHORT_QUANTILE))))
    long = int(np.ceil(np.quantile(words, LONG_QUANTILE) * LONG_FACTOR))
    source = f"{LONG_FACTOR} × the {100 * LONG_QUANTILE:g} % quantile"
    return [
        Rule(reason="too_short", column=column, signal="word_count", min=short),
        Rule(reason="too_long", column=column, signal="word_count", max=long, source=source),
    ]


def _lengths(measurements: Measurements, column: str) -> str:
    words = measurements.column(column).signal("word_count")
    if not np.isfinite(words).any():
        return "no values"
    low, middle, high = np.nanquantile(words, [0.01, 0.5, 0.99])
    return f"{low:,.0f} to {high:,.0f} words in 98 % of the rows, {middle:,.0f} in the median"


def _repeats(frame: pd.DataFrame, columns: Sequence[str], rejected: Bools) -> list[Finding]:
    """Repeated rows; of equal ones a sound one is kept, as validation does."""
    joined = ["\n".join(parts) for parts in zip(*(frame[c].fillna("").tolist() for c in columns), strict=True)]
    texts = normalise(joined)
    rank = np.empty(len(frame), np.int64)
    rank[np.lexsort((np.arange(len(frame)), rejected))] = np.arange(len(frame))
    exact, near = kept_rows(find_resemblance(index_texts(texts), texts.to_pylist()), rank)
    return [
        Finding(Rule(reason="duplicate", signal=DUPLICATE, max=0), exact >= 0, []),
        _warning_where_common(Finding(Rule(reason="near_duplicate", signal=NEAR_DUPLICATE, max=0), near >= 0, [])),
    ]


def _quoted(name: str) -> str:
    """A name as YAML takes it: in quotes, unless it is plainly a word."""
    return name if name.isidentifier() and len(name) > 3 else json.dumps(name, ensure_ascii=False)


def _rule_line(finding: Finding) -> str:
    """A rule in flow style, its comment saying what it meets."""
    rule, failed, total = finding.rule, int(finding.failed.sum()), len(finding.failed)
    share = failed / max(total, 1)
    parts = [f"reason: {rule.reason}"]
    if rule.signal not in (DUPLICATE, NEAR_DUPLICATE):
        parts.append(f"column: {_quoted(rule.column)}")
    parts.append(f"signal: {rule.signal}")
    parts += [f"{bound}: {value:g}" for bound, value in (("min", rule.min), ("max", rule.max)) if value is not None]
    told = f"{_rows(failed)} ({_percent(share)})" if failed else ""
    if rule.action == "warn":
        parts.append("action: warn")
        told += f": more than {100 * MAX_REJECTED:g} %, so it only warns"
    if rule.source:
        parts.append(f'source: "{rule.source}"')
    return f"  - {{{', '.join(parts)}}}" + (f"  {comment(told)}" if told else "")


def _rows(count: int) -> str:
    return f"{count:,} row" + ("" if count == 1 else "s")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.0005 else "under 0.1 %"
