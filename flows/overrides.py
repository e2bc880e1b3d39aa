"""A recipe's values before they are checked: the paths among them, and what `-s key=value` puts in their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tasks.errors import RecipeError
from tasks.identity import is_url
from tasks.yaml_values import read_yaml

PATH_KEYS = (
    "source.path",
    "contract",
    "base.model",
    "training.replay.path",
    "evaluation.general.path",
    "evaluation.files.path",
)
REPLACES = {
    "source.path": ("hub", "revision", "subset", "hub_split", "format", "licence", "origin", "obtain"),
    "source.hub": ("path", "format", "revision", "subset", "hub_split", "licence", "origin", "obtain"),
    "base.model": ("revision", "end_token"),
}
"""What belongs to the very source or base that a key names; another one has its own."""
CREDENTIALS = (
    r"://[^/?#\s]*@"
    r"|[?&](?:[A-Za-z_-]*(?:[Ss]ignature|[Tt]oken|TOKEN|[Ss]ecret|SECRET|[Pp]assword|PASSWORD)"
    r"|(?:[A-Za-z_-]*(?:[_-]|[Aa]pi|API|[Aa]ccess))?(?:[Kk]ey|KEY)|[Ss]ig|[Cc]ode|[Aa]uth|[Pp]wd|[Pp]asswd)="
)
"""What a URL has with a user name or a password in it, or with a signature or token in its query."""


def apply_overrides(values: dict[str, Any], overrides: Sequence[str]) -> None:
    """Put each `key=value` into a recipe's values, and drop what belonged to a source or base that one replaces."""
    refuse_credentials(overrides)
    _drop_replaced(values, overrides)
    for override in overrides:
        apply_override(values, override)


def refuse_credentials(overrides: Sequence[str]) -> None:
    """Overrides are parameters of a run, and Prefect keeps these in clear.

    Raises:
        RecipeError: One holds a URL with credentials.
    """
    for override in overrides:
        if re.search(CREDENTIALS, override):
            key = override.partition("=")[0].strip()
            raise RecipeError(
                f"-s {key}: its URL holds credentials, and Prefect would keep them in clear\n"
                "  write that URL into the recipe's file, of which no record keeps them; or leave them out, and use\n"
                '  ~/.netrc with FSSPEC_HTTPS=\'{"client_kwargs": {"trust_env": true}}\', AWS_ACCESS_KEY_ID, …\n'
                "  if Prefect has them already: delete that run in its page, and change the secret"
            )


def _drop_replaced(values: dict[str, Any], overrides: Sequence[str]) -> None:
    """Drop what the recipe says of a source or base that an override replaces: its revision, its licence."""
    given = {override.partition("=")[0] for override in overrides}
    for key in given & REPLACES.keys():
        section, _, _ = key.partition(".")
        for name in REPLACES[key]:
            if f"{section}.{name}" not in given and isinstance(values.get(section), dict):
                values[section].pop(name, None)


def apply_override(values: dict[str, Any], override: str) -> None:
    """Put `key=value` into a recipe's values; a path starts where the command was typed."""
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise RecipeError(f"-s {override}: an override is key=value, such as training.epochs=2")
    try:
        value = read_yaml(text)
    except yaml.YAMLError as error:
        raise RecipeError(
            f"-s {override}: the value is not YAML; put text with braces or colons in quotes: -s '{key}=\"…\"'"
        ) from error
    *parents, last = key.split(".")
    target = values
    for parent in parents:
        if not isinstance(target.get(parent), dict):
            target[parent] = {}
        target = target[parent]
    target[last] = value
    resolve_paths(values, Path.cwd(), within=key)


def resolve_paths(values: dict[str, Any], folder: Path, within: str = "") -> None:
    """Make the paths among the values (all, or those at and under a key) absolute; hub ids, names and URLs stay."""
    for key in PATH_KEYS:
        if within and not f"{key}.".startswith(f"{within}."):
            continue
        *parents, last = key.split(".")
        targets: list[Any] = [values]
        for parent in parents:
            found = [target.get(parent) for target in targets if isinstance(target, dict)]
            targets = [item for value in found for item in (value if isinstance(value, list) else [value])]
        for target in targets:
            value = target.get(last) if isinstance(target, dict) else None
            if isinstance(value, str) and value:
                target[last] = _resolved(key, value, folder)
            elif isinstance(value, list):
                target[last] = [_resolved(key, item, folder) if isinstance(item, str) else item for item in value]


def _resolved(key: str, value: str, folder: Path) -> str:
    """A path from a folder; what may be a name too (a contract, a model of the hub) is one unless it is there."""
    if is_url(value):
        return value
    is_name = key in ("contract", "base.model") and not value.startswith((".", "/", "~"))
    path = (folder / Path(value.removeprefix("file://")).expanduser()).resolve()
    if is_name and not (path.exists() and (key == "base.model" or path.suffix in (".yaml", ".yml"))):
        return value
    return str(path)
