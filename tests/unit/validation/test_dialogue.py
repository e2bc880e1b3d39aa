"""Echoes: an answer that is its question, and one that only shares its words."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tasks.validation.signals import PAIR_SIGNALS
from tasks.validation.text_column import TextColumn


def echoes(completions: list[str], prompts: list[str]) -> list[float]:
    columns = [TextColumn(pa.array(texts, pa.large_string())) for texts in (completions, prompts)]
    return [float(value) for value in PAIR_SIGNALS["echo"].measure(*columns)]


@pytest.mark.parametrize(
    ("completion", "prompt", "expected"),
    [
        ("what is virtue", "What is virtue?", 1.0),
        ("The cat sat on a mat.", "The cat sat on the mat.", 10 / 12),
        ("a b c d e f g h i j k", "a b c d e f g h i j", 20 / 21),
        ("Life is good.", "Is life good?", 4 / 6),  # the same words in another order: an answer
        ("Gravity pulls things together.", "Explain gravity.", 0.0),  # below a half
        ("", "", 0.0),
        ("Yes.", "", 0.0),
    ],
)
def test_echo_is_the_share_of_matching_words(completion: str, prompt: str, expected: float) -> None:
    assert echoes([completion], [prompt]) == [pytest.approx(expected)]


def test_a_pair_is_measured_the_same_among_others() -> None:
    completions = ["one two three four", "", "five six", "one two", "the the the"]
    prompts = ["one two three", "x", "five six", "two one", "the"]
    alone = [echoes([first], [second])[0] for first, second in zip(completions, prompts, strict=True)]
    assert echoes(completions, prompts) == alone
    assert echoes([], []) == []
