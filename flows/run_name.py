"""What a flow run is called in Prefect: its recipe and its data."""

from __future__ import annotations

from pathlib import Path

from prefect import runtime

from flows.recipe import Recipe, load_recipe
from tasks.errors import GadflyError
from tasks.identity import public_url
from tasks.plain_text import one_line


def recipe_and_data() -> str:
    """The name of the run that begins, from its parameters; a recipe that can't be read is named as it was typed."""
    given = runtime.flow_run.parameters
    try:
        return name_of(load_recipe(given["recipe"], given.get("overrides") or []))
    except GadflyError:
        return one_line(str(given["recipe"]))


def name_of(recipe: Recipe) -> str:
    """`demo · corpus.csv`: the recipe, and its file's, folder's or hub dataset's name."""
    paths = recipe.source.paths
    data = recipe.source.hub or Path(public_url(paths[0]).rstrip("/")).name
    data += f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return one_line(f"{recipe.name} · {data}")
