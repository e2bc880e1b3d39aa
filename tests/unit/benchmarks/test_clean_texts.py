"""Clean text: enough of it, distinct by a measure of our own, and the same every time."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks import grammars
from benchmarks.clean_texts import clean_pool, distinct, library_comments, written
from benchmarks.genres import genres
from benchmarks.settings import Settings
from benchmarks.speed import speed_rows


def test_distinct_drops_what_shares_70_percent_of_the_words():
    first = "one two three four five six seven eight nine ten"
    near = "one two three four five six seven eight other words"  # 8 of 10
    far = "one two three four five six seven three other words"  # 7 of 10: not more than 70 %
    assert distinct([first, near]) == [first]
    assert distinct([first, far]) == [first, far]
    assert distinct([first, first.upper()]) == [first]
    assert distinct(["a b c d", "e f g h", "i j k l"], limit=2) == ["a b c d", "e f g h"]


def test_distinct_misses_nothing_that_a_look_at_all_pairs_finds():
    rng = Random(3)
    texts = [" ".join(rng.choices("abcdefghij", k=rng.randint(3, 8))) for _ in range(300)]
    kept: list[list[str]] = []
    for text in dict.fromkeys(texts):
        words = text.split()
        if all(_common(words, other) <= 0.7 * max(len(words), len(other)) for other in kept):
            kept.append(words)
    assert distinct(texts) == [" ".join(words) for words in kept]


def _common(a: list[str], b: list[str]) -> int:
    return sum(min(a.count(word), b.count(word)) for word in set(a))


def test_every_genre_has_200_distinct_rows_without_real_data():
    found = {genre.name: genre for genre in genres(Random(1), Settings())}
    assert len(found) == 8
    for genre in found.values():
        assert len(genre.texts) >= 200, genre.name
        assert len(set(genre.texts)) == len(genre.texts)
        assert genre.source
    assert all(len(text.split()) < 6 for text in found["aphorisms under six words"].texts)
    assert all(len(text.split()) >= 50 for text in found["recipes"].texts)


def test_the_pool_is_distinct_and_the_same_every_time():
    texts = clean_pool(Random(2), 700)
    assert len(texts) == len(set(texts)) == 700
    assert texts == clean_pool(Random(2), 700)
    assert texts != clean_pool(Random(3), 700)


@pytest.mark.parametrize("make", [grammars.sentence, grammars.chat_message, grammars.headline, grammars.recipe])
def test_a_grammar_fills_every_slot(make):
    texts = [make(Random(seed)) for seed in range(200)]
    assert not any("{" in text or "}" in text for text in texts)
    assert len(set(texts)) > 100


def test_comments_of_the_standard_library_are_comments():
    comments = library_comments()
    assert len(comments) > 500
    assert all(line.lstrip().startswith("#") for text in comments for line in text.split("\n"))


def test_written_rows_have_no_blank_ones():
    for name in ("sentences.txt", "poetry.txt", "chat.txt", "headlines.txt", "aphorisms.txt"):
        rows = written(name)
        assert len(rows) == len(set(rows)) >= 100
        assert all(row.strip() for row in rows)


def test_speed_rows_have_30_words_and_follow_their_seed():
    rows = speed_rows(500, 1)
    assert rows == speed_rows(500, 1)
    assert rows != speed_rows(500, 2)
    assert len(rows) == 500
    assert sum(len(row.split()) == 30 for row in rows) > 430
    assert len(set(rows)) > 490
