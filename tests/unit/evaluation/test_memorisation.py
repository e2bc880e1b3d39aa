"""Copies from the training rows are found, whole and in part, and chance resemblance isn't called one."""

from __future__ import annotations

import random

import pytest

from tasks.evaluation import memorisation
from tasks.evaluation.memorisation import copies, longest_copied_runs
from tasks.evaluation.words import words

TRAINING = [
    "The heron waits for the river to forget it.",
    "Be kind; everyone you meet has a leaking boat.",
    "No ferryman ever crossed the same water twice.",
]


def runs(*texts: str, training=TRAINING) -> list[int]:
    return longest_copied_runs([words(text) for text in texts], (words(text) for text in training))


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        ("The heron waits for the river to forget it.", 9),
        ("they say THE HERON WAITS, for the river: alas", 6),
        ("the same water; the river to forget", 4),
        ("Be kind. No ferryman ever", 3),  # a run doesn't go on from one row into the next
        ("boat no", 1),
        ("zebra", 0),
        ("", 0),
    ],
)
def test_the_longest_run_that_stands_in_one_training_row(text, longest):
    assert runs(text) == [longest]


def test_texts_do_not_run_into_each_other():
    assert runs("the heron", "waits for the river", "") == [2, 4, 0]
    assert runs() == []
    assert runs("a heron", training=[]) == [0]
    assert runs("a heron", training=["", "..."]) == [0]


def test_runs_are_those_of_a_plain_search(monkeypatch):
    monkeypatch.setattr(memorisation, "ROWS_AT_ONCE", 7)
    draw = random.Random(0)
    training = [draw.choices("abcd", k=draw.randrange(12)) for _ in range(40)]
    texts = [draw.choices("abcde", k=draw.randrange(10)) for _ in range(60)]

    def plain(text):
        rows = ["".join(row) for row in training]
        found = [end - start for start in range(len(text)) for end in range(start + 1, len(text) + 1)
                 if any("".join(text[start:end]) in row for row in rows)]  # fmt: skip
        return max(found, default=0)

    expected = [plain(text) for text in texts]
    assert longest_copied_runs(texts, iter(training)) == expected
    assert len(set(expected)) > 4


@pytest.mark.parametrize(
    ("length", "run", "copied"),
    [(30, 8, True), (30, 7, False), (6, 6, True), (6, 5, False), (4, 4, True), (3, 3, False), (0, 0, False)],
)
def test_a_copy_is_a_long_run_or_all_of_a_short_text(length, run, copied):
    assert copies(length, run) is copied


def test_words_are_compared_without_case_punctuation_and_kind_of_apostrophe():
    assert words("Don’t STOP — it's “2nd”!") == words("don't stop it's 2nd")
    assert words("水は、方円の器") == list("水は方円の器")
