"""Counts what a verdict rests on: from a validation's artifacts, or from a draft's findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.validation.contract import HOLDOUT_LEAK, INGEST_ERROR, INGEST_REASONS
from tasks.validation.languages import language_shares
from tasks.validation.lengths import word_count
from tasks.validation.readiness import MENDABLE, REPEATS, DataFacts
from tasks.validation.signals import NEAR_DUPLICATE, arrow_texts
from tasks.validation.text_column import TextColumn

LANGUAGE_ROWS = 20_000
"""Rows that the languages are told from."""


def judged_facts(
    report: Mapping[str, Any], columns: Sequence[str], rows: Path, folder: Mapping[str, Path]
) -> DataFacts:
    """The facts of judged rows.

    Args:
        report: The validation report.
        columns: The contract's text columns that the data has.
        rows: `rows.parquet`.
        folder: `accepted` and `quarantined` -> their files.
    """
    reasons = (row for batch in _batches(folder["quarantined"], ["reasons"]) for row in batch["reasons"].to_pylist())
    return DataFacts(
        ingested=report["ingested"],
        accepted=report["accepted"],
        words=sum(_words(batch, columns) for batch in _batches(folder["accepted"], columns)),
        **kinds_of_rejected(reasons, report["rules"]),
        **rows_by_signal(report["rules"]),
        mended=sum(report["repaired"].values()),
        languages=_languages(rows, columns),
        failures=report["failures"],
    )


def rows_by_signal(rules: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """`rejecting`, `warning` and `unread` of `DataFacts`: of several rules on a signal the one that meets most rows."""
    found: dict[str, dict[str, int]] = {"rejecting": {}, "warning": {}}
    unread = 0
    for rule in rules:
        if rule["column"] == INGEST_ERROR:
            unread += rule["failed"]
        counts = found["warning" if rule["action"] == "warn" else "rejecting"]
        signal = rule.get("signal", "")
        counts[signal] = max(counts.get(signal, 0), rule["failed"])
    return {**found, "unread": unread}


def kinds_of_rejected(reasons: Iterable[Sequence[str]], rules: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """`repeats`, `mendable` and `junk` of `DataFacts`.

    Args:
        reasons: Of each rejected row, all its reasons.
        rules: Each rule's `reason` and `signal`.
    """
    signals: dict[str, set[str]] = {reason: {next(iter(MENDABLE))} for reason in INGEST_REASONS}
    signals[HOLDOUT_LEAK] = {NEAR_DUPLICATE}
    for rule in rules:
        if rule["column"] != INGEST_ERROR and rule["action"] != "warn":
            signals.setdefault(rule["reason"], set()).add(rule.get("signal", ""))
    counts = {"repeats": 0, "mendable": 0, "junk": 0}
    for given, rows in Counter(map(tuple, reasons)).items():
        found = set().union(*(signals.get(reason, {""}) for reason in given))
        rest = found - set(MENDABLE)
        counts["junk" if rest - REPEATS else "repeats" if rest else "mendable"] += rows
    return counts


def _words(table: pa.Table | pa.RecordBatch, columns: Sequence[str]) -> int:
    return sum(int(word_count(TextColumn(arrow_texts(table[name]).drop_null())).sum()) for name in columns)


def _batches(file: Path, columns: Sequence[str]) -> Iterable[pa.RecordBatch]:
    yield from pq.ParquetFile(file).iter_batches(columns=list(columns))


def _languages(rows: Path, columns: Sequence[str]) -> dict[str, float]:
    """Of the column with most words to tell by: the last, a completion where there is a prompt."""
    texts: list[str] = []
    for batch in _batches(rows, columns[-1:]):
        texts += batch[columns[-1]].drop_null().to_pylist()
        if len(texts) >= LANGUAGE_ROWS:
            break
    return language_shares(TextColumn(texts[:LANGUAGE_ROWS]))
