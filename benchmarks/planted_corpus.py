"""A corpus with planted junk: clean rows, and of each corruption kind the same number of spoilt ones, shuffled.

All of it follows from one seed. Copies come later than the rows they were made of.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from benchmarks.clean_texts import written
from benchmarks.corruptions import Kind, Spoilt
from benchmarks.detector import Value
from benchmarks.grammars import full_name
from benchmarks.metrics import Truth

SHORT_TEXT = "short_text"
CLEAN = Truth()


@dataclass(frozen=True, eq=False)
class Row:
    """One row; `kind` is empty for a clean one."""

    columns: Mapping[str, Value]
    kind: str = ""
    truth: Truth = CLEAN
    original: Row | None = None


@dataclass
class Corpus:
    """Rows of one profile."""

    profile: str
    rows: list[Row]
    leak_texts: dict[str, list[str]] = field(default_factory=dict)

    def columns(self) -> dict[str, list[Value]]:
        names = dict.fromkeys(name for row in self.rows for name in row.columns)
        return {name: [row.columns.get(name) for row in self.rows] for name in names}

    def texts(self) -> list[str]:
        """Each row as one text, for those who know no columns."""
        return [
            "\n".join(_as_text(row.columns[name]) for name in ("text", "prompt", "completion") if name in row.columns)
            for row in self.rows
        ]


def _as_text(value: Value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""


def true_by_definition(text: str, profile: str) -> frozenset[str]:
    """Reasons that follow from a text's form alone, whatever was planted: lengths, control characters, few letters."""
    words = len(text.split())
    too_short, too_long = (3, 800) if profile != "document" else (50, 100_000)
    found = {"too_short"} if words < too_short else {"too_long"} if words > too_long else set()
    controls = {c for c in text if unicodedata.category(c) == "Cc" and c not in "\n\r\t"}
    if controls:
        found |= {"control_characters"}
    if any(c >= "\x80" for c in controls):
        found |= {"mojibake"}  # bytes of Windows-1252 read as Latin-1
    dense = re.sub(r"\s", "", text)
    if dense and sum(c.isalpha() for c in dense) < len(dense) / 2:
        found |= {"symbol_heavy"}
    return frozenset(found)


def plant(rng: Random, kinds: Sequence[Kind], pool: Sequence[str], per_kind: int, num_clean: int) -> list[Corpus]:
    """One corpus a profile.

    Args:
        kinds: What to plant.
        pool: Distinct clean texts: the first `num_clean` stay clean, the others are spoilt.
        per_kind: Rows of each kind, fewer where a kind has no more: none repeats another but by intent.
        num_clean: Clean rows of `short_text`; the other profiles get at most a third.
    """
    spare = iter(pool[num_clean:])
    corpora = []
    for profile in dict.fromkeys(kind.profile for kind in kinds):
        corpus = Corpus(profile, _clean_rows(rng, profile, pool[:num_clean]))
        own = [kind for kind in kinds if kind.profile == profile]
        for kind in own:
            if not kind.copies:
                made = [_spoilt(rng, kind, next(spare), number, corpus) for number in range(min(per_kind, kind.most))]
                corpus.rows += made if kind.reason == "empty" else _unrepeated(made)
        rng.shuffle(corpus.rows)
        _add_copies(rng, [kind for kind in own if kind.copies], corpus, per_kind)
        corpora.append(corpus)
    return corpora


def _clean_rows(rng: Random, profile: str, texts: Sequence[str]) -> list[Row]:
    if profile == "instruction":
        pairs = [line.split("\t") for line in written("instructions.tsv")]
        asked = [(f"Continue this thought: {a}", b) for a, b in zip(texts[:200:2], texts[1:200:2], strict=True)]
        return [Row({"prompt": prompt, "completion": completion}) for prompt, completion in [*pairs, *asked]]
    if profile == "dialogue":
        texts = [f"{full_name(rng).split()[0].upper()}: {text}" for text in texts[: len(texts) // 3]]
        return [Row({"text": text}) for text in texts]
    return [Row({"text": text, "author": full_name(rng), "tags": "life, wisdom"}) for text in texts]


def _spoilt(rng: Random, kind: Kind, text: str, number: int, corpus: Corpus) -> Row:
    made = kind.make(rng, text, number)
    if kind.leaks:
        corpus.leak_texts.setdefault(kind.reason, []).append(text)
    return _row(rng, kind, made, corpus.profile)


def _unrepeated(rows: Sequence[Row]) -> list[Row]:
    """The rows without those whose text was there before: a repeat would be caught for being one."""
    first: dict[str, Row] = {}
    for row in rows:
        content = (row.columns.get("text"), row.columns.get("prompt"), row.columns.get("completion"))
        first.setdefault(repr(content).casefold(), row)
    return list(first.values())


def _row(rng: Random, kind: Kind, made: Spoilt, profile: str) -> Row:
    columns: dict[str, Value] = {"author": full_name(rng), "tags": "life, wisdom"} if profile == SHORT_TEXT else {}
    columns |= made if isinstance(made, Mapping) else {"text": made}
    judged = _as_text(columns.get("text", columns.get("completion")))
    truth = Truth(kind.reason, kind.also | (true_by_definition(judged, profile) - {kind.reason}))
    return Row(columns, kind.name, truth)


def _add_copies(rng: Random, kinds: Sequence[Kind], corpus: Corpus, per_kind: int) -> None:
    """Put copies of clean rows behind them."""
    if not kinds:
        return
    fit = [row for row in corpus.rows if not row.kind and _can_be_copied(str(row.columns["text"]))]
    chosen = iter(rng.sample(fit, per_kind * len(kinds)))
    for kind in kinds:
        for number in range(per_kind):
            original = next(chosen)
            copy = _row(rng, kind, kind.make(rng, str(original.columns["text"]), number), corpus.profile)
            place = corpus.rows.index(original)
            if kind.original_also:
                original = replace(original, truth=replace(original.truth, also=kind.original_also))
                corpus.rows[place] = original
            elif "author" in copy.columns:
                copy = replace(copy, columns={**copy.columns, "author": original.columns["author"]})
            corpus.rows.insert(rng.randint(place + 1, len(corpus.rows)), replace(copy, original=original))


def _can_be_copied(text: str) -> bool:
    return len(text.split()) >= 10 and not re.search(r"\d", text) and "\n" not in text
