"""Held-out rows that stand in the training rows are found, and rows that merely resemble each other are not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tasks.evaluation.leaks import CROWD, find_leak

ROOT = Path(__file__).resolve().parents[3]
TEXT = "The heron waits for the river to forget the stone that somebody threw last spring"
AUTHOR = "Thales"


def leaks(train: tuple[str, ...], holdout: tuple[str, ...]) -> bool:
    return find_leak([("Bias", "Know thyself, and then forget about it."), train], [holdout]).rows == 1


@pytest.mark.parametrize(
    "copy",
    [
        TEXT,
        TEXT.upper() + " !!",
        TEXT.replace(" ", "\n\t"),
        f"As an old ferryman used to say: {TEXT}",
        f"{TEXT}, or so they say in Miletus.",
        TEXT.replace("The heron", "A heron"),
    ],
)
def test_a_copy_is_found(copy):
    assert leaks((AUTHOR, copy), (AUTHOR, TEXT))
    assert leaks(("Somebody else", copy), (AUTHOR, TEXT))


@pytest.mark.parametrize(
    ("train", "holdout"),
    [
        ((AUTHOR, "The heron waits for nobody, and the river keeps its stones to itself"), (AUTHOR, TEXT)),
        (("", ""), ("", "")),
        (("Is water wet?", "Yes, of course."), ("Is fire hot?", "Yes, of course.")),  # a short answer is no leak
        ((AUTHOR, "Hope is a waking dream, said Aristotle once"), (AUTHOR, "Hope is a waking dream")),  # a saying
        ((AUTHOR, TEXT[: len(TEXT) // 2]), (AUTHOR, TEXT)),
    ],
)
def test_what_merely_resembles_is_no_leak(train, holdout):
    assert not leaks(train, holdout)


def test_a_short_row_leaks_where_it_is_equal():
    assert leaks((AUTHOR, "Know thyself"), (AUTHOR, "know thyself!"))
    assert not leaks((AUTHOR, "Know thyself"), ("Chilon", "Know thyself"))


def test_each_held_out_row_counts_once():
    found = find_leak([(TEXT,)] * 5, [(TEXT,), (f"{TEXT} again",), ("Something else entirely",)])
    assert (found.rows, found.fraction) == (2, pytest.approx(2 / 3))
    assert find_leak([], []) == (0, 0.0)


def test_a_form_that_all_rows_share_is_no_leak():
    form = "Below is an instruction that describes a task. Write an answer that completes the request. Number {}"
    train, holdout = ([(form.format(n),) for n in numbers] for numbers in (range(1000, 1100), range(2 * CROWD)))
    assert find_leak(train, holdout).rows == 0
    assert find_leak([*train, holdout[3]], holdout).rows == 1


def test_a_planted_leak_is_counted_and_a_clean_split_of_the_demo_has_none():
    with (ROOT / "demo" / "corpus.csv").open(newline="", encoding="utf-8") as stream:
        texts = sorted({(row["author"], row["text"]) for row in csv.DictReader(stream) if len(row["text"].split()) > 6})
    clean = [row for row in texts if hash_of(row) < 0.9], [row for row in texts if hash_of(row) >= 0.9]
    assert len(clean[1]) > 150
    before = find_leak(*clean)
    planted = [(f"Not {author}", f"{text} Indeed!") for author, text in clean[1][:20]]
    after = find_leak([*clean[0], *planted], clean[1])
    assert after.rows - before.rows >= 18


def hash_of(row: tuple[str, str]) -> float:
    import hashlib

    return int.from_bytes(hashlib.sha256(repr(row).encode()).digest()[:4]) / 2**32
