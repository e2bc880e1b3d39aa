"""A drafted contract as YAML with comments: the verdict, the problems, the columns, and each rule with its count."""

from __future__ import annotations

import json
import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tasks.plain_text import comment, one_line
from tasks.validation.contract import Contract, Rule
from tasks.validation.draft_examples import example
from tasks.validation.findings import Measurements
from tasks.validation.readiness import MENDABLE, Readiness
from tasks.validation.signals import ACROSS_ROWS
from tasks.validation.text_column import Bools, Ints

ROOM_FACTOR, ROOM = 1.5, 0.05
"""What may be rejected: 1.5 times what is rejected today, and 5 points; at most `MOST_ROOM`."""
MOST_ROOM = 0.95
WIDTH = 116
QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)
SHOWN_LANGUAGES, LEAST_LANGUAGE = 5, 0.01


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """What a draft's text is written from."""

    contract: Contract
    failed: Bools
    """Rows that break each of its rules after its repairs, shape (num_rules, num_rows)."""
    repairs: Mapping[Rule, tuple[Ints, int]]
    """Rule that repairs -> rows that break it before, and how many of them are mended."""
    table: pa.Table
    """The rows as they came."""
    total: int
    """Rows of the source; more than the table's where that is a sample."""
    accepted: int
    """Rows of the table."""
    verdict: Readiness
    profile: str
    languages: Mapping[str, Mapping[str, float]]
    """Text column -> language -> share."""
    knows_language: bool
    max_rejected: float


def contract_text(drafted: Drafted, source: str, columns: Mapping[str, str], schema: str) -> str:
    """The contract's YAML."""
    lines = [f"# yaml-language-server: $schema={one_line(schema, 4000)}", *_about(drafted, source, columns)]
    lines += [*_head(drafted), "rules:"]
    places = range(len(drafted.contract.rules))
    for title, members in _groups(drafted.contract, places):
        lines += ["  " + comment(title)] if members else []
        lines += [line for place in members for line in _rule_lines(drafted, place)]
    return "\n".join(lines) + "\n"


def _about(drafted: Drafted, source: str, columns: Mapping[str, str]) -> list[str]:
    """The comments before the first key."""
    origin = f" of {source}" if source else ""
    num_rows = len(drafted.table)
    said = [f"Drafted from {_rows(drafted.total)}{origin}, on the contract {drafted.profile}."]
    if num_rows < drafted.total:
        said.append(
            f"Counted on a sample of {_rows(num_rows)}: texts chosen by their hash, with all copies of each, so near "
            "copies are more than is told here."
        )
    said.append("Above each rule: how many rows it meets today, and one of them. Keys: data_contracts/README.md.")
    told = {
        f"Verdict: {drafted.verdict.decision}": drafted.verdict.reasons,
        "Problems found": _problems(drafted),
        "Columns": [f"{name}: {what}" for name, what in columns.items()],
        "Texts": _texts(drafted),
    }
    lines = [line for paragraph in said for line in _wrapped(paragraph, "")]
    for title, items in told.items():
        if items:
            lines += ["#", *_wrapped(title, ""), *(line for item in items for line in _wrapped(item, "- "))]
    return [*lines, "#"]


def _problems(drafted: Drafted) -> list[str]:
    """What the rules meet, the commonest first, in rows as the data came."""
    met = []
    for place, rule in enumerate(drafted.contract.rules):
        found, mended = drafted.repairs.get(rule, (np.flatnonzero(drafted.failed[place]), 0))
        broken = len(found)
        fate = {"warn": "only counted", "repair": f"{mended:,} of them are mended"}.get(rule.action, "rejected")
        where = "" if rule.signal in ACROSS_ROWS else f" in {rule.column}"
        same = [other for other in drafted.contract.rules if (other.reason, other.column) == (rule.reason, rule.column)]
        where += f" ({rule.signal or 'pattern'})" if len(same) > 1 else ""
        if broken:
            met.append((-broken, f"{rule.reason}{where}: {_count(broken, len(drafted.table))}, {fate}"))
    if not drafted.knows_language:
        met.append(
            (
                0,
                "what depends on the language is left out: neither script nor function words tell it",
            )
        )
    return [text for _, text in sorted(met, key=lambda item: item[0])]


def _texts(drafted: Drafted) -> list[str]:
    told = []
    measurements = Measurements(drafted.table, drafted.contract.language)
    for column in drafted.contract.text_columns:
        words = measurements.column(column).signal("word_count")
        words = words[np.nan_to_num(words) > 0]
        if not len(words):
            told.append(f"{column}: no values")
            continue
        quantiles = zip(QUANTILES, np.quantile(words, QUANTILES), strict=True)
        spread = ", ".join(f"{100 * share:g} % ≤ {value:,.0f}" for share, value in quantiles)
        told.append(f"{column}, words: {spread}, the longest {words.max():,.0f}")
        shares = list(drafted.languages[column].items())[:SHOWN_LANGUAGES]
        mix = ", ".join(f"{name} {_percent(share)}" for name, share in shares if share >= LEAST_LANGUAGE)
        told += [f"{column}, language of those with five words or more: {mix}"] if mix else []
    return told


def _head(drafted: Drafted) -> list[str]:
    contract, num_rows = drafted.contract, len(drafted.table)
    share = 1 - drafted.accepted / max(num_rows, 1)
    accepted = round(drafted.accepted * drafted.total / max(num_rows, 1))
    language = "" if drafted.knows_language else "  # not checked: the texts' language can't be told"
    return [
        f"name: {_quoted(contract.name)}",
        "version: 1",
        f"language: {_quoted(contract.language)}{language}",
        f"text_columns: [{', '.join(map(_quoted, contract.text_columns))}]",
        f"min_near_words: {contract.min_near_words}",
        f"min_accepted_rows: {max(1, accepted // 2)}  # half of today's {accepted:,}",
        f"max_quarantined_fraction: {_with_room(share):g}  # today {share:.3f}",
    ]


def _with_room(share: float) -> float:
    """A limit for what is a share today."""
    return max(min(MOST_ROOM, math.ceil(round(100 * (ROOM_FACTOR * share + ROOM), 6)) / 100), share)


def _groups(contract: Contract, places: Sequence[int]) -> list[tuple[str, list[int]]]:
    across = [place for place in places if contract.rules[place].signal in ACROSS_ROWS]
    rest = [place for place in places if place not in across]
    groups = [(name, [p for p in rest if contract.rules[p].column == name]) for name in contract.text_columns]
    taken = {place for _, members in groups for place in members}
    others = [place for place in rest if place not in taken]
    return [*groups, ("further columns", others), ("rows held against each other", across)]


def _rule_lines(drafted: Drafted, place: int) -> list[str]:
    """A rule in flow style; above it what it meets."""
    rule, failed = drafted.contract.rules[place], drafted.failed[place]
    parts = [f"reason: {rule.reason}"]
    if rule.signal not in ACROSS_ROWS:
        parts.append(f"column: {_quoted(rule.column)}")
    parts.append(f"signal: {rule.signal}" if rule.signal else f"pattern: {_in_quotes(rule.pattern)}")
    parts += [f"against: {_quoted(rule.against)}"] if rule.against else []
    parts += ["must_match: true"] if rule.must_match else []
    parts += [f"{bound}: {_number(value)}" for bound in ("min", "max") if (value := getattr(rule, bound)) is not None]
    parts += [f"action: {rule.action}"] if rule.action != "quarantine" else []
    if rule.max_fraction < 1:
        limit = max(rule.max_fraction, _with_room(float(failed.mean()) if len(failed) else 0.0))
        parts.append(f"max_fraction: {limit:g}")
    parts += [f"source: {_in_quotes(one_line(rule.source, 200))}"] if rule.source else []
    line = f"  - {{{', '.join(parts)}}}"
    told = _meets(drafted, rule, failed)
    return [*(f"  {part}" for part in _wrapped(told, "")), line] if told else [f"{line}  # none today"]


def _meets(drafted: Drafted, rule: Rule, failed: Bools) -> str:
    broken, mended = drafted.repairs.get(rule, (np.flatnonzero(failed), 0))
    if not len(broken):
        return ""
    told = _count(len(broken), len(failed))
    if rule in drafted.repairs:
        told += f", of which the repair mends {mended:,}"
    elif rule.action == "warn" and len(broken) > drafted.max_rejected * len(failed):
        why = "until the source is mended" if rule.signal in MENDABLE else "as it may be a habit of the data"
        told += f": more than {100 * drafted.max_rejected:g} %, so it only warns, {why}"
    shown = example(rule, _looked_at(drafted, rule), broken.tolist(), drafted.contract.language)
    return f"{told}; one: {shown}" if shown else told


def _looked_at(drafted: Drafted, rule: Rule) -> list[str | None]:
    """The texts that an example of a rule is taken from."""
    names = [rule.column]
    if rule.signal in ACROSS_ROWS:
        names = [*drafted.contract.text_columns, *([rule.against] if rule.against else [])]
    columns = [drafted.table[name].to_pylist() for name in names]
    if len(columns) == 1:
        return list(columns[0])
    return [" / ".join(part for part in parts if part) for parts in zip(*columns, strict=True)]


def _wrapped(text: str, mark: str) -> list[str]:
    """Text of any origin as comment lines, the further ones hanging under the first."""
    lines = textwrap.wrap(one_line(text, 4000), WIDTH - len(mark), break_on_hyphens=False) or [""]
    return [f"# {mark if place == 0 else ' ' * len(mark)}{line}" for place, line in enumerate(lines)]


def _quoted(name: str) -> str:
    """A name as YAML takes it: in quotes, unless it is plainly a word."""
    is_word = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{3,}|en|de|fr|es", name) and name.lower() not in (
        "true",
        "false",
        "null",
    )
    return name if is_word else _in_quotes(name)


def _in_quotes(text: str) -> str:
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:g}"


def _rows(count: int) -> str:
    return f"{count:,} row" + ("" if count == 1 else "s")


def _count(rows: int, of: int) -> str:
    return f"{_rows(rows)} ({_percent(rows / max(of, 1))})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %".replace(".0 %", " %") if share >= 0.0005 else "under 0.1 %"
