"""A run is named by its recipe and its data, and a URL's credentials are in no name."""

from __future__ import annotations

import pytest

from flows.recipe import load_recipe
from flows.run_name import name_of


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("demo", "demo · corpus.csv"),
        ("/data/my quotes.jsonl", "demo · my quotes.jsonl"),
        ("/data/folder/", "demo · folder"),
        ("https://ann:secret@example.com/a/rows.csv?token=secret", "demo · rows.csv"),
        ("s3://bucket/rows.parquet", "demo · rows.parquet"),
    ],
)
def test_a_run_is_named_by_its_recipe_and_data(source, name):
    recipe = load_recipe("demo", [])
    if source != "demo":
        recipe = recipe.model_copy(update={"source": recipe.source.model_copy(update={"path": source})})
    assert name_of(recipe) == name


def test_a_hub_dataset_is_named_whole():
    recipe = load_recipe("demo", [])
    source = recipe.source.model_copy(update={"path": "", "hub": "Abirate/english_quotes"})
    assert name_of(recipe.model_copy(update={"source": source})) == "demo · Abirate/english_quotes"
