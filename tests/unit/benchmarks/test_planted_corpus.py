"""The planted corpora: the same every time, with the truth told right."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from functools import cache
from random import Random

import pytest

from benchmarks.blind4_kinds import BLIND4
from benchmarks.blind_kinds import BLIND
from benchmarks.clean_texts import clean_pool
from benchmarks.detector import Verdict
from benchmarks.planted import REPEATS, is_caught, without
from benchmarks.planted_corpus import Corpus, plant, true_by_definition
from benchmarks.planted_kinds import SEEN
from benchmarks.unseen_corruptions import UNSEEN

REASONS = """
missing empty undecodable mojibake lost_characters control_characters html_residue url_only placeholder boilerplate
machine_text escape_residue run_together footnote_marks stray_punctuation
too_short too_long truncated repetition gibberish symbol_heavy wrong_language duplicate near_duplicate holdout_leak
benchmark_leak attribution_conflict disputed_attribution pii special_token_in_text speaker_only prompt_echo refusal
"""


@cache
def pool() -> tuple[str, ...]:
    return tuple(clean_pool(Random(5), 720))


def corpora(kinds=SEEN, per_kind=4, seed=7) -> list[Corpus]:
    return plant(Random(seed), kinds, pool(), per_kind, num_clean=260)


def fingerprint() -> str:
    rows = [
        [corpus.profile, row.kind, row.truth.reason, sorted(row.truth.also), repr(sorted(row.columns.items()))]
        for kinds in (SEEN, UNSEEN, BLIND)
        for corpus in corpora(kinds)
        for row in corpus.rows
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def test_every_reason_is_planted_and_a_third_of_the_kinds_is_in_the_other_groups():
    assert {kind.reason for kind in SEEN} == set(REASONS.split())
    assert len(SEEN) >= 24
    assert (len(UNSEEN) + len(BLIND)) * 3 >= len(SEEN) + len(UNSEEN) + len(BLIND)
    assert len(BLIND) >= 50
    assert len(BLIND4) == 24
    names = [kind.name for kind in (*SEEN, *UNSEEN, *BLIND, *BLIND4)]
    assert len(names) == len(set(names))


def test_the_same_seed_gives_the_same_corpus():
    assert fingerprint() == fingerprint()


def test_another_process_gives_the_same_corpus():
    code = "import sys; sys.path[:0] = sys.argv[1:]; import test_planted_corpus as t; print(t.fingerprint())"
    here = __file__.rsplit("/", 1)[0]
    done = subprocess.run([sys.executable, "-c", code, here, *sys.path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == fingerprint()


def test_another_seed_gives_another_corpus():
    assert [row.columns for row in corpora()[0].rows] != [row.columns for row in corpora(seed=8)[0].rows]


def test_each_kind_gets_its_rows_and_clean_rows_stay_clean():
    rows = [row for corpus in corpora() for row in corpus.rows]
    counts = Counter(row.kind for row in rows if row.kind)
    assert counts == {kind.name: min(4, kind.most) for kind in SEEN}
    assert all(not row.truth.reason for row in rows if not row.kind)
    assert sum(not row.kind for row in corpora()[0].rows) == 260


@pytest.mark.parametrize("kind", [*SEEN, *UNSEEN, *BLIND], ids=lambda kind: kind.name)
def test_a_kind_changes_every_row_and_depends_on_nothing_but_its_arguments(kind):
    for number in range(min(8, kind.most)):
        made = kind.make(Random(number), pool()[number], number)
        assert made == kind.make(Random(number), pool()[number], number)
        if not kind.copies and not kind.leaks:
            assert made != pool()[number]


def test_no_row_of_a_kind_repeats_another():
    for kinds in (SEEN, UNSEEN, BLIND):
        for corpus in corpora(kinds):
            junk = [row for row in corpus.rows if row.truth.reason not in ("", "empty", "duplicate")]
            contents = Counter((row.kind, repr(sorted(row.columns.items()))) for row in junk)
            assert max(contents.values()) == 1


def test_being_called_a_repeat_is_not_caught():
    assert not is_caught(without(REPEATS, Verdict(("duplicate", "near_duplicate"))))
    assert is_caught(without(REPEATS, Verdict(("near_duplicate", "gibberish"))))


def test_a_copy_comes_after_its_original():
    for corpus in corpora():
        places = {id(row): place for place, row in enumerate(corpus.rows)}
        copies = [row for row in corpus.rows if row.original is not None]
        assert all(places[id(row)] > places[id(row.original)] for row in copies)


def test_leaked_rows_are_those_the_user_lists():
    corpus = corpora()[0]
    for reason in ("holdout_leak", "benchmark_leak"):
        texts = [row.columns["text"] for row in corpus.rows if row.truth.reason == reason]
        assert sorted(texts) == sorted(corpus.leak_texts[reason])


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("Nothing is wrong here.", set()),
        ("Too short", {"too_short"}),
        ("word " * 801, {"too_long"}),
        ("A bell \x07 rings here.", {"control_characters"}),
        ("It\x92s from Windows, really.", {"control_characters", "mojibake"}),
        ("10 - 11 - 12 no", {"symbol_heavy"}),
    ],
)
def test_what_a_form_implies(text, reasons):
    assert true_by_definition(text, "short_text") == reasons


def test_no_reason_is_its_own_excuse():
    assert all(row.truth.reason not in row.truth.also for corpus in corpora() for row in corpus.rows if row.kind)
