"""Trying models from the command line: a folder, a hub id, or a registered `NAME@alias`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.reading import reading
from tasks.artifacts import ArtifactRef
from tasks.base_files import BaseConfig, base_folder, resolve_base
from tasks.base_model import load_model, on_best_device
from tasks.base_tokenizer import load_tokenizer
from tasks.errors import GadflyError, RecipeError
from tasks.generation import Sample, generate
from tasks.registration.task import OpenVersions, load_registered, registered_versions


def generate_text(
    model: str,
    prompt: str,
    *,
    num_samples: int,
    max_new_tokens: int,
    temperature: float,
    seed: int,
    stop: Sequence[str] = (),
) -> list[Sample]:
    """Continue a prompt with any model.

    Raises:
        RecipeError: No such model.
    """
    loaded, tokenizer = open_model(model)
    return generate(
        loaded,
        tokenizer,
        prompt,
        num_samples=num_samples,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        seed=seed,
        stop=stop,
    )


@reading()
def open_model(model: str) -> tuple[Any, Any]:
    """A model and its tokenizer."""
    if BaseConfig(model=model).is_registered:
        return load_registered(model)
    folder = base_folder(unregistered_base(model))
    return on_best_device(load_model(folder)), load_tokenizer(folder)


class OpenModels:
    """Models that are kept open, of which one is in use; adapters of one base share it, and change places at once."""

    def __init__(self) -> None:
        self._versions = OpenVersions()
        self._others: dict[str, tuple[Any, Any]] = {}

    @reading()
    def use(self, model: str) -> tuple[Any, Any]:
        """A model and its tokenizer.

        Raises:
            RecipeError: No such model.
        """
        if BaseConfig(model=model).is_registered:
            return self._versions.use(model)
        if model not in self._others:
            self._others[model] = open_model(model)
        return self._others[model]


def unregistered_base(model: str) -> ArtifactRef:
    """A model's folder or hub id as a base.

    Raises:
        RecipeError: There is no such model, or it is a registered one, which is named with a version.
    """
    try:
        return resolve_base(BaseConfig(model=model))
    except GadflyError as error:
        if model in {version["name"] for version in registered_versions()}:
            raise RecipeError(f"{model} is a registered model: name a version, such as {model}@champion") from error
        seen = str(error).splitlines()[0].removeprefix("base.model: ")
        raise RecipeError(f"{seen}\n  a registered model is named NAME@champion or NAME@1: gadfly models") from error
