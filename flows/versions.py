"""Registered versions as the command line names them, and the recipe that made one, as it was recorded."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flows.overrides import apply_override
from flows.recipe import Recipe, validated
from tasks.errors import RecipeError
from tasks.registration.task import (
    RecordedRun,
    VersionRecord,
    existing_version,
    read_record,
    read_run,
    registered_versions,
)
from tasks.validation.config import ValidationConfig


class RecordedRecipe(Recipe):
    """A recipe as a run had it: it was judged by this contract, whatever became of the contract's file since."""

    judged_by: ValidationConfig
    """What the validation stage read."""

    def validation_config(self) -> ValidationConfig:
        """What the validation stage read."""
        return self.judged_by


def recorded_version(name: str) -> tuple[VersionRecord, RecordedRun]:
    """What a version, `NAME@7` or `NAME@alias`, was made of and measured on, and the run behind it.

    Raises:
        RecipeError: There is no such version, or it has no record.
    """
    model, at, version = name.partition("@")
    if not at:
        raise RecipeError(
            f"{name} is no registered version: give NAME@version or NAME@alias, such as {name}@champion\n"
            "  see what there is: gadfly models"
        )
    record = read_record(model, existing_version(model, version))
    return record, read_run(record)


def full_names(*versions: str) -> list[str]:
    """Versions with their model's name, which may be left out where another one has it or only one is registered.

    Raises:
        RecipeError: Several models are registered, or a model is named without a version.
    """
    if all("@" in version for version in versions):
        return list(versions)
    registered = {str(version["name"]) for version in registered_versions()}
    for version in versions:
        if version in registered:
            raise RecipeError(
                f"{version} is a model: name one of its versions, such as {version}@champion or {version}@1"
            )
    named = [version for version in versions if "@" in version]
    models = {named[0].partition("@")[0]} if named else registered
    if len(models) != 1:
        raise RecipeError(
            f"{' '.join(versions)}: {len(models)} models are registered, so name one: NAME@7\n"
            "  see what there is: gadfly models"
        )
    (model,) = models
    return [version if "@" in version else f"{model}@{_number(version)}" for version in versions]


def _number(version: str) -> str:
    """A version's number or alias; a number may have a `v` in front."""
    return re.sub(r"^[vV](?=\d+$)", "", version)


def recorded_recipe(record: VersionRecord, run: RecordedRun, overrides: Sequence[str] = ()) -> RecordedRecipe:
    """The recipe that made a version.

    Args:
        record: The version's.
        run: The run behind it.
        overrides: `key=value`, such as where the data lies now.

    Raises:
        RecipeError: It was lost, or this program doesn't read it any more.
    """
    if not run.recipe:
        raise RecipeError(f"{record.name}: MLflow lost its recipe.yaml (run {record.run_id}), so it can't be rebuilt")
    values = dict(run.recipe)
    for override in overrides:
        apply_override(values, override)
    return validated(
        RecordedRecipe, {**values, "judged_by": record.configs["validation"]}, f"the recipe of {record.name}"
    )
