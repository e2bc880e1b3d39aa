"""The model registry: which version holds a training artifact, and making one.

A version is identified by the digest of what was trained: the same digest never makes a second one. Aliases:
`challenger` is the newest version until it is promoted; `champion` is the gate's to give; `previous_champion` is whom a
rollback goes back to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tasks.errors import RecipeError
from tasks.tracking import connect

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

CHALLENGER = "challenger"
CHAMPION = "champion"
PREVIOUS_CHAMPION = "previous_champion"
TRAINING_DIGEST = "gadfly.training_digest"
GATE = "gate"
"""A version's tag: `passed`, or `refused (clause, clause)`."""
MOST_MODELS = 1000
"""As many as MLflow lists at once."""


def lock_name(model: str) -> str:
    """The lock under which a model's versions and aliases change."""
    return f"registry {model}"


def find_version(client: MlflowClient, model: str, training_digest: str) -> ModelVersion | None:
    """The version that holds a training artifact, or None; a newest one without an alias becomes challenger.

    A kill between the version and its alias leaves such a one: MLflow makes them in two steps. One that was judged got
    that far, and lost its alias since.
    """
    found = client.search_model_versions(f"name = '{model}' and tags.`{TRAINING_DIGEST}` = '{training_digest}'")
    if not found:
        return None
    version = client.get_model_version(model, found[0].version)
    newest = max(version_numbers(client, model))
    if int(version.version) == newest and not version.aliases and GATE not in version.tags:
        client.set_registered_model_alias(model, CHALLENGER, version.version)
        version = client.get_model_version(model, version.version)
    return version


def create_version(
    client: MlflowClient, model: str, source: str, run_id: str, tags: Mapping[str, str], description: str
) -> None:
    """Register a logged model under the next version number, as challenger."""
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(model, description="Fine-tuned by Gadfly.")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    model_id = source.removeprefix("models:/")  # a server doesn't take it from the source
    version = client.create_model_version(
        model, source, run_id=run_id, tags=dict(tags), description=description, model_id=model_id
    )
    client.set_registered_model_alias(model, CHALLENGER, version.version)


def aliases_of(client: MlflowClient, model: str) -> dict[str, int]:
    """A model's aliases and the versions that bear them.

    Raises:
        RecipeError: It isn't registered.
    """
    from mlflow.exceptions import MlflowException

    try:
        return {name: int(version) for name, version in client.get_registered_model(model).aliases.items()}
    except MlflowException as error:
        raise RecipeError(f"no model {model} is registered\n  see what there is: gadfly models") from error


def version_numbers(client: MlflowClient, model: str) -> set[int]:
    """The numbers of a model's versions."""
    return {int(version.version) for version in client.search_model_versions(f"name = '{model}'")}


def versions(client: MlflowClient, model: str = "") -> list[dict[str, Any]]:
    """Registered versions, newest first, with their aliases and tags."""
    listed: list[dict[str, Any]] = []
    wanted = f"name = '{model}'" if model and "'" not in model else None
    for registered in client.search_registered_models(filter_string=wanted, max_results=MOST_MODELS):
        if model and registered.name != model:
            continue
        found = client.search_model_versions(f"name = '{registered.name}'")
        aliases = client.get_registered_model(registered.name).aliases
        for version in sorted(found, key=lambda version: -int(version.version)):
            listed.append(
                {
                    "name": version.name,
                    "version": int(version.version),
                    "aliases": sorted(
                        alias for alias, number in aliases.items() if str(number) == str(version.version)
                    ),
                    "created_ms": version.creation_timestamp,
                    "run_id": version.run_id,
                    "description": version.description,
                    "tags": dict(version.tags),
                }
            )
    if model and not listed:
        raise RecipeError(f"no model {model} is registered\n  see what there is: gadfly models")
    return listed


def version_named(client: MlflowClient, name: str) -> ModelVersion:
    """The version that `NAME@alias` or `NAME@7` names.

    Raises:
        RecipeError: There is none.
    """
    from mlflow.exceptions import MlflowException

    model, _, wanted = name.partition("@")
    try:
        if wanted.isdigit():
            return client.get_model_version(model, wanted)
        return client.get_model_version_by_alias(model, wanted)
    except MlflowException as error:
        raise RecipeError(f"no registered version is called {name}\n  see what there is: gadfly models") from error


def existing_version(model: str, version: str) -> int:
    """The number of a version that is there, by its number or an alias.

    Raises:
        RecipeError: There is none.
    """
    return int(version_named(connect(), f"{model}@{version}").version)


def champions_by_alias() -> dict[str, int | None]:
    """Every registered model with the version that bears the alias `champion`."""
    listed = connect().search_registered_models(max_results=MOST_MODELS)
    return {model.name: int(model.aliases[CHAMPION]) if CHAMPION in model.aliases else None for model in listed}
