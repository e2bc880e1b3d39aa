"""A first contract for a dataset: a shipped contract's rules, fitted to what the rows are like, each with its count.

1. the profile is chosen by the data's shape, the language by its words
2. its rules are moved to the data's columns; bounds on lengths are set by quantiles; a rule repairs where that mends
3. the rows are held against the rules by the code that validation uses, so that a draft's counts are a run's
4. a rule that would reject more than `MAX_REJECTED` of the rows only warns: more likely a habit of the data than a
   defect. Copies, missing texts, placeholders, a book's notes and personal data are no habit and are rejected
   however many they are.

What may be rejected in all is today's share and some room, so that a worse delivery of the same data is noticed. Of
more than `SAMPLE_ROWS` rows a sample of texts is judged, with all copies of each, so that the share of exact copies
and of contradicted authors stays right; near copies are underestimated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.validation.across_rows import find_conflicts, find_copies, find_cut_words
from tasks.validation.contract import BOOKKEEPING, INGEST_ERROR, INGEST_RULES, Contract, Rule, rule_summary
from tasks.validation.data_facts import kinds_of_rejected, rows_by_signal
from tasks.validation.draft_rules import fitted_rules, missing_rules, with_lengths, with_repair
from tasks.validation.draft_text import Drafted, contract_text
from tasks.validation.duplicates import find_resemblance, hash64, normalise
from tasks.validation.findings import Measurements
from tasks.validation.languages import expected_language, language_shares
from tasks.validation.profile_choice import choose_profile
from tasks.validation.quarantine import reason_counts
from tasks.validation.readiness import DataFacts, Readiness, readiness
from tasks.validation.shards import ShardFindings, judge_shard
from tasks.validation.signals import DUPLICATE, MISSING
from tasks.validation.text_column import Bools, Ints

SAMPLE_ROWS = 20_000
MAX_REJECTED = 0.2
"""Share of rows from which on a rule of the draft only warns."""
NO_HABIT = frozenset({DUPLICATE, MISSING, "is_empty", "pii", "placeholder", "url_only", "book_apparatus"})
"""Signals whose rules reject however many rows there are."""


@dataclass(frozen=True, kw_only=True)
class About:
    """What is known of a source beside its rows, for the draft's comments."""

    source: str = ""
    """Its name."""
    described: Mapping[str, str] = field(default_factory=dict)
    """Canonical name or, where a column is left out, source name -> what the column is."""
    num_structured: int = 0
    """How many of its columns hold numbers, dates or categories."""
    required: Sequence[str] = ()
    """Columns other than the texts that the prompt's template names: rows without them can't be used."""
    schema: str = "contract.schema.json"
    """The JSON Schema's path, as the contract's file sees it."""


class DraftedContract(NamedTuple):
    """A contract, and what it would do today."""

    text: str
    """YAML with comments: what each rule would reject, and which rules only warn and why."""
    profile: str
    """The shipped contract that it is based on."""
    verdict: Readiness
    rows: int
    """Rows that were judged: all, or a sample."""
    accepted: int
    """Rows of them that it would accept today."""
    reasons: dict[str, int]
    """Rows rejected per reason, the commonest first."""
    warnings: dict[str, int]
    """Rows per reason that only warns."""


def draft_contract(
    frame: pd.DataFrame, columns: Sequence[str], name: str, profiles: Mapping[str, Contract], about: About | None = None
) -> DraftedContract:
    """Write a contract for a dataset.

    Args:
        frame: Rows as ingestion leaves them, or the canonical columns alone.
        columns: The text columns: those that a model would learn from.
        name: The contract's name.
        profiles: The shipped contracts, by name.
        about: What the draft's comments tell of the source.
    """
    about = about or About()
    table = _table(_sample(frame, columns))
    plain = Measurements(table, "en")
    texts = [plain.column(column).text_column for column in columns]
    profile, why = choose_profile(texts, columns, about.num_structured, profiles)
    languages = {column: language_shares(text) for column, text in zip(columns, texts, strict=True)}
    language = expected_language(languages[columns[-1]])
    contract, repairs = _fitted(profiles[profile], table, columns, name, language, about)
    judged = _judge(table, contract)
    accepted = ~_rejected(judged)
    facts = _facts(judged, accepted, table, columns, languages[columns[-1]], len(frame) / max(len(table), 1))
    drafted = Drafted(
        contract=contract.model_copy(update={"rules": judged.rules[len(INGEST_RULES) :]}),
        failed=judged.failed[len(INGEST_RULES) :],
        repairs=repairs,
        table=table,
        total=len(frame),
        accepted=int(accepted.sum()),
        verdict=readiness(facts),
        profile=f"{profile}: {why}",
        languages=languages,
        knows_language=bool(language),
        max_rejected=MAX_REJECTED,
    )
    counts = reason_counts(judged.rules, judged.failed, "quarantine", "repair")
    return DraftedContract(
        text=contract_text(drafted, about.source, about.described, about.schema),
        profile=profile,
        verdict=drafted.verdict,
        rows=len(table),
        accepted=drafted.accepted,
        reasons=dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        warnings=reason_counts(judged.rules, judged.failed, "warn"),
    )


@dataclass(frozen=True)
class _Judged:
    """The rules, ingestion's first, and the rows that break each; shape (num_rules, num_rows)."""

    rules: tuple[Rule, ...]
    failed: Bools
    mended: int


def _sample(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """About `SAMPLE_ROWS` rows: those of texts chosen by their hash, so that copies come along; always the same."""
    if len(frame) <= SAMPLE_ROWS:
        return frame.reset_index(drop=True)
    joined = map("\n".join, zip(*(frame[column].fillna("").tolist() for column in columns), strict=True))
    texts: list[str] = normalise(pa.array(list(joined), pa.large_string())).to_pylist()
    hashes = np.array([hash64(text or str(row)) for row, text in enumerate(texts)], np.uint64)
    bound = np.uint64(SAMPLE_ROWS / len(frame) * 2**64)
    return frame[hashes < bound].reset_index(drop=True)


def _table(frame: pd.DataFrame) -> pa.Table:
    own = {"row_id": [str(row) for row in range(len(frame))], INGEST_ERROR: [None] * len(frame)}
    added = {name: pd.Series(values, dtype="str") for name, values in own.items() if name not in frame}
    return pa.Table.from_pandas(frame.assign(**added), preserve_index=False)


def _fitted(
    profile: Contract, table: pa.Table, columns: Sequence[str], name: str, language: str, about: About
) -> tuple[Contract, dict[Rule, tuple[Ints, int]]]:
    """The contract before anything is judged, and what its repairs would mend: rows that break a rule, rows mended."""
    present = [column for column in table.column_names if column not in BOOKKEEPING]
    measurements = Measurements(table, language or "en")
    rules = fitted_rules(profile, present, columns, any_language=not language)
    rules += missing_rules([column for column in about.required if column in present], rules)
    tried = [with_repair(rule, measurements, language or "en") for rule in with_lengths(rules, columns, measurements)]
    repairs = {rule: (broken, mended) for rule, broken, mended in tried if rule.action == "repair" and len(broken)}
    fitted = tuple(rule for rule, _, _ in tried)
    contract = Contract(
        name=name,
        version=1,
        language=language or "en",
        text_columns=tuple(columns),
        min_near_words=profile.min_near_words,
        rules=fitted,
    )
    return contract, repairs


def _judge(table: pa.Table, contract: Contract) -> _Judged:
    """Hold the rows against the rules as validation does; rules that reject too many come back as warnings."""
    rules = (*INGEST_RULES, *contract.rules)
    found, details = judge_shard(table, contract, rules)
    resemblance = find_resemblance(found.index, details.texts.to_pylist())
    failed = found.failed
    for place, cut in find_cut_words(rules, [details.word_ends], [0], contract.language).items():
        failed[place, list(cut)] = True
    for place, contradicted in find_conflicts(rules, found.against, resemblance).items():
        failed[place] = contradicted
    rules = tuple(map(_warning_where_common, rules, failed))
    rank = np.empty(len(table), np.int64)
    rejected = _rejected(_Judged(rules, failed, 0))
    rank[np.lexsort((np.arange(len(table)), rejected))] = np.arange(len(table))
    for place, kept in find_copies(rules, resemblance, rank).items():
        failed[place] = kept >= 0
    return _Judged(tuple(map(_warning_where_common, rules, failed)), failed, _num_mended(found))


def _num_mended(found: ShardFindings) -> int:
    return len(np.unique(np.concatenate([*found.repaired.values(), np.empty(0, np.int64)])))


def _warning_where_common(rule: Rule, failed: Bools) -> Rule:
    """The rule, only warning where it would reject too many rows."""
    may_reject = rule in INGEST_RULES or rule.signal in NO_HABIT or rule.action != "quarantine"
    if may_reject or failed.sum() <= MAX_REJECTED * len(failed):
        return rule
    return rule.model_copy(update={"action": "warn"})


def _rejected(judged: _Judged) -> Bools:
    rejecting = [place for place, rule in enumerate(judged.rules) if rule.action != "warn"]
    return np.asarray(judged.failed[rejecting].any(axis=0), bool)


def _facts(
    judged: _Judged,
    accepted: Bools,
    table: pa.Table,
    columns: Sequence[str],
    languages: Mapping[str, float],
    scale: float,
) -> DataFacts:
    """The facts of all rows; `scale` is how many rows one of the table stands for."""
    entries = [
        rule_summary(rule) | {"failed": int(failed.sum())}
        for rule, failed in zip(judged.rules, judged.failed, strict=True)
    ]
    reasons = [
        [rule.reason for place, rule in enumerate(judged.rules) if rule.action != "warn" and judged.failed[place, row]]
        for row in np.flatnonzero(~accepted).tolist()
    ]
    measurements = Measurements(table, "en")
    words = sum(float(np.nansum(measurements.column(c).signal("word_count")[accepted])) for c in columns)
    by_signal = rows_by_signal(entries)
    return DataFacts(
        ingested=round(scale * len(table)),
        accepted=round(scale * int(accepted.sum())),
        words=round(scale * words),
        **_scaled(kinds_of_rejected(reasons, entries), scale),
        rejecting=_scaled(by_signal["rejecting"], scale),
        warning=_scaled(by_signal["warning"], scale),
        unread=round(scale * by_signal["unread"]),
        mended=round(scale * judged.mended),
        languages=languages,
    )


def _scaled(counts: Mapping[str, int], scale: float) -> dict[str, Any]:
    return {name: round(scale * count) for name, count in counts.items()}
