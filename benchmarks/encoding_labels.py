"""Real labels for text read in the wrong encoding: ftfy's own cases, repairs, and what cheap gates let through."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

from benchmarks.clean_texts import distinct, json_lines
from benchmarks.damaged_text import misread_as
from benchmarks.detector import Verdict, judge
from benchmarks.printing import Table, at_least, at_most, on_one_line

_ENCODINGS = ("cp1252", "latin-1", "mac_roman", "cp1251", "cp437")


def tables(data: Path) -> Iterable[Table]:
    yield mojibake_table(data)
    yield gates_table(data)
    yield repairs_table(data)


def is_named(verdict: Verdict) -> bool:
    """Called mojibake, or mended."""
    return "mojibake" in verdict.named or verdict.repaired is not None


def mojibake_table(data: Path) -> Table:
    """ftfy's own cases: what it mends is damage, what it must leave alone is none, what it can't mend is neither."""
    from ftfy import fix_encoding

    names = ("in-the-wild", "synthetic", "negative")
    cases = [
        case for name in names for case in json.loads((data / f"junk/ftfy_{name}.json").read_text(encoding="utf-8"))
    ]
    table = Table("Real labels: mojibake, ftfy's cases", ["cases", "count", "as it should be", "share"])
    mended = [fix_encoding(case["original"]) != case["original"] for case in cases]
    groups = {
        "ftfy mends": [case["original"] for case, is_mended in zip(cases, mended, strict=True) if is_mended],
        "ftfy's negatives": [
            case["original"]
            for case, is_mended in zip(cases, mended, strict=True)
            if not is_mended and "negative" in case["label"].lower()
        ],
    }
    for name, own in groups.items():
        is_damaged = name == "ftfy mends"
        verdicts = judge({"text": own})
        good = [is_named(v) if is_damaged else "mojibake" not in v.named for v in verdicts]
        share = sum(good) / len(good)
        table.add(name, len(own), sum(good), share, figure=share, target=at_least(1.0))
        for text, is_good in zip(own, good, strict=True):
            if not is_good:
                table.note(f"{name}: {on_one_line(text)}")
    return table


def gates_table(data: Path) -> Table:
    """Rows of real collections that ftfy itself mends, slowly: how many of them the validator names."""
    from ftfy import fix_encoding

    with (data / "quotes/keyword_quotes_gpt.csv").open(encoding="utf-8", newline="") as file:
        keyword = [row["text"] for row in csv.DictReader(file)]
    with (data / "acled/acled_africa_2016.csv").open(encoding="utf-8", newline="") as file:
        notes = [row["notes"] for row in csv.DictReader(file)]
    collections = {
        "english_quotes": [row["quote"] for row in json_lines(data / "quotes/english_quotes.jsonl")],
        "keyword_quotes": keyword,
        "acled notes": notes,
    }
    table = Table(
        "Real labels: what ftfy mends in real collections", ["collection", "rows", "ftfy mends", "not named", "share"]
    )
    for name, texts in collections.items():
        mended = [fix_encoding(text) != text for text in texts]
        named = list(map(is_named, judge({"text": texts})))
        missed = [text for text, is_mended, found in zip(texts, mended, named, strict=True) if is_mended and not found]
        share = len(missed) / max(1, sum(mended))
        table.add(name, len(texts), sum(mended), len(missed), share, figure=share, target=at_most(0.0))
        for text in missed[:3]:
            table.note(f"{name}: {on_one_line(text)}")
    return table


def repairs_table(data: Path) -> Table:
    """Real quotes misread as five encodings, and the same quotes whole."""
    rows = json_lines(data / "quotes/english_quotes.jsonl")
    marks = "“”‘’—–…éèêëàâäöüïîôçñæœ"
    texts = [row["quote"] for row in rows if len(row["quote"].split()) >= 6]
    texts = [text for text in distinct(texts) if all(c.isascii() or c in marks for c in text) and not text.isascii()]
    texts = texts[:600]
    table = Table("Real labels: repairs of mojibake", ["rows", "count", "share"])
    repaired: list[bool] = []
    for encoding in _ENCODINGS:
        damaged = [misread_as(text, encoding) for text in texts[:300]]
        verdicts = judge({"text": damaged})
        good = [v.repaired is not None and v.repaired == text for v, text in zip(verdicts, texts, strict=False)]
        table.add(f"read as {encoding}: repaired to the undamaged text", len(good), sum(good) / len(good))
        repaired += good
    share = sum(repaired) / len(repaired)
    table.add("all: repaired to the undamaged text", len(repaired), share, figure=share, target=at_least(0.95))
    whole = judge({"text": texts})
    harmed = sum("mojibake" in verdict.named for verdict in whole) / len(whole)
    table.add("undamaged rows called mojibake", len(whole), harmed, figure=harmed, target=at_most(0.0))
    return table
