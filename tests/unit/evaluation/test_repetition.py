"""Repetition within texts and variety over them, counted by hand."""

from __future__ import annotations

import pytest

from tasks.evaluation.repetition import distinct_1, distinct_2, repeats


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b c d a b c d", True),
        ("a b c d e a b c d", True),
        ("a a a a a", True),  # the run of four, and again one word later
        ("a a a a", False),
        ("a b c x a b c y", False),
        ("", False),
    ],
)
def test_a_repeat_is_a_run_of_four_words_that_comes_again(text, expected):
    assert repeats(text.split()) is expected


def test_distinct_words_and_pairs_over_all_texts():
    texts = [["a", "b", "a"], ["a", "b"]]
    assert distinct_1(texts) == 2 / 5
    assert distinct_2(texts) == pytest.approx(2 / 3, abs=1e-6)  # a b, b a, a b


def test_of_nothing_there_is_no_variety_to_tell():
    assert (distinct_1([[]]), distinct_2([["a"]])) == (None, None)
