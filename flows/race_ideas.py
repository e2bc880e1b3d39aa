"""What `gadfly race` tries: the recipe as it is, the same with another seed, and ideas, each a set of overrides."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flows.recipe import Recipe
from tasks.base_files import read_model_config
from tasks.base_limits import num_blocks
from tasks.errors import RecipeError

AS_IT_IS, ANOTHER_SEED = "as it is", "another seed"
LOWER, HIGHER = 5.0, 3.0
"""Times below and above the recipe's learning rate."""
REPLAY = "training.replay={path: other.txt, fraction: 0.2}"
LARGER = {"gpt2": "gpt2-medium", "gpt2-medium": "gpt2-large", "gpt2-large": "gpt2-xl"} | {
    "opt-125m": "opt-350m", "galactica-125m": "galactica-1.3b", "Qwen2.5-0.5B": "Qwen2.5-1.5B",
}  # fmt: skip
"""The next of a family, by the last part of the hub id."""


class Idea(NamedTuple):
    """An entrant: what it is called, and what of the recipe it changes."""

    name: str
    overrides: tuple[str, ...] = ()
    is_suggestion: bool = False
    """Ours: left out with a note where it can't be tried, such as a base that isn't at hand."""
    missing: str = ""
    """What it would need that only a person can give."""


def entrants(recipe: Recipe, tries: Sequence[str]) -> list[Idea]:
    """All entrants, in the order in which they run.

    Args:
        recipe: As it is.
        tries: One's own ideas, each some `key=value` with spaces between; none: `ideas_for` the recipe.

    Raises:
        RecipeError: A try that is no overrides.
    """
    own = [_parsed(text) for text in tries]
    seed = Idea(ANOTHER_SEED, (f"training.seed={recipe.training.seed + 1}",))
    return [Idea(AS_IT_IS), seed, *(own or ideas_for(recipe))]


def ideas_for(recipe: Recipe) -> list[Idea]:
    """What is worth trying with most recipes: other rates, more epochs, fewer weights, general text, a larger base."""
    return [idea._replace(is_suggestion=True) for idea in _ideas(recipe)]


def _ideas(recipe: Recipe) -> Iterator[Idea]:
    training = recipe.training
    for word, rate in (
        ("lower rate", training.learning_rate / LOWER),
        ("higher rate", training.learning_rate * HIGHER),
    ):
        if rate <= 1:
            yield Idea(word, (f"training.learning_rate={rate:.3g}",))
    yield Idea("more epochs", (f"training.epochs={2 * training.epochs:g}",))
    if training.method != "frozen" and (blocks := num_blocks(read_model_config(recipe.base)) // 2):
        freeze = f"training.freeze={{first_blocks: {blocks}}}"
        yield Idea(f"{blocks} blocks frozen", ("training.lora=null", "training.method=frozen", freeze))
    if training.replay is not None:
        yield Idea("no general text", ("training.replay=null",))
    else:
        yield Idea("general text mixed in", (REPLAY,), missing=f"name a text: --try '{REPLAY}'")
    owner, _, name = recipe.base.model.rpartition("/")
    if recipe.base.is_hub and name in LARGER:
        larger = "/".join(filter(None, (owner, LARGER[name])))
        yield Idea("a larger base", (f"base.model={larger}", "base.revision=''"))


def _parsed(text: str) -> Idea:
    try:
        overrides = tuple(shlex.split(text))
    except ValueError as error:
        raise RecipeError(f"--try {text}: {error}") from error
    if not overrides or not all("=" in item for item in overrides):
        raise RecipeError(
            f"--try {text}: an idea is key=value, or several with spaces between, such as\n"
            '  --try "training.method=frozen training.freeze.first_blocks=2"; quote a value with spaces: '
            "\"training.replay='{path: a.txt}'\""
        )
    return Idea(" ".join(overrides), overrides)
