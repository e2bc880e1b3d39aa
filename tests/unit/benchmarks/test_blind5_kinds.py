"""The fifth group: rows follow from their seed, differ from each other, and bear their damage."""

from __future__ import annotations

import re
from random import Random

import pytest

from benchmarks.blind5_damage import DAMAGE, GRAMMARS
from benchmarks.blind5_frames import FRAMES
from benchmarks.blind5_kinds import BLIND5
from benchmarks.blind_kinds import expand
from benchmarks.clean_texts import distinct

MAKERS = DAMAGE | FRAMES
TEXT = "The old ferry leaves at noon, and nobody who's late has ever caught it by running."


@pytest.mark.parametrize("kind", BLIND5, ids=lambda kind: kind.name)
def test_a_kind_makes_sixty_different_rows(kind, clean_rows, made_by):
    rows = made_by(kind)
    assert rows == made_by(kind)
    assert rows != made_by(kind, seed=4)
    assert len({row.casefold() for row in rows}) >= 60
    assert len(distinct(rows)) >= 25
    assert not any(row == text for row, text in zip(rows, clean_rows, strict=True))
    assert all(row.strip() and len(row.split()) < 150 for row in rows)


@pytest.mark.parametrize("kind", BLIND5, ids=lambda kind: kind.name)
def test_a_kind_spoils_short_and_odd_texts_too(kind):
    for text in ("7 cats and 3 dogs sat here.", '"No, not here," he said to us.', "A dog barks at the moon."):
        for number in range(30):
            assert kind.make(Random(number), text, number).strip() not in ("", text)


@pytest.mark.parametrize("maker", MAKERS.values(), ids=lambda maker: maker.__name__)
def test_a_maker_tells_its_cause_in_one_line(maker):
    assert len(maker.__doc__.strip().splitlines()) == 1


@pytest.mark.parametrize("section", sorted(GRAMMARS))
def test_every_slot_is_filled(section):
    templates, slots = GRAMMARS[section]
    for alternative in [*templates, *(value for values in slots.values() for value in values)]:
        for seed in range(5):
            assert not re.search("[«»⏎\0]", expand(Random(seed), alternative, slots, "One two three four."))


def test_a_third_of_the_words_is_missing():
    words = TEXT.split()
    left = {" ".join(word for at, word in enumerate(words) if at % 3 != first) for first in range(3)}
    assert {MAKERS["every third word missing"](Random(seed), TEXT, 0) for seed in range(20)} == left


def test_a_window_begins_and_ends_within_a_word():
    made = MAKERS["window of a document"](Random(1), TEXT, 0)
    assert TEXT in made
    assert made[0].islower()
    assert made[-1].isalpha()


def test_words_in_random_order_are_the_same_words():
    made = MAKERS["words in random order"](Random(1), TEXT, 0)
    assert sorted(made.split()) == sorted(TEXT.split())
    assert made != TEXT
