"""Real labels: gibberish, near duplicates, paraphrases, mojibake and its repair, and a labelled sample of junk.

Needs the data folder; README.md in this folder lists its files.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import encoding_labels
from benchmarks.clean_texts import distinct, json_lines, real_quotes
from benchmarks.detector import Verdict, judge
from benchmarks.metrics import Score, score, token_edit_similarity
from benchmarks.planted import REPEATS, is_caught, listed
from benchmarks.printing import Table, at_least, at_most
from benchmarks.settings import Settings


def tables(settings: Settings) -> Iterable[Table]:
    if settings.data is None:
        print("skipped: it needs real data, give its folder with --data")
        return
    yield gibberish_table(settings.data)
    yield near_duplicates_table(settings.data, Random(settings.seed))
    yield paraphrases_table(settings.data)
    yield from encoding_labels.tables(settings.data)
    yield labelled_table(settings.data)


def labelled_rows(data: Path) -> list[dict[str, Any]]:
    """Rows with `text`, `label` (junk or keep) and `reason`."""
    return json_lines(data / "junk/labelled_dev.jsonl")


def gibberish_table(data: Path) -> Table:
    """The reason `gibberish` alone counts: single tokens are too short anyway."""
    table = Table("Real labels: gibberish", ["set", "rows", "gibberish", "precision", "recall", "F1"])
    with (data / "junk/nostril_real_not_real.csv").open(encoding="utf-8", newline="") as file:
        tokens = [(text, label == "n") for label, text in csv.reader(file)]
    labelled = [row for row in labelled_rows(data) if row["label"] == "keep" or row["reason"] == "gibberish"]
    sentences = [(row["text"], row["reason"] == "gibberish") for row in labelled]
    for name, rows in (("nostril, single tokens", tokens), ("labelled_dev, gibberish and keep", sentences)):
        named = ["gibberish" in verdict.named for verdict in judge({"text": [text for text, _ in rows]})]
        got = score([truth for _, truth in rows], named)
        actual = got.true_positives + got.false_negatives
        table.add(name, len(rows), actual, got.precision, got.recall, got.f1, figure=got.f1, target=at_least(0.95))
    return table


def edited(rng: Random, text: str, similarity: float, vocabulary: Sequence[str]) -> str:
    """A copy with about the token edit similarity asked for: words replaced, added, dropped or misspelt.

    Words that hold digits stay: with another number a row says something else.
    """
    words = text.split()
    allowed = [place for place, word in enumerate(words) if not any(c.isdigit() for c in word)]
    edits = round((1 - similarity) * len(words))
    for place in sorted(rng.sample(allowed, min(max(1, edits), len(allowed))), reverse=True):
        word, other = words[place], rng.choice(vocabulary)
        typo = word[:1] + word[2:3] + word[1:2] + word[3:] if len(word) > 3 else word + "s"
        words[place : place + 1] = ([other], [word, other], [], [typo])[rng.randrange(4)]
    return " ".join(words)


def near_duplicates_table(data: Path, rng: Random) -> Table:
    """Edited copies of real rows: those of similarity 0.85 and up must be found, nothing below may be."""
    quotes = [text for text, _ in real_quotes(data) if len(text.split()) >= 8][:900]
    labelled = [row["text"] for row in labelled_rows(data) if row["reason"] == "clean_english_sentence"]
    originals = distinct([*quotes, *(text for text in labelled if len(text.split()) >= 8)])
    vocabulary = [word for text in originals for word in text.split() if word.isalpha()]
    wanted = (0.97, 0.93, 0.88, 0.7, 0.55)
    copies = [edited(rng, text, wanted[place % 5], vocabulary) for place, text in enumerate(originals)]
    true = [token_edit_similarity(a, b) for a, b in zip(originals, copies, strict=True)]
    texts = originals + copies
    verdicts = judge({"text": texts})
    count = len(originals)
    found = [bool(verdict.named & REPEATS) for verdict in verdicts]
    table = Table(
        "Real labels: near duplicates (edited copies of real rows)", ["token edit similarity", "pairs", "share found"]
    )
    for low, high in ((0.95, 1.01), (0.9, 0.95), (0.85, 0.9), (0.75, 0.85), (0.6, 0.75), (0.0, 0.6)):
        hits = [found[place] or found[count + place] for place in range(count) if low <= true[place] < high]
        if hits:
            table.add(f"{low:.2f} to {min(high, 1):.2f}", len(hits), sum(hits) / len(hits))
    hits = [found[place] or found[count + place] for place in range(count) if true[place] >= 0.85]
    table.add(
        "recall, 0.85 and up", len(hits), sum(hits) / len(hits), figure=sum(hits) / len(hits), target=at_least(0.98)
    )
    right = [_is_right(place, verdict, texts, count) for place, verdict in enumerate(verdicts) if found[place]]
    precision = sum(right) / len(right) if right else 0.0
    table.add("precision: rows flagged", len(right), precision, figure=precision, target=at_least(0.95))
    table.note("a flagged row is right where it is 0.85 similar to the row it is said to repeat (or to its own pair)")
    return table


def _is_right(place: int, verdict: Verdict, texts: Sequence[str], count: int) -> bool:
    other = verdict.kept if verdict.kept is not None else (place + count) % (2 * count)
    return token_edit_similarity(texts[place], texts[other]) >= 0.85


def paraphrases_table(data: Path) -> Table:
    """Pairs that people called paraphrases: the same said otherwise is no copy."""
    with (data / "junk/msrp_train.txt").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    texts: dict[str, str] = {}
    for row in rows:
        texts[row["#1 ID"]], texts[row["#2 ID"]] = row["#1 String"], row["#2 String"]
    places = {name: place for place, name in enumerate(texts)}
    verdicts = judge({"text": list(texts.values())})
    table = Table("Real labels: MSRP", ["pairs", "count", "flagged", "share", "0.85 similar"])
    for quality, name in (("1", "paraphrases"), ("0", "not paraphrases")):
        pairs = [(row["#1 ID"], row["#2 ID"]) for row in rows if row["Quality"] == quality]
        flagged = sum(_repeats(verdicts, places[a], places[b]) for a, b in pairs)
        similar = sum(token_edit_similarity(texts[a], texts[b]) >= 0.85 for a, b in pairs) / len(pairs)
        target = at_most(0.05) if quality == "1" else None
        share = flagged / len(pairs)
        table.add(name, len(pairs), flagged, share, similar, figure=share, target=target)
    table.note("flagged: one of the two is said to repeat the other (any of the two is flagged, where no row is named)")
    return table


def _repeats(verdicts: Sequence[Verdict], a: int, b: int) -> bool:
    return any(
        bool(verdicts[one].named & REPEATS) and verdicts[one].kept in (None, other) for one, other in ((a, b), (b, a))
    )


def labelled_table(data: Path) -> Table:
    """Junk or keep, and what is caught or lost in each group."""
    rows = labelled_rows(data)
    verdicts = judge({"text": [row["text"] for row in rows]})
    caught = [is_caught(verdict) for verdict in verdicts]
    got: Score = score([row["label"] == "junk" for row in rows], caught)
    table = Table("Real labels: labelled_dev", ["group", "rows", "caught", "share", "reasons"])
    for label, group in sorted({(row["label"], row["reason"]) for row in rows}):
        own = [place for place, row in enumerate(rows) if (row["label"], row["reason"]) == (label, group)]
        if len(own) < 5:
            continue
        reasons = listed(Counter(reason for place in own for reason in verdicts[place].named))
        hits = sum(caught[place] for place in own)
        table.add(f"{label}: {group}", len(own), hits, hits / len(own), reasons)
    table.note(f"overall: precision {got.precision:.3f}, recall {got.recall:.3f}, F1 {got.f1:.3f}")
    table.note("groups under five rows are counted in the overall figure only")
    return table
