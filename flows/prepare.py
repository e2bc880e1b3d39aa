"""`prepare`: the first three stages, for work on the data: rows, the contract's judgement, tokens."""

from __future__ import annotations

from typing import Any

from prefect import flow, runtime

from flows.alive import alive
from flows.chain import prepare as prepare_rows
from flows.check import row_counts
from flows.data_quality import tell_data_quality, telling_failure
from flows.form import OverridesField, RecipeField, RefreshField
from flows.recipe import load_recipe
from flows.run_log import RunLog
from flows.run_name import recipe_and_data
from flows.summary import stage_facts
from tasks import home
from tasks.progress import listening
from tasks.stages import StageRunner


@flow(name="prepare", flow_run_name=recipe_and_data, persist_result=False)
def prepare(recipe: RecipeField, overrides: OverridesField = (), refresh: RefreshField = ()) -> dict[str, Any]:
    """Ingest, validate and tokenize a recipe's data, and train nothing.

    Args:
        recipe: A name in recipes/, or the path of a recipe.
        overrides: Values to change for this run, one a field, as key=value: source.path=new.csv
        refresh: Stages to run again though they are cached.
    """
    run_id = str(runtime.flow_run.id)
    loaded = load_recipe(recipe, overrides)
    with alive(run_id), RunLog(run_id, loaded.name) as log, listening(log.hear):
        runner = StageRunner(loaded.name, run_id, frozenset(refresh))
        log.stages = runner.reports
        with telling_failure(loaded.name, runner.reports):
            artifacts = prepare_rows(loaded, runner)
        read = home.store().read_json
        log.summary = {
            "run_id": run_id,
            "recipe": loaded.name,
            "stages": {stage: stage_facts(outcome) for stage, outcome in runner.reports.items()},
            "rows": row_counts(read(artifacts["validation_report"], "report.json")),
            "tokens": read(artifacts["tokens"], "tokens.json")["counts"],
            "data_report": tell_data_quality(loaded.name, runner.reports),
        }
        return log.summary
