"""The learnt judge: what a token is, that rows don't see each other, and what it says of texts it wasn't trained on."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from tasks.validation.row_sums import Rows
from tasks.validation.signals import measure
from tasks.validation.text_column import TextColumn
from tasks.validation.token_stream import DIGITS, END, FIRST_MARK, LETTERS, LINE_BREAK, MARKS, TokenStream
from tasks.validation.unlike_text import trained_judge, what_speaks_against

CLEAN = [
    "My aunt kept bees for thirty years and was stung, by her own count, eleven times.",
    "The committee met on Tuesday, agreed on nothing, and decided to meet again.",
    "“If you can't mend it,” he'd say, “you don't own it.”",
    "# the cache holds one entry a file, so nothing has to be read twice",
    "Two roads led to the harbour;\nwe took the one with the bakery.",
]
JUNK = [
    "nsubj(bees-4, aunt-2) det(years-7, thirty-6) root(ROOT-0, kept-3) punct(kept-3, .-17)",
    "Size: XL ▸ Qty: 2 ▸ Ships in 3-5 days ▸ Add to wishlist ▸ Compare (0)",
    "{{#if user}} Hello {{user.first}} {{else}} Sign in {{/if}} ||| fr ||| 0.82",
]


def mark(character: str) -> int:
    return FIRST_MARK + MARKS.index(character)


def test_a_token_is_a_run_of_letters_digits_or_one_mark():
    stream = TokenStream(TextColumn(["Don't — pay 12...\nok"]))
    expected = [LETTERS, mark("-"), LETTERS, DIGITS, mark("."), LINE_BREAK, LETTERS, END]
    assert stream.groups.tolist() == expected
    assert stream.lengths.tolist()[:5] == [5, 1, 3, 2, 3]
    assert stream.after_space.tolist()[:4] == [False, True, True, True]


def test_words_are_equal_whatever_their_capitals_and_apostrophes():
    stream = TokenStream(TextColumn(["it’s", "IT'S", "its"]))
    words = stream.hashes[stream.groups == LETTERS]
    assert words[0] == words[1] != words[2]
    assert stream.capitals[stream.groups == LETTERS].tolist() == [0, 3, 0]


def test_sums_and_windows_end_with_their_row():
    rows = Rows(TokenStream(TextColumn(["a b c", "", "d e"])))
    values = np.array([1, 2, 4, 0, 0, 8, 16, 0])
    assert rows.counts.tolist() == [3, 0, 2]
    assert rows.total(values).tolist() == [7, 0, 24]
    assert rows.most(values, 2).tolist() == [6, 0, 24]


def test_a_row_is_judged_alike_alone_and_among_others():
    texts = [*CLEAN, "", *JUNK, "x", "no", *CLEAN]
    together = measure("unlike_text", texts)
    alone = np.array([measure("unlike_text", [text])[0] for text in texts])
    assert np.allclose(together, alone, atol=1e-5)


def test_junk_of_unknown_kinds_is_told_from_clean_texts():
    clean, junk = measure("unlike_text", CLEAN), measure("unlike_text", JUNK)
    assert clean.max() < junk.min()
    assert junk.min() > 0.9


def test_other_languages_and_texts_of_a_word_or_two_are_not_judged():
    assert measure("unlike_text", JUNK, language="de").tolist() == [0, 0, 0]
    assert measure("unlike_text", ["", "||||", "{{x"]).tolist() == [0, 0, 0]


def test_nothing_to_judge_is_judged():
    assert measure("unlike_text", []).tolist() == []
    assert np.isnan(measure("unlike_text", [None])[0])


def test_a_fall_is_what_the_log_odds_lose_with_one_measure_made_clean():
    judge = trained_judge()
    _, values = judge.measured(TextColumn(JUNK))
    deviations = judge.deviations(values)
    falls = judge.falls(deviations[0])
    for place in range(len(falls)):
        clean = deviations[:1].copy()
        clean[0, place] = 0
        assert np.isclose(falls[place], (judge.log_odds(deviations[:1]) - judge.log_odds(clean))[0], atol=1e-3)
    assert np.abs(falls).max() > 0.1


def test_what_speaks_against_a_text_is_named_worst_first():
    names, _ = trained_judge().measured(TextColumn(JUNK))
    for line, probability in zip(
        what_speaks_against(JUNK, np.array([0.99, 0.98, 0.97])), (0.99, 0.98, 0.97), strict=True
    ):
        shown, _, measures = line.partition(": ")
        assert float(shown) == pytest.approx(probability)
        named = [part.rpartition(" ")[0] for part in measures.split(", ")]
        assert 1 <= len(named) <= 3
        assert set(named) <= set(names)


def test_a_rejected_row_keeps_its_probability_and_what_speaks_against_it():
    from tasks.validation.contract import INGEST_ERROR, Rule
    from tasks.validation.findings import Measurements

    texts = [CLEAN[0], None, JUNK[0]]
    columns = {"row_id": ["a", "b", "c"], INGEST_ERROR: [None] * 3, "text": texts}
    rows = pa.table({name: pa.chunked_array([pa.array(values, pa.large_string())]) for name, values in columns.items()})
    rule = Rule(reason="unlike_text", signal="unlike_text", max=0.9)
    found = Measurements(rows, "en").finding(rule)
    assert found.failed.tolist() == [False, False, True]
    values = found.failed_values()
    assert list(values) == [2]
    assert values[2] == what_speaks_against([JUNK[0]], measure("unlike_text", [JUNK[0]]))[0]
