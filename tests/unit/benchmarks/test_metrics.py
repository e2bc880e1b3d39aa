"""The benchmarks' arithmetic: a figure that flatters is worse than none."""

from __future__ import annotations

import pytest

from benchmarks.metrics import Score, Truth, growth_exponent, score, score_reason, token_edit_similarity
from benchmarks.planted import left_out
from benchmarks.printing import Table, at_least, at_most

CLEAN, MOJIBAKE, SHORT = Truth(), Truth("mojibake"), Truth("too_short", frozenset({"truncated"}))


def test_a_score_counts_hits_false_alarms_and_misses():
    got = score([True, True, True, False, False], [True, True, False, True, False])
    assert got == Score(true_positives=2, false_positives=1, false_negatives=1)
    assert got.precision == pytest.approx(2 / 3)
    assert got.recall == pytest.approx(2 / 3)
    assert got.f1 == pytest.approx(2 / 3)


def test_nothing_found_is_no_success():
    assert score([True, False], [False, False]).f1 == 0.0
    assert score([False], [False]).precision == 0.0
    assert score([], []).recall == 0.0


def test_decisions_must_match_rows():
    with pytest.raises(ValueError, match="shorter"):
        score([True, False], [True])


def test_a_row_caught_for_another_reason_is_a_miss_for_its_own_and_an_error_for_the_other():
    truths, found = [MOJIBAKE, CLEAN], [{"gibberish"}, set()]
    assert score_reason("mojibake", truths, found) == Score(0, 0, 1)
    assert score_reason("gibberish", truths, found) == Score(0, 1, 0)


def test_a_reason_that_holds_by_definition_counts_neither_way():
    assert score_reason("truncated", [SHORT], [{"too_short", "truncated"}]) == Score(0, 0, 0)
    assert score_reason("too_short", [SHORT], [{"truncated"}]) == Score(0, 0, 1)


def test_a_clean_row_with_a_reason_is_a_false_alarm():
    assert score_reason("mojibake", [CLEAN, MOJIBAKE], [{"mojibake"}, {"mojibake"}]) == Score(1, 1, 0)


@pytest.mark.parametrize(
    ("a", "b", "similarity"),
    [
        ("a b c d", "a b c d", 1.0),
        ("a b c d", "a x c d", 0.75),  # one replaced
        ("a b c d", "a b c d e", 0.8),  # one added, of five
        ("a b c d", "b c d", 0.75),  # one dropped
        ("a b", "b a", 0.0),  # Levenshtein knows no swaps
        ("", "", 1.0),
        ("a", "", 0.0),
    ],
)
def test_token_edit_similarity(a, b, similarity):
    assert token_edit_similarity(a, b) == pytest.approx(similarity)
    assert token_edit_similarity(b, a) == pytest.approx(similarity)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_growth_exponent_is_that_of_a_power_law(exponent):
    sizes = [10, 100, 1000]
    assert growth_exponent(sizes, [3 * size**exponent for size in sizes]) == pytest.approx(exponent)


def test_leaving_a_kind_out_shows_what_it_carries():
    caught = [("easy", True)] * 6 + [("hard", False)] * 2
    line = left_out(caught)
    assert "recall over all kinds 0.750" in line
    assert "0.000 (without easy) to 1.000 (without hard)" in line


def test_a_figure_is_held_against_its_target_unrounded():
    table = Table("t", ["name", "share"])
    table.add("just below", 0.9499, figure=0.9499, target=at_least(0.95))
    table.add("just above", 0.0501, figure=0.0501, target=at_most(0.05))
    table.add("met", 0.95, figure=0.95, target=at_least(0.95))
    assert (table.passed, table.missed) == (1, 2)
    assert str(table).count("MISS") == 2
    assert "≥ 0.95" in str(table)


def test_a_target_without_a_figure_is_missed():
    table = Table("t", ["name"])
    table.add("nothing measured", target=at_least(0.5))
    assert table.missed == 1
