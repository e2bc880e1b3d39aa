"""Questions about a column's texts: gates change what they cost, never what they answer."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.validation.duplicates import normalise
from tasks.validation.text_column import BEYOND_ASCII, Floats, TextColumn

TEXTS = ["plain words", "a <b>bold</b> one", "", "caf\u00e9", "[x] is 3 < 4", "tab\there", "\u0414\u043e\u043c 5"]


@pytest.mark.parametrize(
    ("characters", "rows"),
    [("<", [1, 4]), ("[]", [4]), ("0123456789", [4, 6]), ("\t", [5]), (BEYOND_ASCII, [3, 6]), ("#\uff03", [3, 6])],
)
def test_rows_holding_characters_are_found(characters: str, rows: list[int]) -> None:
    assert np.flatnonzero(TextColumn(TEXTS).holding(characters)).tolist() == rows


def test_a_pattern_finds_the_same_with_what_it_needs() -> None:
    column = TextColumn(TEXTS)
    for pattern, needs in ((r"</?b>", "<"), (r"\d", "0123456789"), (r"\p{Cyrillic}", BEYOND_ASCII), (r"~", "~")):
        assert column.matches(pattern, needs).tolist() == column.matches(pattern).tolist()
        assert column.counts(pattern, needs).tolist() == column.counts(pattern).tolist()
    assert column.counts(r"</?b>", "<").tolist() == [0, 2, 0, 0, 0, 0, 0]


def test_a_measure_of_no_rows_is_not_taken() -> None:
    def refuse(_: TextColumn) -> Floats:
        raise AssertionError("nothing was chosen")

    assert TextColumn(TEXTS).among(np.zeros(len(TEXTS), bool), refuse).tolist() == [0.0] * len(TEXTS)


def test_words_are_the_same_in_ascii_rows_and_in_others() -> None:
    words = TextColumn(["Don't stop, 2 go!", "", "\u2014Caf\u00e9 \u2018n\u2019 \u0414\u043e\u043c", "--"]).words
    found = [words.vocabulary[code] for code in words.codes.tolist()]
    assert found == ["don't", "stop", "2", "go", "caf\u00e9", "n\u2019", "\u0434\u043e\u043c"]
    assert words.rows.tolist() == [0, 0, 0, 0, 2, 2, 2]
    assert words.counts.tolist() == [4, 0, 3, 0]


@pytest.mark.parametrize("texts", [["", "a b a", "", "c", "--"], ["b c"], ["", ""], []])
def test_totals_of_words_are_each_rows_own(texts: list[str]) -> None:
    words = TextColumn(texts).words
    weights = np.array([{"a": 1.0, "b": 2.5, "c": -4.0}[word] for word in words.vocabulary], float)
    expected = [sum(weights[code] for code in words.codes[words.rows == row]) for row in range(len(texts))]
    assert words.total(weights).tolist() == expected
    assert words.total(weights > 2).tolist() == [text.count("b") for text in texts]
    chosen = np.arange(len(texts)) % 2 == 1
    assert words.of_rows(chosen).total(weights).tolist() == (np.array(expected) * chosen).tolist()


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  Don't -- stop!  ", "dont stop"),
        ("a \u2014 b\u2026", "a b"),
        ("a\u2014b", "a b"),
        ("x \u2022. y", "x y"),
        ("\ufb01ne", "fine"),
        ("\u2026!", ""),
    ],
)
def test_normal_texts_have_single_spaces_between_words(text: str, normal: str) -> None:
    assert normalise([text]).to_pylist() == [normal]
