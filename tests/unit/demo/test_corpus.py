"""The corpus is the product's first input: it must rebuild byte for byte, and its planted junk must be what it says."""

from __future__ import annotations

import csv
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from demo import make_corpus

Record = dict[str, str]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    with (make_corpus.FOLDER / "corpus.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def planted() -> list[dict]:
    with (make_corpus.FOLDER / "planted.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def normalised(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def test_files_are_what_make_corpus_writes(tmp_path: Path) -> None:
    make_corpus.write_corpus(tmp_path)
    for name in ("corpus.csv", "planted.jsonl"):
        assert (tmp_path / name).read_bytes() == (make_corpus.FOLDER / name).read_bytes(), name


def test_columns_size_and_share_of_junk(records: list[Record], planted: list[dict]) -> None:
    assert list(records[0]) == ["text", "author"]
    assert len(records) == pytest.approx(2500, abs=100)
    assert 0.10 <= len(planted) / len(records) <= 0.14
    assert len({line["source_index"] for line in planted}) == len(planted)


def test_kinds_are_many_and_evenly_spread(records: list[Record], planted: list[dict]) -> None:
    counts = Counter(line["reason"] for line in planted)
    assert len(counts) >= 14
    assert set(counts.values()) == {make_corpus.NUM_PER_KIND}
    # The middle third of the file has about a third of the junk: it is not in a heap.
    middle = sum(len(records) / 3 <= line["source_index"] < 2 * len(records) / 3 for line in planted)
    assert 0.25 < middle / len(planted) < 0.42


def test_clean_rows_are_the_grammars_and_unique() -> None:
    rows = make_corpus.clean_rows()
    assert len(rows) == make_corpus.NUM_CLEAN
    assert all(math.isfinite(row.log_probability) for row in rows)
    assert len({normalised(row.text) for row in rows}) == len(rows)


HAS: dict[str, Callable[[Record], object]] = {
    "empty": lambda r: not r["text"].strip(),
    "missing": lambda r: not r["author"] and r["text"],
    "too_short": lambda r: 1 <= len(r["text"].split()) <= 2,
    "mojibake": lambda r: r["text"] != (mended := r["text"].encode("cp1252").decode("utf-8")) and len(mended) > 20,
    "lost_characters": lambda r: re.search(r"\w\?\w", r["text"]),
    "control_characters": lambda r: re.search(r"[\x00-\x08\x0e-\x1f\x7f]", r["text"]),
    "html_residue": lambda r: re.search(r"<\w+[^>]*>|&\w+;", r["text"]),
    "url_only": lambda r: re.fullmatch(r"(https?://|www\.)\S+", r["text"]),
    "repetition": lambda r: re.search(r"(.)\1{15}|(.{8,}?)( ?\2){3}", r["text"]),
    "gibberish": lambda r: "." not in r["text"],
    "symbol_heavy": lambda r: sum(not c.isalpha() and not c.isspace() for c in r["text"]) > 0.3 * len(r["text"]),
    "special_token_in_text": lambda r: re.search(r"<\|?/?\w+\|?>|\[/?INST\]", r["text"]),
    "pii": lambda r: re.search(r"\S+@example\.|\d{3}-\d{4}", r["text"]),
    "truncated": lambda r: r["text"][-1].isalpha() and len(r["text"].split()) >= 4,
}


@pytest.mark.parametrize("reason", HAS)
def test_planted_rows_have_their_defect(reason: str, records: list[Record], planted: list[dict]) -> None:
    rows = [records[line["source_index"]] for line in planted if line["reason"] == reason]
    assert rows
    assert [row for row in rows if not HAS[reason](row)] == []


@pytest.mark.parametrize("reason", ["mojibake", "html_residue", "truncated", "pii", "duplicate", "missing"])
def test_clean_rows_do_not_have_the_defect(reason: str, records: list[Record], planted: list[dict]) -> None:
    """So that a check which flags everything can't pass."""
    spoiled = {line["source_index"] for line in planted}
    clean = [record for index, record in enumerate(records) if index not in spoiled]
    if reason == "duplicate":
        assert len({normalised(record["text"]) for record in clean}) == len(clean)
    elif reason == "mojibake":
        assert all(record["text"].isascii() for record in clean)
    else:
        assert not any(HAS[reason](record) for record in clean)


def originals(reason: str, planted: list[dict]) -> dict[int, int]:
    """Copy -> the row its note names."""
    notes = {line["source_index"]: line["note"] for line in planted if line["reason"] == reason}
    return {index: int(re.search(r"of row (\d+)$", note)[1]) for index, note in notes.items()}  # type: ignore[index]


def test_duplicates_differ_in_case_space_and_punctuation_only(records: list[Record], planted: list[dict]) -> None:
    pairs = originals("duplicate", planted)
    assert pairs
    for copy, original in pairs.items():
        assert original < copy
        assert normalised(records[copy]["text"]) == normalised(records[original]["text"])


def test_near_duplicates_are_close_to_an_earlier_row_but_not_equal(records: list[Record], planted: list[dict]) -> None:
    pairs = originals("near_duplicate", planted)
    assert pairs
    for copy, original in pairs.items():
        assert original < copy
        new, old = normalised(records[copy]["text"]).split(), normalised(records[original]["text"]).split()
        assert new != old
        assert SequenceMatcher(None, new, old, autojunk=False).ratio() >= 0.8


def test_junk_texts_vary(records: list[Record], planted: list[dict]) -> None:
    """Otherwise every kind would be caught as duplicates of its first row."""
    texts = defaultdict(set)
    for line in planted:
        texts[line["reason"]].add(normalised(records[line["source_index"]]["text"]))
    alike = {"empty", "symbol_heavy"}  # nothing is left of these once symbols and blanks are dropped
    assert all(len(texts[reason]) == make_corpus.NUM_PER_KIND for reason in set(texts) - alike)
