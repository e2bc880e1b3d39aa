"""`evaluate`: any model on the data of any recipe: its held-out rows, general text and named files, and its samples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prefect import flow, runtime
from prefect.artifacts import create_table_artifact

from flows.alive import alive
from flows.chain import prepare
from flows.form import ModelField, OverridesField, RecipeField
from flows.models import unregistered_base
from flows.reading import reading
from flows.recipe import Recipe, load_recipe
from flows.slug import slug
from flows.versions import recorded_version
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.evaluation.task import evaluate_base, evaluate_model
from tasks.registration.task import restore
from tasks.stages import StageRunner
from tasks.tokenization.task import tokenize_rows
from tasks.validation.task import judge_samples


@flow(name="evaluate", flow_run_name="{model} on {recipe}", persist_result=False)
def evaluate(model: ModelField, recipe: RecipeField, overrides: OverridesField = ()) -> dict[str, Any]:
    """Measure a model on a recipe's data, without training anything.

    Rows that a registered model was trained on aren't left out: compare models with `promote` or `gadfly diff`.

    Args:
        model: A registered NAME@alias or NAME@version, a model's folder, or a hub id.
        recipe: A name in recipes/, or the path of a recipe: its data, its prompt, its measures.
        overrides: Values to change for this run, one a field, as key=value: source.path=other.jsonl
    """
    run_id = str(runtime.flow_run.id)
    with alive(run_id), reading():
        loaded = load_recipe(recipe, overrides)
        runner = StageRunner(f"{loaded.name} evaluated", run_id)
        scores, verdict = _measured(model, loaded, runner)
        read = home.store().read_json
        facts, junk = read(scores, "scores.json"), read(verdict, "verdict.json")
        table = _table(facts)
        key = slug(f"scores-{model}-on-{loaded.name}")
        create_table_artifact(table, key=key, description=f"{model} on {loaded.name}")
        return {"model": model, "recipe": loaded.name, "measured": table, "samples": junk}


def _measured(model: str, recipe: Recipe, runner: StageRunner) -> tuple[ArtifactRef, ArtifactRef]:
    """The model's `scores`, and what the contract says of its samples."""
    trained = None
    if "@" in model and not Path(model).exists():
        record, _ = recorded_version(model)
        restore(record)
        base, trained = record.artifacts["base"], record.artifacts["trained"]
    else:
        base = unregistered_base(model)
    prepared = prepare(recipe, runner)
    tokens = prepared["tokens"]
    accepted = prepared["accepted"]
    if base != prepared["base"]:
        config = recipe.tokenization_config()
        tokens = runner(tokenize_rows, called="its tokens", config=config, accepted=accepted, base=base)["tokens"]
    measures: dict[str, Any] = {"config": recipe.evaluation_config(), "tokens": tokens, "accepted": accepted}
    if trained is None:
        scores = runner(evaluate_base, base=base, **measures)["scores"]
    else:
        scores = runner(evaluate_model, base=base, trained=trained, **measures)["scores"]
    judged = runner(judge_samples, config=recipe.validation_config(), scores=scores)
    return scores, judged["sample_verdict"]


def _table(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A line a text that was measured; nats a token, with 95 % intervals."""
    measured = {"held-out rows": facts["holdout"], "training rows": facts["train"], "general text": facts["general"]}
    measured |= facts["files"]
    return [{"text": name, **values} for name, values in measured.items() if values]
