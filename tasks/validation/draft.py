"""A first contract for a dataset, written from what its rows are like.

Every text column is measured with every signal. Bounds on lengths come from the data's quantiles, all others are the
usual ones; a rule that would reject more than `MAX_REJECTED` of the rows only warns, so the draft runs as it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.plain_text import comment
from tasks.validation.contract import BOOKKEEPING, INGEST_ERROR, Rule
from tasks.validation.duplicates import find_resemblance, index_texts, kept_rows, normalise
from tasks.validation.findings import Finding, Measurements
from tasks.validation.signals import DUPLICATE, MISSING, NEAR_DUPLICATE

MAX_REJECTED = 0.2
"""Share of rows from which on a rule of the draft only warns: more likely a habit of the data than a defect."""
LONG_QUANTILE, LONG_FACTOR = 0.995, 2
SHORT_QUANTILE, USUAL_MIN_WORDS = 0.01, 3

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


def draft_contract(frame: pd.DataFrame, columns: Sequence[str], name: str) -> str:
    """Write a contract for a dataset.

    Args:
        frame: Rows as ingestion leaves them, or the canonical columns alone.
        columns: The text columns: those that a model would learn from.
        name: The contract's name.

    Returns:
        YAML with comments: what each rule would reject, and which rules only warn and why.
    """
    frame = frame.reset_index(drop=True)
    if INGEST_ERROR not in frame:
        frame = frame.assign(**{INGEST_ERROR: pd.Series([None] * len(frame), dtype="str")})
    measurements = Measurements(pa.Table.from_pandas(frame, preserve_index=False), "en")
    lines = _head(name, columns, len(frame))
    for column in columns:
        lines.append("  " + comment(f"{column}: {_lengths(measurements, column)}"))
        rules = [*_length_rules(measurements, column), *(Rule(column=column, **usual) for usual in USUAL)]
        lines += [_rule_line(measurements.finding(rule)) for rule in rules]
    others = [Rule(reason="missing", column=c, signal=MISSING, max=0) for c in _other_columns(frame, columns)]
    if others:
        lines.append("  " + comment("further columns"))
    lines += [_rule_line(measurements.finding(rule)) for rule in others]
    lines.append("  " + comment("repeats"))
    lines += [_rule_line(finding) for finding in _repeats(frame, columns)]
    return "\n".join(lines) + "\n"


def _other_columns(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    return [column for column in frame.columns if column not in {*BOOKKEEPING, *columns}]


def _head(name: str, columns: Sequence[str], num_rows: int) -> list[str]:
    return [
        comment(f"Drafted from {num_rows:,} rows. Read each comment: it says how many rows a rule meets today."),
        comment("The rules' form and every signal: data_contracts/README.md"),
        f"name: {_quoted(name)}",
        "version: 1",
        "language: en",
        f"text_columns: [{', '.join(map(_quoted, columns))}]",
        f"min_accepted_rows: {max(1, num_rows // 4)}",
        "max_quarantined_fraction: 0.75",
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


def _repeats(frame: pd.DataFrame, columns: Sequence[str]) -> list[Finding]:
    joined = ["\n".join(parts) for parts in zip(*(frame[c].fillna("").tolist() for c in columns), strict=True)]
    texts = normalise(joined)
    kept = kept_rows(find_resemblance(index_texts(texts), texts.to_pylist()), np.arange(len(frame)))
    pairs = zip(("duplicate", "near_duplicate"), (DUPLICATE, NEAR_DUPLICATE), kept, strict=True)
    return [Finding(Rule(reason=reason, signal=signal, max=0), rows >= 0, []) for reason, signal, rows in pairs]


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
    told = f"{failed:,} rows ({100 * share:.1f} %)" if failed else ""
    if share > MAX_REJECTED:
        parts.append("action: warn")
        told += f": more than {100 * MAX_REJECTED:g} %, so it only warns"
    if rule.source:
        parts.append(f'source: "{rule.source}"')
    return f"  - {{{', '.join(parts)}}}" + (f"  {comment(told)}" if told else "")
