"""`retrain`: the scheduled one. It looks first, cheaply: where nothing changed, nothing runs and nothing is registered.

A version is made only where what changed may make one. It goes through the gate, and becomes champion by itself where
the recipe says `promote: auto`; otherwise the run waits in Prefect's page until a person says so, or until a newer
version is asked about: one question a recipe stands open, and it is about the newest. Who cancels the run that asks has
left that version as it is, and isn't asked about it again. What a retraining that died left undone, the question about
a version that it registered included, is done by the next one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal
from uuid import UUID

from prefect import State, flow, get_run_logger, runtime
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.exceptions import FlowPauseTimeout, ObjectNotFound
from prefect.flow_runs import pause_flow_run
from prefect.input import RunInput
from prefect.states import Cancelled
from pydantic import Field

from flows.alive import alive, is_alive, is_known
from flows.chain import chain
from flows.finetune import finetune
from flows.form import OverridesField, RecipeField
from flows.promotion import promote
from flows.recipe import Recipe, load_recipe
from flows.run_name import recipe_and_data
from flows.slug import slug
from tasks import home
from tasks.locks import exclusively
from tasks.registration.task import CHALLENGER
from tasks.stages import StagePlanner, StageReport
from tasks.tracking import page_of_artifact

Cause = Literal["data", "config", "code", "libraries", "store"]
"""Why a stage would run: `data` is the source's content; `store`: an artifact is gone, or there was no run yet."""
CausesField = Annotated[tuple[Cause, ...], Field(max_length=5)]
WORDS: Mapping[str, Cause] = {"config": "config", "code": "code", "library": "libraries", "plumbing": "code"}
"""What a line on a changed key begins with; `input` lines follow from an earlier stage."""
NO = "To leave it challenger, submit with the switch off or cancel this run: nobody is asked about it again."


class Approval(RunInput):
    """What a person decides on the page of a run that waits."""

    approve: bool = Field(default=False, description="On: make the new version champion. Off: it stays challenger.")
    why: str = Field(default="", description="The reason, kept in the promotion log.")


@flow(name="retrain", flow_run_name=recipe_and_data, persist_result=False)
def retrain(
    recipe: RecipeField,
    overrides: OverridesField = (),
    because_of: CausesField = ("data", "config", "store"),
    wait_hours: Annotated[float, Field(ge=0, le=720)] = 24.0,
) -> dict[str, Any]:
    """Run a recipe again if what it reads changed, and let the gate judge what comes of it.

    Args:
        recipe: A name in recipes/, or the path of a recipe.
        overrides: Values to change for this run, one a field, as key=value: base.model=quotes@champion
        because_of: What may lead to a new version; other changes are only told.
        wait_hours: How long the run waits for a person's approval; 0: it doesn't.
    """
    with alive(str(runtime.flow_run.id)):
        loaded = load_recipe(recipe, overrides)
        causes = changed(loaded)
        told = describe(causes)
        get_run_logger().info("%s: %s", loaded.name, told)
        key = slug(f"changes-{loaded.name}")
        create_markdown_artifact(f"# {loaded.name}\n\n{told}", key=key, description="What changed since the last run")
        if causes and not set(causes) & set(because_of):
            return {"changed": causes, "trained": False, "told": f"{told}: no reason to train, by `because_of`"}
        store, own = home.store(), str(runtime.flow_run.id)
        unfinished, question = f"retraining/{loaded.name}", f"asking/{loaded.name}"
        drop_if_cancelled(question)
        training = at_it(store.read_note(unfinished), own) if wait_hours else ""
        asking = at_it(store.read_note(question), own) if wait_hours and not causes else ""
        if training or asking:
            told += f"\nrun {training} is at it" if training else f"\nalready asked in run {asking}"
            return {"changed": causes, "trained": False, "told": told}
        if causes:
            store.write_note(unfinished, {"run_id": own})
        made = finetune(recipe, overrides)
        model = made["model"]
        is_left = any(store.read_note(note) is not None for note in (unfinished, question))
        is_due = is_left or made["stages"]["registration"]["state"] == "ran"
        waits = is_due and CHALLENGER in model["aliases"] and model["gate"]["outcome"] == "passed"
        asking = _put_question(question, made, own) if wait_hours and waits else ""
        store.remove_note(unfinished)
        approval = ""
        if asking == own:
            given = _ask(model, made["report"], wait_hours)
            _take_back(question, own)  # from here on no newer run takes its place
            approval = _carry_out(given, model)
        elif waits:
            approval = f"already asked in run {asking}" if asking else "not asked"
        return {"changed": causes, "trained": bool(causes), "told": told, "model": model, "approval": approval}


def at_it(note: Mapping[str, Any] | None, own: str) -> str:
    """The other run that a recipe's note names, while it trains or waits for an approval; empty where there is none.

    Args:
        note: Of the retraining that began last and hasn't ended.
        own: This run's id.
    """
    run_id = str(note["run_id"]) if note else own
    if run_id == own:
        return ""
    if is_known(run_id):  # on this machine, where Prefect's word may be a dead run's last one
        return run_id if is_alive(run_id) else ""
    state = _state_of(run_id)
    return run_id if state is not None and (state.is_running() or state.is_paused()) else ""


def drop_if_cancelled(question: str) -> None:
    """Remove the note of a question whose run a person cancelled.

    Args:
        question: The note of the recipe's open question.
    """
    store = home.store()
    with exclusively(question):
        note = store.read_note(question)
        state = _state_of(str(note["run_id"])) if note else None
        if state is not None and state.is_cancelled():
            store.remove_note(question)


def _state_of(run_id: str) -> State[Any] | None:
    """What this server has of a run; None where it doesn't know it."""
    with get_client(sync_client=True) as client:
        try:
            return client.read_flow_run(UUID(run_id)).state
        except ObjectNotFound:
            return None


def changed(recipe: Recipe) -> dict[str, list[str]]:
    """What changed since the recipe's last run, a line each, by cause; nothing where everything is cached."""
    planner = StagePlanner(recipe.name)
    chain(recipe, planner)
    return causes_of(planner.reports)


def causes_of(reports: Mapping[str, StageReport]) -> dict[str, list[str]]:
    """The lines of a plan by cause; what only follows from an earlier stage's change is left out."""
    found: dict[str, list[str]] = {}
    for stage, report in reports.items():
        for line in report.why:
            word = line.partition(" ")[0]
            if word == "input":
                continue
            cause = "data" if stage == "ingestion" and word == "config" else WORDS.get(word, "store")
            lines = found.setdefault(cause, [])
            if line not in lines:
                lines.append(line)
    return found


def describe(causes: Mapping[str, Collection[str]]) -> str:
    """What changed, in a line a cause."""
    if not causes:
        return "nothing changed since the last run: everything is cached"
    return "\n".join(f"{cause} changed: {'; '.join(lines)}" for cause, lines in causes.items())


def _put_question(question: str, made: Mapping[str, Any], own: str) -> str:
    """Put this run's question in the place of one about an older version, whose run is cancelled.

    Args:
        question: The note of the recipe's open question.
        made: What `finetune` told; the note keeps what this question shows.
        own: This run's id.

    Returns:
        The run that asks about this version: this one, or an earlier one that still waits.
    """
    store, model = home.store(), made["model"]
    with exclusively(question):
        note = store.read_note(question)
        if note and (asking := at_it(note, own)):
            if note["version"] == model["version"]:
                return asking
            why = f"superseded by run {own}, which asks about {model['name']} version {model['version']}"
            with get_client(sync_client=True) as client, suppress(ObjectNotFound):  # it waits on another server
                client.set_flow_run_state(UUID(asking), Cancelled(message=why), force=True)
        store.write_note(question, {"run_id": own, "version": model["version"], "made_by": made["run_id"]})
        return own


def _take_back(question: str, own: str) -> None:
    """The question was answered; another run's stays."""
    store = home.store()
    with exclusively(question):
        if (note := store.read_note(question)) and note["run_id"] == own:
            store.remove_note(question)


def _ask(model: Mapping[str, Any], report: str, wait_hours: float) -> Approval | None:
    """Wait for a person's word on a version that passed the gate; None where nobody answers."""
    link = page_of_artifact(model["mlflow_run_id"], "report/report.html")
    shown = f"[The report]({link})" if link else f"The report: {report}"
    text = f"{model['name']} version {model['version']} passed the gate. Make it champion?\n\n{shown}\n\n{NO}"
    try:
        return pause_flow_run(
            wait_for_input=Approval.with_initial_data(description=text), timeout=round(3600 * wait_hours)
        )
    except FlowPauseTimeout:
        return None


def _carry_out(given: Approval | None, model: Mapping[str, Any]) -> str:
    """Do what a person said about a version; returns what came of it."""
    if given is None:
        return f"nobody answered; to do it: gadfly promote {model['name']} {model['version']}"
    if not given.approve:
        return f"declined: {given.why}"
    promote(str(model["name"]), str(model["version"]), False, given.why or "approved in Prefect's page")
    return "approved"
