"""Recipes and contracts by name: in the home's folder first, then in the checkout's; a path works too."""

from __future__ import annotations

import difflib
from pathlib import Path

from tasks import home
from tasks.errors import RecipeError


def known_names(folder: str) -> list[str]:
    """What can be named: the YAML files of `recipes` or `data_contracts`, without their ending."""
    return sorted({file.stem for parent in _folders(folder) for file in parent.glob("*.yaml")})


def recipe_file(recipe: str) -> Path:
    """The file of a recipe given by name or path."""
    return _named_file(recipe, "recipes", "recipe")


def contract_file(contract: str) -> Path:
    """The file of a contract given by name or path."""
    return _named_file(contract, "data_contracts", "contract")


def _folders(name: str) -> list[Path]:
    return list(dict.fromkeys([home.home() / name, home.CHECKOUT / name]))


def _named_file(name: str, folder: str, what: str) -> Path:
    if name.endswith((".yaml", ".yml")) or "/" in name:
        path = Path(name)
        if path.is_file():
            return path.resolve()
        raise RecipeError(f"{what} {name} doesn't exist\n  seen from {Path.cwd()}")
    for parent in _folders(folder):
        if (parent / f"{name}.yaml").is_file():
            return (parent / f"{name}.yaml").resolve()
    known = known_names(folder)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise RecipeError(f"no {what} is called {name}{hint}\n  there are: {', '.join(known) or 'none'}; a path works too")
