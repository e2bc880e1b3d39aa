"""The adapter: what the validator says reaches the benchmarks unchanged."""

from __future__ import annotations

from benchmarks.detector import Verdict, judge, profile
from benchmarks.labels import edited
from benchmarks.metrics import token_edit_similarity
from benchmarks.planted import is_caught

CLEAN = [
    "The ferry was late again, so we shared a bag of oranges on the pier.",
    "A good teacher asks the question that you were hoping nobody would ask.",
    "You cannot learn to swim by reading about water in a warm library.",
    "Her first novel sold three hundred copies, most of them to her uncle.",
]


def test_verdicts_come_in_the_rows_order_with_every_reason():
    verdicts = judge({"text": [*CLEAN, "Ok", "<p>The museum closes at five, but the guard stays until six.</p>"]})
    assert [bool(verdict.reasons) for verdict in verdicts] == [False, False, False, False, True, False]
    assert "too_short" in verdicts[4].named
    assert verdicts[5].named == {"html_residue"}
    assert verdicts[5].repaired == "The museum closes at five, but the guard stays until six."


def test_a_listed_text_is_a_leak():
    verdicts = judge({"text": CLEAN}, leak_texts={"benchmark_leak": [CLEAN[2]]})
    assert [verdict.reasons for verdict in verdicts] == [(), (), ("benchmark_leak",), ()]


def test_a_repeat_names_the_row_that_was_kept():
    verdicts = judge({"text": [*CLEAN, CLEAN[1].upper()]})
    assert verdicts[4].kept == 1


def test_bytes_that_are_no_text_go_through_ingestion():
    verdicts = judge({"text": [*CLEAN, "naïve café über", b"broken \xff\xfe bytes in the middle of a row"]})
    assert "undecodable" in verdicts[5].named
    assert not any(verdict.reasons for verdict in verdicts[:4])


def test_an_unknown_profile_falls_back_to_short_text():
    assert profile("short_text") == "short_text"
    assert profile("no such contract") == "short_text"


def test_a_repaired_row_counts_as_caught_for_what_it_was_repaired_for_only():
    verdict = Verdict(repaired="café", repaired_for=("mojibake",))
    assert is_caught(verdict)
    assert verdict.named == {"mojibake"}
    assert not is_caught(Verdict())


def test_edited_copies_have_about_the_similarity_asked_for():
    from random import Random

    text = " ".join(f"{word}" for word in (CLEAN[0] + " " + CLEAN[1] + " " + CLEAN[2]).split()[:40])
    for wanted in (0.95, 0.9, 0.7):
        copies = [edited(Random(seed), text, wanted, ["walnut", "pebble"]) for seed in range(50)]
        mean = sum(token_edit_similarity(text, copy) for copy in copies) / len(copies)
        assert abs(mean - wanted) < 0.05
