"""What the judge is trained on: every maker works and repeats itself, families are of kinds that there are."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from benchmarks.blind4_kinds import BLIND4
from benchmarks.blind_kinds import BLIND
from benchmarks.planted_kinds import SEEN
from benchmarks.row_grammars import expand, grammars_in
from benchmarks.unlike_text.examples import family_of
from benchmarks.unlike_text.families import FAMILIES
from benchmarks.unlike_text.noise import Noise
from benchmarks.unlike_text.sources import joined_tokens, not_to_learn, pieces, to_learn
from benchmarks.unlike_text.variety import Variety
from benchmarks.unseen_corruptions import UNSEEN

TEXT = "The old ferry leaves at noon, and nobody who's late has ever caught it by running."
NOISE = Noise([TEXT, "Bread rises slowly where the kitchen is cold."], TEXT.replace(",", "").split())
VARIETY = Variety({"ferry": ["train", "tram"], "noon": ["dusk"]}, [TEXT, "It rained all day."])


@pytest.mark.parametrize("name", NOISE.kinds())
def test_noise_spoils_a_text_and_follows_from_its_seed(name):
    make = NOISE.kinds()[name]
    rows = [make(Random(number), TEXT, number) for number in range(12)]
    assert rows == [make(Random(number), TEXT, number) for number in range(12)]
    assert rows.count(TEXT) <= 3, "what damage leaves as it was is no junk, and isn't learnt from"
    assert len({*rows} - {TEXT}) >= 3


@pytest.mark.parametrize("name", VARIETY.kinds())
def test_a_varied_text_keeps_most_of_its_words_in_their_order(name):
    vary = VARIETY.kinds()[name]
    rows = [vary(Random(number), TEXT) for number in range(12)]
    assert rows == [vary(Random(number), TEXT) for number in range(12)]
    assert len(set(rows)) > 1 or name == "no full stop"
    assert all({"nobody", "has", "ever"} & set(row.lower().split()) or name == "titles" for row in rows)


@pytest.mark.parametrize("file", ["unlike_text_clean.txt", "unlike_text_junk.txt"])
def test_every_template_fills_its_slots(file):
    sections = grammars_in(file)
    assert len(sections) > 10
    for templates, slots in sections.values():
        for template in templates:
            for seed in range(8):
                assert "«" not in expand(Random(seed), template, slots, TEXT)


def test_families_name_kinds_that_there_are_and_none_twice():
    kinds = {kind.name for kind in (*SEEN, *UNSEEN, *BLIND, *BLIND4)}
    kinds |= {f"noise: {name}" for name in NOISE.kinds()} | {
        f"grammar: {n}" for n in grammars_in("unlike_text_junk.txt")
    }
    named = [kind for family in FAMILIES.values() for kind in family]
    assert set(named) <= kinds
    assert len(named) == len(set(named))
    assert {family_of(kind.name) for kind in (*BLIND, *BLIND4)} <= {*FAMILIES, "encodings and escapes"}


def test_tokens_are_put_together_again():
    assert joined_tokens("He said , \" It 's a well @-@ known ( old ) trick , is n't it ? \"") == (
        "He said, \"It's a well-known (old) trick, isn't it?\""
    )


def test_pieces_are_whole_sentences_in_order():
    text = "One came first of all. Two followed it at once. Three was late as ever. Four never came at all."
    assert " ".join(pieces([text], Random(2))) == text


def test_what_counts_as_seen_is_never_learnt_from():
    texts = [f"Line {number} of a text that nobody wrote." for number in range(200)]
    learnt, seen = to_learn(texts), not_to_learn(texts)
    assert 60 < len(learnt) < 140
    assert sorted(learnt + seen) == sorted(texts)


def test_folds_keep_kinds_and_sources_together():
    from benchmarks.unlike_text.__main__ import NUM_FOLDS, folds_by
    from benchmarks.unlike_text.training import Examples

    names = np.array([f"kind {number}" for number in range(24)] * 3)
    is_junk = np.arange(72) % 2 == 0
    examples = Examples([""] * 72, names, is_junk, None, {}, np.zeros((72, 1), np.float32), ["one"])
    folds = folds_by(examples, lambda kind: kind)
    assert all(len(set(folds[names == name])) == 1 for name in set(names.tolist()))
    assert set(folds.tolist()) == set(range(NUM_FOLDS))
