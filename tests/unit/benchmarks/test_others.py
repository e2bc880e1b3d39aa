"""What other systems are compared on: no clean row that a repeat finder could rightly drop, halves that are halves."""

from __future__ import annotations

import json

import pytest

from benchmarks.clean_texts import distinct
from benchmarks.detector import Verdict
from benchmarks.metrics import Score
from benchmarks.others import Labelled, classify, labelled_sets, quality_table, together
from benchmarks.planted import seen_corpora, write_misses
from benchmarks.settings import Settings

SMALL = Settings(num_clean=300, per_kind=3, genre_rows=200)


@pytest.fixture(scope="module")
def labelled() -> Labelled:
    """The one set; its rows take seconds to make."""
    (made,) = labelled_sets(SMALL)
    return made


def test_the_compared_rows_hold_no_repeated_clean_row_and_two_halves(labelled: Labelled):
    clean = [text for text, junk in zip(labelled.texts, labelled.is_junk, strict=True) if not junk]
    assert distinct(clean) == clean
    assert len(clean) > 1000
    assert 200 < sum(labelled.is_junk) < len(clean)
    assert abs(sum(labelled.tested) - len(labelled.texts) / 2) <= 1
    assert labelled_sets(SMALL) == [labelled]


def test_every_system_is_scored_on_the_tested_half_alone(labelled: Labelled):
    trained_right = [junk != tested for junk, tested in zip(labelled.is_junk, labelled.tested, strict=True)]
    everything = [True] * len(labelled.texts)
    found = {"Gadfly": labelled.is_junk, "everything": everything, "other": trained_right}
    table = quality_table(labelled, found, {"everything": 0.3})
    by_name = {row[0]: row for row in table.rows}
    assert by_name["Gadfly"][1:4] == ["1.000", "1.000", "1.000"]
    assert by_name["everything"][2] == "1.000"
    assert by_name["everything"][4] == "0.000"
    assert by_name["other"][2] == "0.000"
    tested = [junk for junk, is_test in zip(labelled.is_junk, labelled.tested, strict=True) if is_test]
    assert f"{Score(sum(tested), len(tested) - sum(tested), 0).f1:.3f}" in str(table)
    assert table.passed + table.missed == 1


def test_sets_are_put_together_in_order():
    first = Labelled("a", ["x", "y"], [True, False], [True, True])
    second = Labelled("b", ["z"], [True], [False])
    whole, found = together([(first, {"Gadfly": [True, True]}), (second, {"Gadfly": [False]})])
    assert whole == Labelled("all rows", ["x", "y", "z"], [True, False, True], [True, True, False])
    assert found == {"Gadfly": [True, True, False]}


def test_the_classifier_learns_from_the_other_half(labelled: Labelled):
    junk, speed = classify(labelled, labelled.texts[:50])
    assert len(junk) == len(labelled.texts)
    assert speed > 0
    right = [a == b for a, b in zip(junk, labelled.is_junk, strict=True)]
    unlearned = [hit for hit, is_test in zip(right, labelled.tested, strict=True) if is_test]
    assert sum(unlearned) / len(unlearned) > 0.8
    assert sum(right) / len(right) > sum(unlearned) / len(unlearned)


def test_misses_are_written_with_what_was_named(tmp_path):
    rows = seen_corpora(SMALL)[0].rows
    judged = [(row, Verdict((row.truth.reason,) if row.truth.reason else ())) for row in rows]
    mojibake = next(place for place, row in enumerate(rows) if row.truth.reason == "mojibake")
    judged[mojibake] = (rows[mojibake], Verdict(("gibberish",)))
    write_misses(judged, tmp_path / "misses.jsonl")
    (line,) = (tmp_path / "misses.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    assert json.loads(line)["reason"] == "mojibake"
    assert json.loads(line)["named"] == ["gibberish"]
