"""A version counts as reproduced to the bit, or within noise where nothing it was given differs; never otherwise."""

from __future__ import annotations

import os
from types import SimpleNamespace

from flows.reproduce import scratch_home
from flows.reproduced import given_otherwise, held_against, outcome_of
from tasks import home
from tasks.artifacts import ArtifactRef

STAGES = ("ingestion", "validation", "tokenization", "training", "evaluation")
WITHIN = {"within_noise": True, "judgement": "No better."}
BEYOND = {"within_noise": False, "judgement": "Better."}


def made(**digests):
    return {
        stage: SimpleNamespace(outputs={"made": ArtifactRef(kind="k", digest=digests.get(stage, f"sha256:{stage}"))})
        for stage in STAGES
        if digests.get(stage) != "none"
    }


def outcome(changes=(), comparison=None, **digests):
    return outcome_of("demo@7", held_against(made(), made(**digests)), changes, comparison)


def test_equal_digests_are_to_the_bit_even_where_the_code_changed():
    assert outcome() == (True, "demo@7 is reproduced to the bit: all 5 stages give what was recorded.")
    reproduced, told = outcome(changes=["code changed: tasks.packing"])
    assert reproduced
    assert "though what made it changed" in told


def test_other_bits_behind_equal_keys_need_to_be_within_noise():
    reproduced, told = outcome(comparison=WITHIN, training="sha256:x", evaluation="sha256:y")
    assert reproduced
    assert "within noise, not to the bit: training, evaluation differ" in told
    assert not outcome(comparison=BEYOND, training="sha256:x")[0]
    assert not outcome(comparison=None, training="sha256:x")[0], "the recorded scores are lost"


def test_within_noise_is_no_excuse_for_other_code_or_other_rows():
    assert not outcome(changes=["code changed: a"], comparison=WITHIN, training="sha256:x")[0]
    assert not outcome(comparison=WITHIN, validation="sha256:x")[0]


def test_what_was_not_reached_is_not_reproduced():
    reproduced, told = outcome(tokenization="sha256:x", training="none", evaluation="none")
    assert not reproduced
    assert told == (
        "demo@7 is not reproduced: tokenization differ; stopped before training, which would read something else than "
        "it did."
    )


def test_each_difference_in_what_was_given_is_a_line_and_its_consequences_are_none():
    def key(path, code, library, rows):
        return {
            "config": {"config": {"path": path}},
            "inputs": {"rows": rows},
            "code": {"tasks.packing": code},
            "libraries": {"torch": library},
            "plumbing": 1,
        }

    recorded = {"ingestion": key("sha256:1", "a", "2.13.0", "sha256:1"), "training": key("x", "a", "2.13.0", "1")}
    remade = {"ingestion": key("sha256:2", "a", "2.13.0", "sha256:2")}
    assert given_otherwise(recorded, remade) == ["the source changed: sha256:1 → sha256:2"]
    remade = {**recorded, "training": key("y", "b", "2.14.0", "2")}
    assert given_otherwise(recorded, remade) == [
        "config of training, path: x → y",
        "code changed: tasks.packing a → b (in training)",
        "library changed: torch 2.13.0 → 2.14.0 (in training)",
    ]


def test_the_scratch_home_knows_the_split_and_nothing_else(gadfly_home, monkeypatch):
    monkeypatch.setenv("GADFLY_STORE", "memory://elsewhere")
    state = home.state_folder()
    (state / "splits").mkdir(parents=True)
    (state / "splits" / "holdout.parquet").write_text("sides")
    (state / "purged.txt").write_text("abc\n")
    (state / "store").mkdir()
    with scratch_home() as folder:
        assert home.home() == folder.resolve()
        assert {path.name for path in home.state_folder().iterdir()} == {"splits", "purged.txt"}
        (home.state_folder() / "splits" / "holdout.parquet").write_text("changed")
    assert not folder.exists()
    assert home.state_folder() == state
    assert os.environ["GADFLY_STORE"] == "memory://elsewhere"
    assert (state / "splits" / "holdout.parquet").read_text() == "sides"
