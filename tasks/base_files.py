"""The base model as files: what it is, and where they lie.

A base is identified by what decides its behaviour: a local folder by the SHA-256 of its configuration, weights and
tokenizer files (its README may change freely), a hub model by its commit. The `base` artifact holds that identity;
where the files lie on this machine is noted beside the store and never enters a key.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.errors import ArtifactError, RecipeError
from tasks.hub_models import commit_of, fetch_model, listed_names
from tasks.json_files import replace_json, write_json
from tasks.manifest import manifest_of
from tasks.stage_config import StageConfig
from tasks.tokenizer_settings import with_settings

BASE_FORMAT = 1
REGISTERED = "bases/registered"
"""Where the notes on registered versions lie that were merged to be trained further."""
BASE_FILES = (
    "config.json",
    "generation_config.json",
    "*.safetensors",
    "*.safetensors.index.json",
    "tokenizer*.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
)
"""The files of a model folder that decide what it does. Weights are safetensors only: pickles are never read."""


class BaseConfig(StageConfig):
    """The model that training starts from."""

    model: str
    """A local folder in transformers' format, a hub id such as `gpt2`, or a registered `quotes@champion`."""
    revision: str = ""
    """A hub model's commit, branch or tag; a commit needs no network once downloaded."""
    end_token: str = ""
    """The token of its tokenizer that ends a text, where the tokenizer names none or another."""
    chat: bool = False
    """Give prompts as the user's turn of its chat template, and learn completions as the answer."""

    @property
    def tokenizer_settings(self) -> dict[str, Any]:
        """What is set about its tokenizer; a part of its identity."""
        return ({"end_token": self.end_token} if self.end_token else {}) | ({"chat": True} if self.chat else {})

    @property
    def is_hub(self) -> bool:
        """Whether it names a model of the hub."""
        return not self.is_registered and not Path(self.model).is_dir()

    @property
    def is_registered(self) -> bool:
        """Whether it names a version in the registry."""
        return "@" in self.model and not Path(self.model).exists()


class RegisteredBase(NamedTuple):
    """A registered version's merged folder on this machine; registration makes it and notes it here."""

    path: str
    files: dict[str, str]
    """Their SHA-256 by name."""
    parent: dict[str, str]
    """The digests of what was merged: `base` and `trained`."""


def resolve_base(config: BaseConfig) -> ArtifactRef:
    """The `base` artifact of a recipe: its identity, with its location noted for this machine.

    Raises:
        RecipeError: The folder is no model, or the hub id is not to be had.
    """
    if config.is_registered:
        known = _known(config)
        identity: dict[str, Any] = {"files": folder_hashes(Path(known.path)), "parent": known.parent}
        location = {"path": known.path, "parent": config.model}
    elif Path(config.model).is_dir():
        folder = Path(config.model).resolve()
        identity = {"files": folder_hashes(folder)}
        location = {"path": str(folder)}
    else:
        commit = _hub_commit(config)
        identity = {"hub": config.model, "commit": commit}
        location = {"hub": config.model, "commit": commit}
    return note_base(identity | config.tokenizer_settings, location)


def base_digest(identity: dict[str, Any]) -> str:
    """The digest that the `base` artifact of an identity has, found without a store."""
    with tempfile.TemporaryDirectory() as folder:
        write_json(Path(folder) / "base.json", {"format": BASE_FORMAT, **identity})
        return "sha256:" + hashlib.sha256(manifest_of("base", Path(folder))).hexdigest()


def note_base(identity: dict[str, Any], location: dict[str, str]) -> ArtifactRef:
    """The `base` artifact of an identity, which decides its digest; where its files lie is noted beside the store."""
    content = {"format": BASE_FORMAT, **identity}
    ref = home.store().put("base", lambda folder: write_json(folder / "base.json", content))
    _location_file(ref).parent.mkdir(parents=True, exist_ok=True)
    replace_json(_location_file(ref), location)
    return ref


def base_folder(base: ArtifactRef) -> Path:
    """The folder with the base's files, checked against its identity.

    Raises:
        ArtifactError: The files moved or changed since the base was resolved.
    """
    return checked_folder(base_identity(base), base_location(base))


def base_identity(base: ArtifactRef) -> dict[str, Any]:
    """What the base is: the hashes of its files, or a hub id and commit."""
    return home.store().read_json(base, "base.json")


def checked_folder(identity: dict[str, Any], location: dict[str, str]) -> Path:
    """The base's folder at a location, after its files were checked against its identity.

    Raises:
        ArtifactError: The files moved or changed.
    """
    set_of_tokenizer = {name: identity[name] for name in ("end_token", "chat") if name in identity}
    if "hub" in location:
        return with_settings(_downloaded(location["hub"], location["commit"]), **set_of_tokenizer)
    folder = Path(location["path"])
    if not folder.is_dir() or folder_hashes(folder) != identity["files"]:
        raise ArtifactError(
            f"the base model in {folder} is gone or was changed since it was used\n  run the recipe again"
        )
    return with_settings(folder, **set_of_tokenizer)


def base_location(base: ArtifactRef) -> dict[str, str]:
    """Where the base's files lie: `{"path": …}`, or `{"hub": …, "commit": …}`."""
    location: dict[str, str] = json.loads(_location_file(base).read_text(encoding="utf-8"))
    return location


def read_model_config(config: BaseConfig) -> dict[str, Any]:
    """The base's `config.json`, read without loading anything, for early checks."""
    if config.is_registered:
        folder = Path(_known(config).path)
    elif Path(config.model).is_dir():
        folder = Path(config.model)
        folder_hashes(folder)
    else:
        commit = _hub_commit(config)
        folder = _downloaded(config.model, commit, only=("config.json",))
        if not any(folder.glob("*.safetensors")) and (names := listed_names(config.model, commit)):
            _check_names(f"{config.model} at {commit[:12]}", names)  # before anything is computed for it
    content: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return content


def folder_hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of a model folder's files by name.

    Raises:
        RecipeError: It is no model folder.
    """
    memo = home.hash_memo()
    names = sorted({path.name for pattern in BASE_FILES for path in folder.glob(pattern)})
    _check_names(str(folder), names)
    return {name: memo.sha256(folder / name) for name in names}


def _check_names(called: str, names: Collection[str]) -> None:
    problems = []
    if "config.json" not in names:
        problems.append("config.json is missing")
    if not any(name.endswith(".safetensors") for name in names):
        problems.append("no *.safetensors (pickled weights such as pytorch_model.bin are never read; convert them)")
    if not any(name.startswith("tokenizer") or name == "vocab.json" for name in names):
        problems.append("no tokenizer files")
    if problems:
        raise RecipeError(
            f"base.model: {called} is not a model folder: {'; '.join(problems)}\n"
            "  give a folder in transformers' format, or a hub id"
        )


def registered_base(version: str) -> RegisteredBase | None:
    """The merged folder of a registered version, `NAME@7`, if it was made."""
    file = _registered_file(version)
    return RegisteredBase(**json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None


def note_registered(version: str, merged: RegisteredBase) -> None:
    """Note where a registered version's merged folder lies."""
    file = _registered_file(version)
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_json(file, merged._asdict())


def _known(config: BaseConfig) -> RegisteredBase:
    known = registered_base(config.model)
    if known is None:
        raise RecipeError(
            f"base.model: no registered version is called {config.model}\n  see what there is: gadfly models"
        )
    return known


def _registered_file(version: str) -> Path:
    return home.state_folder() / REGISTERED / f"{version}.json"


def _hub_commit(config: BaseConfig) -> str:
    if re.fullmatch(r"[0-9a-f]{40}", config.revision):
        return config.revision
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", config.model) or config.model.startswith("."):
        raise RecipeError(
            f"base.model: {config.model} is neither a model folder nor a hub id\n"
            f"  seen from {Path.cwd()}; a recipe's paths start at the recipe's folder"
        )
    return commit_of(config.model, config.revision)


def _downloaded(repo: str, commit: str, only: tuple[str, ...] = BASE_FILES) -> Path:
    folder = fetch_model(repo, commit, only)
    if only == BASE_FILES:
        _check_names(f"{repo} at {commit[:12]}", [file.name for file in folder.iterdir()])
    return folder


def _location_file(base: ArtifactRef) -> Path:
    return home.state_folder() / "bases" / f"{base.hex}.json"
