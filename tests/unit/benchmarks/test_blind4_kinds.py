"""The fourth group: rows bear their damage."""

from __future__ import annotations

import re
from random import Random

from benchmarks.blind4_damage import DAMAGE
from benchmarks.blind4_exports import EXPORTS

MAKERS = DAMAGE | EXPORTS


def damaged(name, text, number=0, seed=1):
    return MAKERS[name](Random(seed), text, number)


def test_replacements_hit_parts_of_words():
    made = damaged("replaced inside words", "The weather in this street was still hard on the carpet.")
    words = set(re.findall("[A-Za-z]+", "The weather in this street was still hard on the carpet."))
    assert set(re.findall(r"[^\s.]+", made)) - words


def test_one_letter_is_eaten_throughout():
    text = "Most of us sell seashells, sisters said."
    for seed in range(10):
        made = damaged("letters eaten by a pattern", text, seed=seed)
        gone = {letter for letter in text if letter.islower()} - set(made)
        assert len(gone) == 1


def test_accented_letters_leave_only_ascii():
    assert all(damaged("accented letters dropped", "", number, number).isascii() for number in range(60))


def test_a_cropped_page_loses_letters_at_line_ends_only():
    text = "The museum closes at five, but the guard usually lets the painters stay until six."
    made = damaged("right edge cropped", text)
    lines = re.split("\n", made)
    assert len(made) < len(text)
    assert len(lines) == 1 or all(line in text for line in lines)


def test_the_last_partial_result_is_the_whole_text():
    text = "The river had risen half a metre overnight."
    made = damaged("partial results of a stream", text, number=2)
    assert made.endswith(text)
    assert made.lower().count("the r") >= 3
