"""The fifth group: rows bear their damage."""

from __future__ import annotations

from random import Random

from benchmarks.blind5_damage import DAMAGE

TEXT = "The old ferry leaves at noon, and nobody who's late has ever caught it by running."


def test_a_third_of_the_words_is_missing():
    words = TEXT.split()
    left = {" ".join(word for at, word in enumerate(words) if at % 3 != first) for first in range(3)}
    assert {DAMAGE["every third word missing"](Random(seed), TEXT, 0) for seed in range(20)} == left


def test_a_window_begins_and_ends_within_a_word():
    made = DAMAGE["window of a document"](Random(1), TEXT, 0)
    assert TEXT in made
    assert made[0].islower()
    assert made[-1].isalpha()


def test_words_in_random_order_are_the_same_words():
    made = DAMAGE["words in random order"](Random(1), TEXT, 0)
    assert sorted(made.split()) == sorted(TEXT.split())
    assert made != TEXT
