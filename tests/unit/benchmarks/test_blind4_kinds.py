"""The fourth group: rows follow from their seed, differ from each other, and bear their damage."""

from __future__ import annotations

import re
from random import Random

import pytest

from benchmarks.blind4_damage import DAMAGE
from benchmarks.blind4_exports import EXPORTS, GRAMMARS
from benchmarks.blind4_kinds import BLIND4
from benchmarks.blind_kinds import expand
from benchmarks.clean_texts import distinct

MAKERS = DAMAGE | EXPORTS


@pytest.mark.parametrize("kind", BLIND4, ids=lambda kind: kind.name)
def test_a_kind_makes_sixty_different_rows_of_many_shapes(kind, clean_rows, made_by):
    rows = made_by(kind)
    assert rows == made_by(kind)
    assert rows != made_by(kind, seed=4)
    assert len({row.casefold() for row in rows}) >= 60
    assert len(distinct(rows)) >= 30
    assert not any(row == text for row, text in zip(rows, clean_rows, strict=True))
    assert all(row.strip() and len(row.split()) < 150 for row in rows)


@pytest.mark.parametrize("kind", BLIND4, ids=lambda kind: kind.name)
def test_a_kind_spoils_short_and_odd_texts_too(kind):
    odd = [
        "7 cats and 3 dogs sat here.",
        '"No, not here," he said to us.',
        "A dog barks at the moon.",
        "word " * 60 + "end.",
    ]
    for text in odd:
        for number in range(30):
            assert kind.make(Random(number), text, number).strip() not in ("", text)


@pytest.mark.parametrize("maker", MAKERS.values(), ids=lambda maker: maker.__name__)
def test_a_maker_tells_its_cause_in_one_line(maker):
    assert len(maker.__doc__.strip().splitlines()) == 1


@pytest.mark.parametrize("section", sorted(set(GRAMMARS) - {"reviews with their originals"}))
def test_every_slot_is_filled(section):
    templates, slots = GRAMMARS[section]
    for alternative in [*templates, *(value for values in slots.values() for value in values)]:
        for seed in range(5):
            assert not re.search("[«»⏎\0]", expand(Random(seed), alternative, slots, "One two three four."))


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
