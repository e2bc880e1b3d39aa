"""What a recipe is held against before anything runs: its own settings, the files it names, its base."""

from __future__ import annotations

import difflib
import filecmp
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.base_files import read_model_config
from tasks.base_limits import max_length, num_blocks
from tasks.errors import RecipeError, SourceAbsent, problems_message
from tasks.evaluation.config import lm_eval_version
from tasks.identity import is_url, public_url
from tasks.ingestion.config import SourceConfig
from tasks.stage_config import content_paths

if TYPE_CHECKING:
    from flows.recipe import Recipe


def check_unread(recipe: Recipe, where: str) -> None:
    """Refuse settings that nothing would read."""
    source, problems = recipe.source, []
    if recipe.base.revision and Path(recipe.base.model).is_dir():
        problems.append("base.revision: is set, but base.model is a folder: only a hub model has revisions")
    if recipe.base.revision and recipe.base.is_registered:
        problems.append("base.revision: is set, but base.model is registered: name a version, such as NAME@7")
    hub_only = {"revision": source.revision, "subset": source.subset, "hub_split": source.hub_split != "train"}
    if recipe.registration.gate.max_forgetting is not None and recipe.evaluation.general is None:
        problems.append("registration.gate.max_forgetting: is set, but forgetting is measured on evaluation.general")
    if recipe.base.chat and not recipe.prompt.prompt:
        problems.append("base.chat: is set, but prompt.template is one text: a turn needs prompt and completion")
    if source.path:
        problems += [
            f"source.{name}: is set, but source.path is too: it goes with source.hub"
            for name, is_set in hub_only.items()
            if is_set
        ]
    if problems:
        raise RecipeError(problems_message(where, problems))


def check_extras(recipe: Recipe) -> None:
    """Refuse what needs a library that is installed on request and isn't."""
    if recipe.evaluation.lm_eval is not None and not lm_eval_version():
        raise RecipeError(
            "evaluation.lm_eval: needs lm-eval, which isn't installed\n"
            f"  {sys.executable} -m pip install -e '{Path(__file__).parents[1]}[lm-eval]'\n"
            "  or leave evaluation.lm_eval out"
        )


def check_files(recipe: Recipe) -> None:
    """Refuse paths where nothing is, with the name that was probably meant."""
    for path in content_paths(recipe):
        if not is_url(path) and not Path(path).exists():
            near = difflib.get_close_matches(Path(path).name, _names_beside(path), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise SourceAbsent(f"{path} doesn't exist{hint}\n  a recipe's paths start at the recipe's folder")
    general, replay = recipe.evaluation.general, recipe.training.replay
    texts = [("evaluation.general.path", general.path)] if general else []
    texts += [("training.replay.path", replay.path)] if replay else []
    for setting, path in texts + [(f"evaluation.files.{file.name}", file.path) for file in recipe.evaluation.files]:
        if not Path(path).is_file():
            seen = "a URL" if is_url(path) else "a folder"
            raise RecipeError(f"{setting}: must be a local file, is {seen}: {public_url(path)}")
    if general and replay and filecmp.cmp(general.path, replay.path, shallow=False):
        raise RecipeError(
            f"training.replay.path: {replay.path} is evaluation.general.path too: forgetting would be measured on what "
            "was trained on\n  give two texts, or two parts of one"
        )


@contextmanager
def how_to_get(source: SourceConfig) -> Iterator[None]:
    """Add what the recipe says about getting the data to an error that it isn't there."""
    hint = f"\n  to get it: {source.obtain}" if source.obtain else ""
    try:
        yield
    except SourceAbsent as error:
        raise type(error)(f"{error}{hint}") from error


def _names_beside(path: str) -> list[str]:
    parent = Path(path).parent
    return [file.name for file in parent.iterdir()] if parent.is_dir() else []


def check_base(recipe: Recipe, where: str) -> None:
    """Compare the recipe with the base's configuration, before any data is read."""
    model_config = read_model_config(recipe.base)
    problems = []
    limit, wanted = max_length(model_config), recipe.tokenization.max_seq_len
    if wanted is not None and wanted > limit:
        problems.append(f"tokenization.max_seq_len: {wanted:,}, but the base reads at most {limit:,} tokens")
    freeze, blocks = recipe.training.freeze, num_blocks(model_config)
    if freeze is not None and blocks and freeze.first_blocks > blocks:
        problems.append(f"training.freeze.first_blocks: {freeze.first_blocks}, but the base has {blocks} blocks")
    upper = recipe.training.lora.upper_blocks if recipe.training.lora else None
    if upper and blocks and upper > blocks:
        problems.append(f"training.lora.upper_blocks: {upper}, but the base has {blocks} blocks")
    if problems:
        raise RecipeError(problems_message(where, problems))
