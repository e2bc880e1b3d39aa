"""`gadfly race`: ideas for a recipe, tried on its data within a time, and held against the recipe as it is.

Each entrant trains for an equal share of the time; the learning rate's schedule ends with it. What is compared is so
what each makes of that time, not what it would make of days. Everything is cached by content, nothing is registered.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from prefect import flow, runtime

from flows.alive import alive
from flows.chain import prepare
from flows.data_quality import telling_failure
from flows.race_ideas import ANOTHER_SEED, AS_IT_IS, Idea, entrants
from flows.recipe import Recipe, load_recipe
from flows.run_log import RunLog
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.errors import GadflyError, TrainingStopped
from tasks.evaluation.config import EvaluationConfig
from tasks.evaluation.task import evaluate_base, evaluate_model, race_results
from tasks.progress import listening
from tasks.stages import StageRunner
from tasks.training.task import train_model

OVERHEAD_S = 20.0
"""Of an entrant's time, at most half of it: what starting a process and measuring take. Seen: 10 s on an idle machine
of two cores, 25 s on a busy one."""


@dataclass
class Lane:
    """An entrant, and how far it came."""

    idea: Idea
    recipe: Recipe
    reuses: bool = True
    """Whether it has the data and the base of the recipe as it is."""
    made: dict[str, ArtifactRef] = field(default_factory=dict)
    """`trained`, `scores` and `base_scores`, as far as they were made."""
    note: str = ""
    """Why it didn't get there."""


@flow(name="race", flow_run_name="{recipe}", persist_result=False)
def race(recipe: str, minutes: float, tries: Sequence[str] = (), overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Try ideas for a recipe within a time, and register nothing.

    Args:
        recipe: A name in recipes/, or the path of a recipe.
        minutes: For all entrants together, from when the data is ready.
        tries: One's own ideas, each some key=value; none: what suits the recipe.
        overrides: Values to change for all entrants.
    """
    run_id = str(runtime.flow_run.id)
    lanes = lanes_of(recipe, minutes, tries, overrides)
    name = f"{lanes[0].recipe.name} race"
    with alive(run_id), RunLog(run_id, name) as log, listening(log.hear):
        runner = StageRunner(name, run_id)
        log.stages = runner.reports
        with telling_failure(name, runner.reports):
            shared = {"prepared": prepare(lanes[0].recipe, runner)}
        stopped = run_lanes(lanes, runner, minutes, shared)
        log.summary = {"run_id": run_id, "recipe": recipe, "overrides": list(overrides)}
        log.summary |= {"minutes": minutes, "stopped": stopped}
        log.summary |= results(lanes, runner)
        return log.summary


def lanes_of(recipe: str, minutes: float, tries: Sequence[str], overrides: Sequence[str]) -> list[Lane]:
    """Every entrant with its recipe, whose training ends with its share; a wrong override is told before anything runs.

    Raises:
        RecipeError: In the recipe, or in an idea.
    """
    own = load_recipe(recipe, overrides)
    lanes = [_lane(idea, own, recipe, overrides) for idea in entrants(own, tries)]
    slot_s = 60 * minutes / sum(not lane.note for lane in lanes)
    share = round(max(slot_s / 2, slot_s - OVERHEAD_S) / 60, 3)
    for lane in lanes:
        shortest = min(share, lane.recipe.training.max_minutes or share)
        lane.recipe = _with_training(lane.recipe, max_minutes=shortest)
    return lanes


def _lane(idea: Idea, own: Recipe, recipe: str, overrides: Sequence[str]) -> Lane:
    if idea.missing:
        return Lane(idea, own, note=f"not tried: {idea.missing}")
    try:
        changed = load_recipe(recipe, [*overrides, *idea.overrides])
    except GadflyError as error:
        if not idea.is_suggestion:
            raise
        return Lane(idea, own, note=f"not tried: {str(error).splitlines()[0]}")
    return Lane(idea, changed, reuses=_with_training(changed, **dict(own.training)) == own)


def _with_training(recipe: Recipe, **changes: Any) -> Recipe:
    return recipe.model_copy(update={"training": recipe.training.model_copy(update=changes)})


def run_lanes(lanes: Sequence[Lane], runner: StageRunner, minutes: float, shared: dict[str, Any]) -> bool:
    """Train and measure one entrant after the other; whether a Ctrl-C stopped it.

    Args:
        lanes: The entrants.
        runner: Runs their stages.
        minutes: No entrant begins after them.
        shared: What those that change only the training have in common: `prepared`; `base_scores` is added.
    """
    started = time.perf_counter()
    waiting = [lane for lane in lanes if not lane.note]
    for number, lane in enumerate(waiting):
        if time.perf_counter() - started > 60 * minutes:
            lane.note = "not started: the time was over"
            continue
        try:
            _run(lane, runner, shared if lane.reuses else {})
        except (KeyboardInterrupt, TrainingStopped):
            for left in waiting[number:]:
                left.note = "stopped" if left is lane else "not started: stopped before"
            return True
        except GadflyError as error:  # an idea that can't be trained is a result
            lane.note = f"failed: {str(error).splitlines()[0]}"
    return False


def _run(lane: Lane, runner: StageRunner, shared: dict[str, Any]) -> None:
    recipe, called, measured = lane.recipe, lane.idea.name, _measured(lane.recipe)
    prepared = shared.get("prepared") or prepare(recipe, runner)
    on = {name: prepared[name] for name in ("tokens", "accepted", "base")}
    if "base_scores" not in shared:
        baseline = f"baseline, {called}"
        shared["base_scores"] = runner(evaluate_base, called=baseline, config=measured, **on)["scores"]
    trained = runner(
        train_model, called=f"training, {called}", config=recipe.training, tokens=on["tokens"], base=on["base"]
    )["trained"]
    scores = runner(evaluate_model, called=f"evaluation, {called}", config=measured, **on, trained=trained)["scores"]
    lane.made = {"trained": trained, "scores": scores, "base_scores": shared["base_scores"]}


def _measured(recipe: Recipe) -> EvaluationConfig:
    """The recipe's measures of likelihood, with next to no samples: these take most of an evaluation's time."""
    config = recipe.evaluation_config()
    few = {"judged_samples": 1, "samples_per_probe": 1, "max_new_tokens": 1, "files": (), "lm_eval": None}
    return config.model_copy(update={"settings": config.settings.model_copy(update=few)})


def results(lanes: Sequence[Lane], runner: StageRunner) -> dict[str, Any]:
    """The entrants, the best first, those that didn't get there last; and the noise that was counted with."""
    there = {lane.idea.name: lane.made for lane in lanes if lane.made}
    floor = lanes[0].recipe.evaluation.noise.floor
    found: dict[str, Any] = {"entrants": {}, "noise": None}
    if there:
        scores, bases = ({name: made[kind] for name, made in there.items()} for kind in ("scores", "base_scores"))
        found = race_results(scores, bases, [AS_IT_IS, ANOTHER_SEED], floor)
    table = [
        {
            "name": lane.idea.name,
            "overrides": list(lane.idea.overrides),
            **found["entrants"].get(lane.idea.name, {"nll": None}),
            **(_cost(lane, runner) if lane.made else {}),
            "note": lane.note,
        }
        for lane in lanes
    ]
    table.sort(key=lambda row: (row["nll"] is None, row["nll"] or 0.0))
    base = next((home.store().read_json(made["base_scores"], "scores.json") for made in there.values()), None)
    return {"entrants": table, "noise": found["noise"], "base_nll": base and base["holdout"]["nll"]}


def _cost(lane: Lane, runner: StageRunner) -> dict[str, Any]:
    store = home.store()
    facts, record = store.read_json(lane.made["trained"], "training.json"), store.record(lane.made["trained"])
    return {
        "seconds": record.get("seconds", 0.0),
        "tokens": facts["supervised_tokens"],
        "steps": facts["steps"],
        "epochs": facts["holdout"][-1]["epoch"],
        "planned_epochs": lane.recipe.training.epochs,
        "ended_by": facts["ended_by"],
        "state": runner.reports[f"training, {lane.idea.name}"].state,
    }
