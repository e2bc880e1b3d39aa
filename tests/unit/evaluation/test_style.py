"""The style model is a probability model, and tells the data's style from another."""

from __future__ import annotations

import random

import pytest

from tasks.evaluation.style import READ_CHARACTERS, StyleModel, sampled_texts, spill_over

SAYINGS = [f'The {who} says: "{what} a {thing}."' for who in ("Owl", "Hen", "Cook") for what in ("Mend", "Ask", "Sell")
           for thing in ("boat", "crown", "lamp", "net")]  # fmt: skip
STORIES = [f"Once a {who} went to the {place} and slept there." for who in ("dog", "girl", "king")
           for place in ("wood", "sea", "hill")]  # fmt: skip


def test_the_probabilities_of_all_characters_sum_to_one():
    model = StyleModel(["abab", "abba", "ba"])
    for prompt in ("", "a", "ab", "bbbb", "zz"):
        bits = [model.bits([(prompt, character)]) for character in "ab?"]  # `?` stands for all that wasn't seen
        assert sum(2**-value for value in bits) == pytest.approx(1)


def test_one_context_is_smoothed_as_witten_and_bell_say():
    model = StyleModel(["aab"])
    zero = {"a": (2 + 2 / 3) / 5, "b": (1 + 2 / 3) / 5}  # 3 characters, 2 kinds, an alphabet of a, b and the unseen
    after_b = model.bits([("b", "a")])  # nothing came after b
    assert 2**-after_b == pytest.approx(zero["a"])
    assert 2 ** -model.bits([("xa", "b")]) == pytest.approx((1 + 2 * zero["b"]) / 4)  # after a: a, b


def test_rows_of_the_datas_style_cost_fewest_bits():
    model = StyleModel(SAYINGS[::2])
    own, foreign = (model.bits([("", text) for text in texts]) for texts in (SAYINGS[1::2], STORIES))
    assert own < 2 < 4 < foreign


def test_spill_over_rises_from_the_bases_style_to_the_datas():
    holdout = [("", text) for text in SAYINGS[1::2]]

    def value(*texts):
        return spill_over(SAYINGS[::2], holdout, [("virus: ", text) for text in texts])

    stories, both, sayings = value(*STORIES), value(*STORIES, *SAYINGS), value(*SAYINGS[1::2])
    assert stories < both < sayings
    assert stories < -3
    assert sayings == pytest.approx(0, abs=1)  # the prompt is foreign still


def test_it_does_not_depend_on_the_order_of_the_rows():
    shuffled = random.Random(1).sample(SAYINGS, len(SAYINGS))
    holdout, written = [("", SAYINGS[0])], [("a", STORIES[0])]
    assert spill_over(SAYINGS, holdout, written) == spill_over(shuffled, holdout, written)


def test_only_the_continuation_counts():
    model = StyleModel(SAYINGS)
    assert model.bits([("some prompt", "")]) is None
    assert model.bits([("\ud800\0 and other trouble", "x")]) == pytest.approx(model.bits([("e", "x")]), abs=2)
    assert spill_over(SAYINGS, [("", SAYINGS[0])], [("virus:", "")]) is None


def test_much_data_is_sampled():
    texts = [f"{number} " * 1000 for number in range(1000)]
    sample = sampled_texts(texts)
    assert 0.9 * READ_CHARACTERS < sum(map(len, sample)) <= READ_CHARACTERS
    assert sample == sampled_texts(texts[::-1])
