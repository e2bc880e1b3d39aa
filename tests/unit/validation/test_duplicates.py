"""Exact and near duplicates."""

from __future__ import annotations

import random
import tracemalloc

import numpy as np
import pytest

from tasks.validation import duplicates
from tasks.validation.duplicates import Resemblance, empty_index, index_texts, is_near, kept_rows, normalise, similarity

WORDS = ["river", "stone", "market", "king", "silver", "winter", "garden", "letter", "candle", "harbour", "mirror"] * 3


def find_resemblance(texts: list[str]) -> Resemblance:
    normal = normalise(texts)
    return duplicates.find_resemblance(index_texts(normal), normal.to_pylist())


def sentence(seed: int, length: int = 14) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length)) + f" {chr(97 + seed % 26)}{seed}x".replace("0", "o")


def test_case_punctuation_and_spaces_make_no_difference() -> None:
    found = find_resemblance(["Be yourself; everyone else!", "be  YOURSELF everyone else", "Be someone else."])
    assert found.first.tolist() == [0, 0, 2]


def test_texts_without_letters_resemble_nothing() -> None:
    assert find_resemblance(["", "", "...", "!!!"]).first.tolist() == [0, 1, 2, 3]


def test_a_changed_word_in_a_long_sentence_is_a_near_duplicate() -> None:
    text = "All that is gold does not glitter, not all those who wander are lost."
    changed = text.replace("glitter", "shimmer")
    found = find_resemblance([text, "Something else entirely is written down in this place.", changed])
    assert found.near.tolist() == [[0, 2]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("chapter 3 of the old book of the sea and land", "chapter 4 of the old book of the sea and land"),
        ("the king loves the old river more than gold", "the beggar fears the deep sea more than death"),
    ],
)
def test_other_facts_in_the_same_form_are_not_near(one: str, other: str) -> None:
    assert not is_near(one, other)


def test_short_texts_have_no_near_duplicates() -> None:
    assert len(find_resemblance(["I love you so", "I love you too"]).near) == 0


def test_a_short_answer_with_another_yes_or_no_is_not_near() -> None:
    assert is_near("polus i should say that it is so", "polus i should say that it was so")
    assert not is_near("polus i should say that it is so", "polus i should say that it is no")


def test_a_contract_says_from_how_many_words_on_texts_are_near() -> None:
    normal = normalise(["to be or not to be here", "to be or not to be there"])
    assert index_texts(normal).is_long_enough.all()
    assert not index_texts(normal, min_near_words=10).is_long_enough.any()


def test_similarity_counts_the_common_subsequence() -> None:
    assert similarity("abcd", "abcd") == 1
    assert similarity("abcd", "bd") == pytest.approx(2 * 2 / 6)
    assert similarity("ab", "cd") == 0


def test_proposed_pairs_are_those_that_comparing_all_finds() -> None:
    """LSH may miss a pair now and then, never invent one; here, of 60 planted pairs, it must find 57."""
    texts: list[str] = normalise([sentence(seed, 20) for seed in range(200)]).to_pylist()
    texts += [text.replace(" ", " oddly ", 1) for text in texts[:60]]
    expected = {(a, b) for a in range(len(texts)) for b in range(a + 1, len(texts)) if is_near(texts[a], texts[b])}
    found = set(map(tuple, find_resemblance(texts).near.tolist()))
    assert found <= expected
    assert len(found) >= 0.95 * len(expected) >= 57


def test_a_crowd_of_equal_shingles_is_not_compared_pair_by_pair() -> None:
    texts = [
        f"the weather in the village by the sea was fine and dry {a}{b}"
        for a in "abcdefghijklmnopqrst"
        for b in "abcdefghijklmnopqrst"
    ]
    found = find_resemblance(texts)
    exact, near = kept_rows(found, np.arange(len(texts)))
    assert (exact < 0).all()
    assert (near >= 0).sum() > 0.9 * len(texts)
    assert len(found.near) < 60 * len(texts)


def test_the_kept_row_is_the_preferred_one() -> None:
    found = find_resemblance(["same text", "other words", "same text"])
    exact, _ = kept_rows(found, np.array([2, 1, 0]))
    assert exact.tolist() == [2, -1, -1]


def test_a_chain_drops_only_rows_that_resemble_a_kept_one() -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    chain = [" ".join(words), " ".join(["zebra", *words[1:]]), " ".join(["zebra", "yak", *words[2:]])]
    found = find_resemblance(chain)
    assert found.near.tolist() == [[0, 1], [1, 2]]
    assert kept_rows(found, np.arange(3))[1].tolist() == [-1, 0, -1]


def test_a_text_with_a_remark_behind_it_is_near_and_one_among_many_words_is_not() -> None:
    text = "who sketches the stingy butlers curtain after supper in town"
    assert is_near(text, f"{text} in the end")
    assert is_near(f"well well {text}", text)
    assert not is_near(text, f"{text} is what the old man asked me in the end of the day")


def test_a_remark_makes_a_short_text_another() -> None:
    assert not is_near("what do you mean", "what do you mean socrates")
    assert not is_near("i am asking a question", "polus i am asking a question of you")
    assert is_near("i do not understand the question", "i do not understnad the question")


def test_the_index_takes_129_bytes_a_row() -> None:
    index = index_texts(normalise([sentence(seed) for seed in range(50)]))
    assert sum(part.nbytes for part in index) == 129 * 50


def test_finding_duplicates_takes_at_most_200_bytes_a_row_with_the_index() -> None:
    """Of rows that don't resemble each other; some share a band by chance."""
    num_rows, draws = 100_000, np.random.RandomState(0)
    index = empty_index(num_rows)
    index.exact[:] = draws.randint(1, 2**62, num_rows)
    index.bands[:] = draws.randint(0, 2**32, index.bands.shape, np.uint32)
    index.sketch[:] = draws.randint(0, 2**8, index.sketch.shape, np.uint8)
    index.is_long_enough[:] = True
    tracemalloc.start()
    try:
        duplicates.find_resemblance(index, [])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(part.nbytes for part in index) + peak < 200 * num_rows


def test_crowded_and_small_buckets_give_their_pairs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of pairs make no difference; a crowd gives pairs with its first member and with neighbours only."""
    keys = np.array([7] * (duplicates.CROWD + 2) + [1, 2, 2, 3, 3, 3], np.uint32)
    whole = np.concatenate(list(duplicates._bucket_pairs(keys)))
    monkeypatch.setattr(duplicates, "CHUNK_PAIRS", 4)
    parts = np.concatenate(list(duplicates._bucket_pairs(keys)))
    assert set(map(tuple, parts.tolist())) == set(map(tuple, whole.tolist()))
    last = duplicates.CROWD + 1
    crowd = {(0, other) for other in range(1, last + 1)} | {(row, row + 1) for row in range(last)}
    small = {(last + 2, last + 3), (last + 4, last + 5), (last + 4, last + 6), (last + 5, last + 6)}
    assert set(map(tuple, whole.tolist())) == crowd | small
