"""An override of a source or base drops what the recipe said of the one it replaces, and an absent source says how to
get it."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.overrides import apply_overrides, refuse_credentials, resolve_paths
from flows.recipe import load_recipe
from flows.run_name import name_of
from tasks.errors import RecipeError, SourceAbsent

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def values() -> dict:
    hub = {
        "hub": "someone/quotes",
        "revision": COMMIT,
        "subset": "small",
        "licence": "CC0",
        "origin": "Ann",
        "obtain": "ask Ann",
    }
    return {"source": {**hub, "columns": {"text": "quote"}}, "base": {"model": "gpt2", "revision": COMMIT}}


def test_another_source_keeps_the_columns_and_nothing_else_of_the_one_before(tmp_path):
    given = values()
    apply_overrides(given, [f"source.path={tmp_path}/a.csv"])
    assert given["source"] == {"path": f"{tmp_path}/a.csv", "columns": {"text": "quote"}}


def test_what_is_given_beside_another_source_stays_in_whatever_order():
    given = values()
    apply_overrides(given, ["source.licence=MIT", "source.hub=other/quotes", "source.revision=v2"])
    assert given["source"] == {
        "hub": "other/quotes",
        "revision": "v2",
        "licence": "MIT",
        "columns": {"text": "quote"},
    }


def test_another_base_drops_the_revision_and_another_setting_drops_nothing(tmp_path):
    given = values()
    apply_overrides(given, [f"base.model={tmp_path}"])
    assert given["base"] == {"model": str(tmp_path)}
    untouched = values()
    apply_overrides(untouched, ["source.columns={text: t}"])
    assert untouched["source"]["hub"] == "someone/quotes"


def test_each_of_several_paths_starts_at_the_recipes_folder(tmp_path):
    given = {"source": {"path": ["a.txt", "https://example.org/b.txt"]}}
    resolve_paths(given, tmp_path)
    assert given["source"]["path"] == [str(tmp_path / "a.txt"), "https://example.org/b.txt"]


@pytest.fixture
def recipe(gadfly_home: Path, tmp_path: Path, tiny_base: Path) -> Path:
    (tmp_path / "a.txt").write_text("One line of text.\n")
    file = tmp_path / "recipe.yaml"
    file.write_text(
        "name: books\nsource: {path: [a.txt, b.txt], obtain: 'cp -r /library .'}\ncontract: document\n"
        f"prompt: {{template: '{{text}}'}}\nbase: {{model: {tiny_base}}}\n"
        "tokenization: {max_seq_len: 64}\nregistration: {model: books}\n"
    )
    return file


def test_a_source_that_isnt_there_says_how_to_get_it(recipe):
    with pytest.raises(SourceAbsent, match=r"b\.txt doesn't exist(.*\n)+  to get it: cp -r /library \."):
        load_recipe(str(recipe))


def test_a_source_of_ones_own_that_isnt_there_has_no_such_hint(recipe, tmp_path):
    with pytest.raises(SourceAbsent, match=r"mine\.txt doesn't exist") as caught:
        load_recipe(str(recipe), [f"source.path={tmp_path}/mine.txt"])
    assert "to get it" not in str(caught.value)


def test_a_run_on_several_files_is_named_by_the_first_one(recipe, tmp_path):
    (tmp_path / "b.txt").write_text("Another.\n")
    assert name_of(load_recipe(str(recipe))) == "books · a.txt and 1 more"


@pytest.mark.parametrize(
    "url",
    [
        "https://ann:word@example.com/a.csv",
        "https://word@example.com/a.csv",
        "[a.csv, 's3://ann:word@bucket/a.csv']",
        "zip://a.csv::https://ann:word@example.com/a.zip",
        "https://example.com/a.csv?X-Amz-Signature=word",
        "https://example.com/a.csv?v=1&access_token=word",
        "https://example.com/a.csv?sig=word",
        "https://example.com/a.csv?accessKey=word",
        "https://example.com/a.csv?API_KEY=word",
        "https://example.com/a.csv?auth=word",
    ],
)
def test_an_override_with_credentials_is_refused_and_not_repeated(url):
    with pytest.raises(RecipeError, match=r"^-s source.path: its URL holds credentials") as caught:
        apply_overrides(values(), [f"source.path={url}"])
    assert "word" not in str(caught.value)


@pytest.mark.parametrize(
    "override",
    [
        "source.path=https://example.com/a@b.csv?download=1&design=2&monkey=3",
        "source.path=hf://datasets/ann/quotes@main/a.csv",
        "base.model=quotes@champion",
        "prompt.template='{author} (ann@example.com): {text}'",
    ],
)
def test_an_override_without_credentials_passes(override):
    refuse_credentials([override])
