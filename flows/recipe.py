"""Recipe: the stages' configs put together; YAML and overrides in, a checked `Recipe` out.

A path in a recipe starts at the recipe's folder; one given with `-s` starts where the command was typed.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, Field, ValidationError

from flows.named_files import contract_file, recipe_file
from flows.overrides import apply_overrides, resolve_paths
from flows.recipe_checks import check_base, check_extras, check_files, check_unread, how_to_get
from tasks.base_files import BaseConfig
from tasks.errors import RecipeError, problems_message
from tasks.evaluation.config import ComparisonConfig, EvaluationConfig, EvaluationSettings, ScoringSettings
from tasks.identity import is_url, public_url
from tasks.ingestion.config import SourceConfig
from tasks.ingestion.task import pinned
from tasks.prompt_format import PromptConfig, check_columns
from tasks.registration.config import Provenance, RegistrationConfig
from tasks.registration.task import merged_base
from tasks.stage_config import StageConfig, dotted
from tasks.tokenization.config import TokenizationConfig, TokenizationSettings
from tasks.training.config import TrainingConfig
from tasks.validation.config import ValidationConfig
from tasks.validation.contract import load_contract
from tasks.yaml_values import read_yaml

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


class ValidationSettings(StageConfig):
    """The recipe's `validation` section; the rules themselves are the contract's."""

    holdout_fraction: float = Field(default=0.1, gt=0, lt=0.5)
    """Share of the accepted rows that is held out."""
    split_seed: int = Field(default=0, ge=0)
    """Another seed holds out other rows."""


class Recipe(StageConfig):
    """A run, whole."""

    name: str = Field(pattern=NAME_PATTERN)
    """What the run is called; letters, digits, `-`, `_`, `.`."""
    source: SourceConfig
    """Where the rows come from."""
    contract: str
    """A contract's name in `data_contracts/`, or a path."""
    validation: ValidationSettings = ValidationSettings()
    """What is held out."""
    prompt: PromptConfig
    """How a row becomes text."""
    base: BaseConfig
    """The model that training starts from."""
    tokenization: TokenizationSettings = TokenizationSettings()
    """How text becomes tokens."""
    training: TrainingConfig = TrainingConfig()
    """How the model is trained."""
    evaluation: EvaluationSettings = EvaluationSettings()
    """How base and tuned model are compared."""
    registration: RegistrationConfig
    """Where the model is registered."""

    def validation_config(self) -> ValidationConfig:
        """What the validation stage reads: the contract by its content."""
        contract = load_contract(contract_file(self.contract))
        return ValidationConfig(
            contract=contract,
            holdout_fraction=self.validation.holdout_fraction,
            split_seed=self.validation.split_seed,
        )

    def tokenization_config(self) -> TokenizationConfig:
        """What the tokenization stage reads."""
        return TokenizationConfig(settings=self.tokenization, prompt=self.prompt)

    def evaluation_config(self) -> EvaluationConfig:
        """What scoring a model reads: all but the noise, of which another floor measures no model again."""
        settings = {name: getattr(self.evaluation, name) for name in ScoringSettings.model_fields}
        return EvaluationConfig(settings=ScoringSettings(**settings), prompt=self.prompt)

    def comparison_config(self) -> ComparisonConfig:
        """What comparing models reads."""
        return ComparisonConfig(noise=self.evaluation.noise, prompt=self.prompt)

    def gate_configs(self) -> dict[str, Any]:
        """What a later promotion needs to measure another model as this recipe's was, by section, as JSON values."""
        sections = {
            "evaluation": self.evaluation_config(),
            "comparison": self.comparison_config(),
            "tokenization": self.tokenization_config(),
            "validation": self.validation_config(),
            "registration": self.registration,
            "provenance": self.provenance(),
        }
        return {name: section.model_dump(mode="json") for name, section in sections.items()}

    def provenance(self) -> Provenance:
        """What it states of its data: a hub dataset and a URL are an origin, a path on this machine is none."""
        hub = f"{self.source.hub} on the Hugging Face hub" if self.source.hub else ""
        urls = [public_url(path) for path in self.source.paths if is_url(path)]
        return Provenance(licence=self.source.licence, origin=self.source.origin or hub or ", ".join(urls))

    def as_yaml(self) -> str:
        """The recipe with every default filled in, its URLs without credentials."""
        return yaml.safe_dump(self._public(), sort_keys=False, allow_unicode=True)

    def as_params(self) -> dict[str, Any]:
        """Every value by its dotted key, URLs without credentials."""
        return dotted(self._public())

    def _public(self) -> dict[str, Any]:
        values = self.model_dump(mode="json")
        values["source"]["path"] = self.source.public_path
        if self.evaluation.general:
            values["evaluation"]["general"]["path"] = public_url(self.evaluation.general.path)
        if self.training.replay:
            values["training"]["replay"]["path"] = public_url(self.training.replay.path)
        return values


Checked = TypeVar("Checked", bound=Recipe)


def load_recipe(recipe: str, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe, apply overrides, and check all that can be checked before anything runs.

    Args:
        recipe: A name in `recipes/`, or a path.
        overrides: `key=value` with dotted keys and YAML values.

    Raises:
        RecipeError: It doesn't exist, isn't YAML, or has problems: all of them in one message.
        SourceError: A file it names doesn't exist.
    """
    file = recipe_file(recipe)
    values = _read_yaml(file)
    resolve_paths(values, file.parent)
    apply_overrides(values, overrides)
    checked = validated(Recipe, values, str(file))
    check_unread(checked, str(file))
    check_extras(checked)
    with how_to_get(checked.source):
        check_files(checked)
    if checked.base.is_registered:
        merged = checked.base.model_copy(update={"model": merged_base(checked.base.model)})
        checked = checked.model_copy(update={"base": merged})
    check_base(checked, str(file))
    with how_to_get(checked.source):
        checked = checked.model_copy(update={"source": pinned(checked.source)})
    if checked.source.columns:
        check_columns(checked.prompt, checked.source.columns)
    load_contract(contract_file(checked.contract))
    return checked


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        values = read_yaml(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise RecipeError(f"{file} is not YAML{where}: {getattr(error, 'problem', error)}") from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"{file} is not UTF-8 text: byte {error.start}") from error
    if not isinstance(values, dict):
        raise RecipeError(f"{file} holds no keys: a recipe starts with `name:`; see recipes/ for examples")
    return values


def validated(kind: type[Checked], values: Mapping[str, Any], where: str) -> Checked:
    """A recipe from its values, or all their problems in one error that names `where` they are from."""
    try:
        return kind.model_validate_json(json.dumps(values))
    except ValidationError as error:
        raise RecipeError(problems_message(where, [_problem(item) for item in error.errors()])) from error
    except TypeError as error:
        raise RecipeError(f"{where}: {error}") from error


def _problem(error: Any) -> str:
    location = [str(part) for part in error["loc"]]
    key = ".".join(location)
    if error["type"] == "extra_forbidden":
        known = _known_keys(location[:-1])
        near = difflib.get_close_matches(location[-1], known, n=1)
        return f"{key}: unknown key; " + (f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}")
    if error["type"] == "missing":
        return f"{key}: is missing"
    message = error["msg"].removeprefix("Value error, ")
    seen = error.get("input")
    shown = f" (is {seen!r})" if isinstance(seen, (str, int, float, bool)) else ""
    return f"{key}: {message}{shown}" if key else message


def _known_keys(location: Sequence[str]) -> list[str]:
    model: Any = Recipe
    for part in location:
        if part.isdigit():
            continue  # an item of a list
        annotation = model.model_fields[part].annotation
        model = next((kind for kind in (annotation, *get_args(annotation)) if _is_model(kind)), None)
        if model is None:
            return []
    return list(model.model_fields)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
