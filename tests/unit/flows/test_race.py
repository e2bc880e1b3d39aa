"""What a race tries, and how it divides its time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.race import lanes_of
from flows.race_ideas import ANOTHER_SEED, AS_IT_IS, entrants, ideas_for
from flows.recipe import load_recipe
from tasks.errors import RecipeError


@pytest.fixture
def recipe(gadfly_home: Path, tmp_path: Path, tiny_base: Path) -> str:
    (tmp_path / "rows.csv").write_text("text\nHope is a waking dream.\n")
    file = tmp_path / "recipe.yaml"
    file.write_text(
        f"name: tiny\nsource: {{path: rows.csv}}\ncontract: short_text\nprompt: {{template: '{{text}}'}}\n"
        f"base: {{model: '{tiny_base}'}}\ntraining: {{learning_rate: 5.0e-5, epochs: 3}}\n"
        "registration: {model: tiny}\n"
    )
    return str(file)


def test_without_ideas_of_ones_own_those_that_suit_the_recipe_are_tried(recipe: str):
    ideas = {idea.name: idea.overrides for idea in ideas_for(load_recipe(recipe))}
    assert ideas["lower rate"] == ("training.learning_rate=1e-05",)
    assert ideas["higher rate"] == ("training.learning_rate=0.00015",)
    assert ideas["more epochs"] == ("training.epochs=6",)
    assert "training.freeze={first_blocks: 1}" in ideas["1 blocks frozen"]
    assert "general text mixed in" in ideas
    assert "a larger base" not in ideas, "a folder has no family"


def test_every_entrant_has_the_same_time_and_its_own_settings(recipe: str):
    lanes = {lane.idea.name: lane for lane in lanes_of(recipe, 60, (), ())}
    trained = [lane for lane in lanes.values() if not lane.note]
    assert len(trained) == 6
    assert {lane.recipe.training.max_minutes for lane in trained} == {9.667}, (
        "10 minutes each, less what starting takes"
    )
    assert lanes["lower rate"].recipe.training.learning_rate == 1e-5
    assert lanes["1 blocks frozen"].recipe.training.method == "frozen"
    assert lanes[AS_IT_IS].recipe.training.seed + 1 == lanes[ANOTHER_SEED].recipe.training.seed
    assert all(lane.reuses for lane in trained)
    assert "--try" in lanes["general text mixed in"].note


def test_ones_own_ideas_are_sets_of_overrides(recipe: str):
    tries = ["training.learning_rate=1e-6", "training.epochs=1 training.seed=7", "tokenization.max_seq_len=32"]
    _, _, low, two, short = lanes_of(recipe, 5, tries, ["training.batch_size=4"])
    assert low.recipe.training.learning_rate == 1e-6
    assert (two.recipe.training.epochs, two.recipe.training.seed) == (1, 7)
    assert (low.reuses, two.reuses, short.reuses) == (True, True, False)
    assert {lane.recipe.training.batch_size for lane in (low, two, short)} == {4}


def test_a_recipe_with_less_time_of_its_own_keeps_it(recipe: str):
    lanes = lanes_of(recipe, 60, ["training.max_minutes=100"], ["training.max_minutes=0.5"])
    assert [lane.recipe.training.max_minutes for lane in lanes] == [0.5, 0.5, 19.667]


@pytest.mark.parametrize("text", ["faster", "", "training.epochs='1"])
def test_what_is_no_idea_is_told(recipe: str, text: str):
    with pytest.raises(RecipeError, match="--try "):
        entrants(load_recipe(recipe), [text])


def test_a_wrong_override_in_an_idea_is_told_before_anything_runs(recipe: str):
    with pytest.raises(RecipeError, match="learnig_rate"):
        lanes_of(recipe, 5, ["training.learnig_rate=1"], ())


def test_a_larger_base_that_is_not_at_hand_is_left_out_with_a_note(recipe: str, tiny_base: Path, monkeypatch: Any):
    (tiny_base.parent / "unused").mkdir(exist_ok=True)
    own = load_recipe(recipe)
    hub = own.model_copy(update={"base": own.base.model_copy(update={"model": "openai-community/gpt2"})})
    monkeypatch.setattr("flows.race_ideas.read_model_config", lambda _: {"n_layer": 12})
    ideas = {idea.name: idea for idea in ideas_for(hub)}
    assert "base.model=openai-community/gpt2-medium" in ideas["a larger base"].overrides
    from flows.race import _lane

    assert _lane(ideas["a larger base"], own, recipe, ()).note.startswith("not tried: base.model: ")
