"""What differs between keys and settings is told once, by name, with the stages it is in."""

from __future__ import annotations

from tasks.key_changes import changes_across, setting_changes, stage_changes


def key(**changes):
    parts = {
        "config": {"config": {"learning_rate": 0.001}},
        "inputs": {"tokens": "sha256:1"},
        "code": {"tasks.packing": "aa", "tasks.training.trainer": "bb"},
        "libraries": {"torch": "2.13.0"},
        "plumbing": 1,
    }
    return parts | changes


def test_a_module_of_two_stages_is_one_change_and_names_both():
    old = {"training": key(), "evaluation": key()}
    edited = {"tasks.packing": "cc", "tasks.training.trainer": "bb", "tasks.new": "dd"}
    new = {"training": key(code=edited), "evaluation": key(code={**key()["code"], "tasks.packing": "cc"})}
    assert changes_across(old, new, "code") == [
        {"name": "tasks.new", "old": None, "new": "dd", "stages": ["training"]},
        {"name": "tasks.packing", "old": "aa", "new": "cc", "stages": ["training", "evaluation"]},
    ]
    assert changes_across(old, new, "libraries") == []


def test_a_stage_that_one_run_hadnt_is_told_and_compared_with_nothing():
    old, new = {"training": key()}, {"training": key(), "training seed 43": key()}
    assert stage_changes(old, new) == {"training seed 43": ["only the new one has this stage"]}
    assert stage_changes(new, old) == {"training seed 43": ["only the old one has this stage"]}
    assert changes_across(old, new, "code") == []


def test_a_stage_tells_each_part_of_its_key():
    changed = key(config={"config": {"learning_rate": 0.01}}, libraries={"torch": "2.14.0"}, plumbing=2)
    assert stage_changes({"training": key()}, {"training": changed}) == {
        "training": ["config learning_rate: 0.001 → 0.01", "library torch: 2.13.0 → 2.14.0", "plumbing format: 1 → 2"]
    }


def test_of_a_list_of_rules_only_the_changed_ones_are_told_whatever_their_place():
    short, long = {"reason": "too_short", "min": 3}, {"reason": "too_long", "max": 800}
    stricter = short | {"min": 8}
    old, new = {"rules": [short, long]}, {"rules": [long, stricter]}
    assert setting_changes(old, new) == [
        {"key": "rules", "old": short, "new": None},
        {"key": "rules", "old": None, "new": stricter},
    ]


def test_settings_are_told_by_their_dotted_key_and_equal_ones_not():
    old = {"training": {"epochs": 1, "seed": 42, "lora": {"rank": 8}}}
    new = {"training": {"epochs": 3, "seed": 42, "lora": None}}
    assert setting_changes(old, new) == [
        {"key": "training.epochs", "old": 1, "new": 3},
        {"key": "training.lora.rank", "old": 8, "new": None},
    ]
