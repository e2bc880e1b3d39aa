"""Every recipe says in its header what it does, what it costs and how it is run, and is in the gallery."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from flows import cli
from flows.gallery import gallery
from flows.overrides import apply_overrides, resolve_paths
from flows.recipe import Recipe
from tasks.validation.contract import load_contract
from tasks.yaml_values import read_yaml

FOLDER = Path(__file__).resolve().parents[3] / "recipes"
RECIPES = sorted(FOLDER.glob("*.yaml"))
ORIGINALS = {"socrates-gpt2", "quotes-galactica", "gpt2-xl-logits", "acled-gpt2", "quotes-gpt2-medium-lora"}
COMMIT = re.compile("[0-9a-f]{40}")
each_recipe = pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.stem)


def test_the_five_systems_that_people_built_are_there():
    assert {file.stem for file in RECIPES} >= ORIGINALS | {"demo", "instruct-qwen"}


@each_recipe
def test_a_header_tells_what_at_what_cost_and_how(file: Path):
    text = file.read_text(encoding="utf-8")
    header = text[: text.index("\nname:")]
    first, second, *_ = header.splitlines()
    assert re.match(r"# [A-Z][^:]*: .+[.;]$", first), "what it trains"
    assert second.startswith("# Cost: ")
    assert f"\n#   gadfly run {file.stem}" in header
    assert "-s training." in header or "-s base.model" in header, "an override worth knowing"
    if file.stem != "demo":
        assert "-s source.path=" in header
        assert "-s base.model=" in header
    assert all(len(line) <= 120 for line in header.splitlines())


@each_recipe
def test_source_and_base_are_pinned_or_say_why_not(file: Path):
    recipe = Recipe.model_validate_json(json.dumps(read_yaml(file.read_text(encoding="utf-8"))))
    assert recipe.source.licence
    if recipe.source.hub:
        assert COMMIT.fullmatch(recipe.source.revision)
    if file.stem != "demo":
        assert recipe.source.obtain, "how to get what isn't there"
        assert recipe.base.revision == "main" or COMMIT.fullmatch(recipe.base.revision)


@each_recipe
def test_every_recipe_takes_another_source_and_another_base(file: Path, tmp_path: Path):
    values = read_yaml(file.read_text(encoding="utf-8"))
    resolve_paths(values, FOLDER)
    apply_overrides(values, [f"source.path={tmp_path}/mine.csv", f"base.model={tmp_path}/base"])
    recipe = Recipe.model_validate_json(json.dumps(values))
    assert recipe.source.paths == (f"{tmp_path}/mine.csv",)
    assert (recipe.source.hub, recipe.source.revision, recipe.source.licence, recipe.base.revision) == ("",) * 4
    load_contract(FOLDER.parent / "data_contracts" / f"{recipe.contract}.yaml")


@each_recipe
def test_every_override_in_a_header_can_be_typed(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    text = file.read_text(encoding="utf-8")
    header = text[: text.index("\nname:")].replace("\n#", " ")
    monkeypatch.chdir(tmp_path)
    typed = re.findall(r"-s ('[^']+'|[^\s;,()`]+)", header)
    assert typed
    for override in (found.rstrip(".") for found in typed):
        assert override.startswith("'") or not set("<>|&$") & set(override), f"a shell reads {override} otherwise"
        (word,) = shlex.split(override)
        values = read_yaml(text)
        resolve_paths(values, FOLDER)
        apply_overrides(values, [word])
        if word == "training.method=frozen":
            values["training"]["freeze"] = {"first_blocks": 1}
        if word.startswith("training.freeze"):
            values["training"]["method"] = "frozen"
        Recipe.model_validate_json(json.dumps(values))


@each_recipe
def test_a_recipe_is_a_row_of_the_gallery(file: Path):
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"| [{file.stem}]({file.name}) |" in table


def test_the_help_of_run_lists_the_recipes_by_their_first_lines(gadfly_home, monkeypatch, capsys):
    own = gadfly_home / "recipes"
    own.mkdir()
    (own / "mine.yaml").write_text("# Mine: something new.\nname: mine\n")
    monkeypatch.setattr(sys, "argv", ["gadfly", "run", "--help"])
    with pytest.raises(SystemExit):
        cli.main()
    shown = " ".join(capsys.readouterr().out.split())
    assert "mine Mine: something new." in shown
    assert all(f"{name} {line[:20]}" in shown for name, line in gallery().items())
