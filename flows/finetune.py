"""`finetune`: a recipe's whole chain, from messy rows to a registered version."""

from __future__ import annotations

import time
from typing import Any

from prefect import flow, runtime

from flows.alive import alive
from flows.chain import chain
from flows.data_quality import tell_data_quality, telling_failure
from flows.form import OverridesField, RecipeField, RefreshField
from flows.live_training import watch_training
from flows.promotion import judge_registered
from flows.recipe import Recipe, load_recipe
from flows.run_log import RunLog
from flows.run_name import recipe_and_data
from flows.run_report import example_prompt, link_report, report_run, run_command
from flows.summary import summarise
from tasks import progress
from tasks.artifacts import ArtifactRef
from tasks.errors import ArtifactDamaged
from tasks.progress import listening
from tasks.registration.config import RunFacts
from tasks.registration.task import log_report, register_model
from tasks.stages import StageRunner, recorded_stages

MAX_REPAIRS = 8
"""Damaged artifacts that one run mends before it gives up: one a stage."""


@flow(name="finetune", flow_run_name=recipe_and_data, persist_result=False)
def finetune(recipe: RecipeField, overrides: OverridesField = (), refresh: RefreshField = ()) -> dict[str, Any]:
    """Turn a dataset into a fine-tuned model that can be trusted, or say why it can't.

    Args:
        recipe: A name in recipes/, or the path of a recipe; a new one needs no new deployment.
        overrides: Values to change for this run, one a field, as key=value: training.epochs=2
        refresh: Stages to run again though they are cached.
    """
    run_id = str(runtime.flow_run.id)
    loaded = load_recipe(recipe, overrides)
    with (
        alive(run_id),
        RunLog(run_id, loaded.name) as log,
        listening(log.hear),
        watch_training(loaded, run_id) as live,
    ):
        runner = StageRunner(loaded.name, run_id, frozenset(refresh))
        log.stages = runner.reports
        for attempt in range(MAX_REPAIRS + 1):
            try:
                with telling_failure(loaded.name, runner.reports):
                    artifacts = chain(loaded, runner)
                data_report = tell_data_quality(loaded.name, runner.reports)
                command = run_command(recipe, overrides)
                registered, report = _register(loaded, runner, artifacts, command, data_report, live.mlflow_run())
                log.summary = summarise(run_id, loaded.name, runner.reports, artifacts, registered, report, data_report)
                break
            except ArtifactDamaged:
                if attempt == MAX_REPAIRS:
                    raise
        return log.summary


def _aliases_after(gate: dict[str, Any], registered: dict[str, Any]) -> list[str]:
    """The version's aliases once it was judged: who was promoted is challenger no more."""
    aliases: list[str] = registered["aliases"]
    return ["champion"] if gate["champion"] == registered["version"] and "challenger" in aliases else aliases


def _register(
    recipe: Recipe,
    runner: StageRunner,
    artifacts: dict[str, ArtifactRef],
    command: str,
    data_report: str,
    mlflow_run: str,
) -> tuple[dict[str, Any], str]:
    started = time.perf_counter()
    progress.emit(progress.Event(stage="registration", state="began"))
    something_ran = any(report.state == "ran" for report in runner.reports.values())
    facts = RunFacts(
        run_id=runner.run_id,
        recipe=recipe.name,
        recipe_yaml=recipe.as_yaml(),
        provenance=recipe.provenance(),
        params=recipe.as_params(),
        stages=recorded_stages(runner.reports),
        something_ran=something_ran,
        mlflow_run=mlflow_run,
        command=command,
        example_prompt=example_prompt(artifacts["tuned_scores"]),
        data_report=data_report,
    )
    named = register_model.with_options(task_run_name=f"registration · {recipe.name}")
    try:
        registered = named(recipe.registration, facts, artifacts)
        gate = judge_registered(recipe, runner.run_id, artifacts, registered)
    except ArtifactDamaged:  # made again, then registered
        raise
    except Exception:
        progress.emit(progress.Event(stage="registration", state="failed"))
        report_run(runner.run_id, recipe, command, runner.reports, artifacts)  # what is refused has its report too
        raise
    written = report_run(runner.run_id, recipe, command, runner.reports, artifacts, gate.pop("verdict"))
    if registered["is_logged"] or not registered["is_judged"]:
        log_report(registered["mlflow_run_id"], written.path)
    registered |= {"gate": gate, "aliases": _aliases_after(gate, registered)}
    seconds = registered["seconds"] = round(time.perf_counter() - started, 3)
    progress.emit(progress.Event(stage="registration", state=registered["state"], seconds=seconds))
    if something_ran:
        link_report(recipe.name, written, registered["mlflow_run_id"])
    return registered, written.path
