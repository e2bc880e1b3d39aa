"""`gadfly init`: a recipe and a contract for a dataset, that run as they are and are meant to be read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from flows.check import source_config
from flows.contract_draft import checked_name, contract_of, name_of_data
from flows.display import command_name
from flows.recipe import load_recipe
from tasks import home
from tasks.errors import RecipeError
from tasks.ingestion.task import SourceProfile, profile_source
from tasks.plain_text import comment, one_line
from tasks.prompt_format import template_fields

SMALL_BASE_BYTES = 100_000_000
"""Below this weight (about 25 M parameters) full fine-tuning is cheap and comes closer than adapters."""
FEW_ROWS = 500
MOST_EPOCHS = 3
FIRST_RUN_WORDS = 240_000
"""Words that a drafted recipe learns from at least: with the demo's base two to three minutes on two cores."""


def draft(data: str, name: str = "", base: str = "", *, force: bool = False) -> dict[str, Any]:
    """Profile a dataset and write `recipes/NAME.yaml` and `data_contracts/NAME.yaml`.

    Args:
        data: File, folder, URL or hub dataset.
        name: Of both files; empty: from the data's name.
        base: Model folder or hub id; empty: the demo's small base.
        force: Replace files of that name.

    Raises:
        SourceError: The data can't be read, or no column of it is text.
        RecipeError: The name is none, or the files exist.
    """
    name = checked_name(name or name_of_data(data))
    recipe, contract = home.home() / "recipes" / f"{name}.yaml", home.home() / "data_contracts" / f"{name}.yaml"
    taken = [str(path) for path in (recipe, contract) if path.exists()]
    if taken and not force:
        raise RecipeError(f"{taken[0]} exists\n  --force replaces it, --name chooses another name")
    profile = profile_source(source_config(data))
    text, told = contract_of(profile, data, name, contract.parent)
    texts = {
        contract: text,
        recipe: _recipe(name, profile, base, recipe.parent),
    }
    with _undone_on_error(texts):
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        load_recipe(str(recipe))
    return {
        "recipe": str(recipe),
        "contract": str(contract),
        **told,
        "prompt": profile.prompt,
        "next": f"{command_name()} run {name}",
    }


@contextmanager
def _undone_on_error(paths: Iterable[Path]) -> Iterator[None]:
    """Leave files as they were, or away, where something goes wrong: half a draft would block the next one."""
    before = {path: path.read_bytes() if path.exists() else None for path in paths}
    try:
        yield
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        raise


def _recipe(name: str, profile: SourceProfile, base: str, folder: Path) -> str:
    """The recipe's YAML; only what differs from the defaults or is worth knowing."""
    used = {field for text in profile.prompt.values() for field in template_fields(text)}
    source = profile.config.model_dump(exclude_defaults=True)
    if "path" in source and "://" not in source["path"]:
        source["path"] = _relative(Path(source["path"]), folder)
    unused = [column for column in profile.config.columns if column not in used]
    weight = _weight(base)
    training: dict[str, Any] = {"method": "lora", "lora": {"rank": 16, "alpha": 32.0}, "learning_rate": 2.0e-4}
    if weight is not None and weight < SMALL_BASE_BYTES:
        training = {"method": "full", "learning_rate": 2.0e-3}
    usual = 16 if training["method"] == "full" else 32
    training |= {"epochs": _epochs(profile, used), "batch_size": usual if len(profile.rows) >= FEW_ROWS else 8}
    content = {
        "name": name,
        "source": source,
        "contract": name,
        "prompt": profile.prompt,
        "base": {"model": _base(base, folder)},
        "training": training,
        "registration": {"model": name},
    }
    head = [
        f"Drafted by gadfly init from {len(profile.rows):,} rows. Run it: gadfly run {name}",
        "Look first: gadfly plan says what would run; the contract's comments say what would be rejected.",
        "Worth trying: -s training.epochs=1; a larger base with -s base.model=…",
    ]
    if not profile.config.hub:
        head.append("Whose is the data? State source.licence and source.origin: with neither, no version is promoted.")
    head += [f"Column {one_line(column, 40)} is left out: {why}." for column, why in profile.left_out.items()]
    if unused:
        head.append(f"Mapped for the contract's rules, not part of the text: {', '.join(unused)}.")
    body = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return "\n".join(map(comment, head)) + "\n" + body


def _epochs(profile: SourceProfile, used: set[str]) -> float:
    """As many as make a first run short: few for much text."""
    words = sum(int(profile.rows[name].str.count(r"\S+").sum()) for name in used if name in profile.rows)
    return float(max(1, min(MOST_EPOCHS, round(FIRST_RUN_WORDS / max(words, 1)))))


class _Dumper(yaml.SafeDumper):
    """Text with line breaks on one line, in double quotes."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if "\n" in text else None),
)


def _base(base: str, folder: Path) -> str:
    if not base:
        return _relative(home.CHECKOUT / "demo" / "base", folder)
    return _relative(Path(base).resolve(), folder) if Path(base).is_dir() else base


def _weight(base: str) -> int | None:
    """Bytes of a local base's weights, None for a hub id."""
    folder = Path(base) if base else home.CHECKOUT / "demo" / "base"
    return sum(file.stat().st_size for file in folder.glob("*.safetensors")) if folder.is_dir() else None


def _relative(path: Path, folder: Path) -> str:
    """A path from the recipe's folder where both lie in the home, else as it is."""
    inside = path.is_relative_to(home.home())
    relative = os.path.relpath(path, folder) if inside else str(path)
    return relative if relative.startswith((".", "/")) else f"./{relative}"
