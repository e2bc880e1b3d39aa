"""Running the chain's stages, or only looking at what a run would do.

Beside Prefect's results the store keeps a *key note* for every key (its parts, the artifacts, the run that made them),
so that a plan can be made without running anything and a change can be named. One chain serves both: `StageRunner`
runs its stages through Prefect, `StagePlanner` only looks.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from tasks import home, progress
from tasks.artifacts import ArtifactRef
from tasks.caching import StageKey, stage_key, stage_name
from tasks.key_changes import PENDING, explain_change
from tasks.locks import exclusively

LOGGER = logging.getLogger("gadfly")
Outputs = dict[str, ArtifactRef]


@dataclass(kw_only=True)
class StageReport:
    """What became of a stage: ran or cached, and why."""

    state: Literal["ran", "cached", "would run"]
    seconds: float = 0.0
    outputs: Outputs = field(default_factory=dict)
    why: list[str] = field(default_factory=list)
    """Which parts of the key changed since this recipe's last run; empty where it was cached."""
    made_by: str = ""
    """The run that made the artifacts."""
    key: dict[str, Any] = field(default_factory=dict)
    """The parts of its cache key."""


class Stages(Protocol):
    """What the chain calls its stages through."""

    reports: dict[str, StageReport]

    def __call__(self, task: Any, *, called: str = "", **arguments: Any) -> Outputs:
        """One stage: its outputs by name.

        Args:
            task: The stage's task.
            called: What reports call it, where the chain runs the stage more than once. Its keys stay the stage's own:
                what ran under one name is cached under all.
            arguments: The task's.
        """
        ...

    def require(self, check: Callable[[ArtifactRef, str], None], artifact: ArtifactRef) -> None:
        """Stop the chain where `check`, told the artifact and the run's name, raises."""
        ...


class StageRunner:
    """Runs stages through Prefect, looks after what comes from the cache, and remembers what it saw.

    Args:
        recipe: The recipe's name: changes are told against its last run.
        run_id: The flow run that new artifacts are credited to.
        refresh: Stages to run though they are cached.
    """

    def __init__(self, recipe: str, run_id: str, refresh: frozenset[str] = frozenset()) -> None:
        self.recipe = recipe
        self.run_id = run_id
        self.refresh = refresh
        self.reports: dict[str, StageReport] = {}

    def __call__(self, task: Any, *, called: str = "", **arguments: Any) -> Outputs:
        """Run a stage, or take it from the cache; a cached artifact that is missing or cut short is made again.

        Another run that wants the same key waits here, and then finds it cached.
        """
        stage = stage_name(task)
        name = called or stage
        started = time.perf_counter()
        progress.emit(progress.Event(stage=name, state="began"))
        key = stage_key(task.fn, arguments, home.hash_memo())
        with exclusively(f"{stage} {key.digest}"), progress.called(stage, name):
            report = self._run(task, name, key, arguments)
        report.seconds = round(time.perf_counter() - started, 3)
        earlier = self.reports.get(name)
        if earlier is None or report.state == "ran" or report.outputs != earlier.outputs:
            self.reports[name] = report  # else a repair came by again: what ran in this run, ran
        ended: Literal["ran", "cached"] = "ran" if report.state == "ran" else "cached"
        progress.emit(progress.Event(stage=name, state=ended, seconds=report.seconds))
        return report.outputs

    def _run(self, task: Any, name: str, key: StageKey, arguments: Mapping[str, Any]) -> StageReport:
        stage = stage_name(task)
        has_run = name in self.reports and self.reports[name].state == "ran"  # a repair comes by again
        look = look_up(stage, key, self.recipe, name, refresh=_is_wanted(stage, name, self.refresh) and not has_run)
        maker = f" · made by run {look.note['run_id'][:8]}" if look.cached and look.note else ""
        configured = task.with_options(
            task_run_name=f"{name} · {self.recipe}{maker}",
            cache_policy=replace(task.cache_policy, known=key.digest),
            refresh_cache=not look.cached,
            result_storage=results_folder(),
        )
        state = configured(**arguments, return_state=True)
        try:
            outputs: Outputs = state.result()
        except Exception:
            progress.emit(progress.Event(stage=name, state="failed"))
            raise
        cached = state.name == "Cached"
        note: dict[str, Any] = {
            "parts": look.key.parts(),
            "outputs": _dump(outputs),
            "run_id": self.run_id,
            "recipe": self.recipe,
        }
        store = home.store()
        if cached and look.note is not None:
            note = look.note
        else:
            store.write_note(f"keys/{stage}/{look.key.digest}", note)
        store.write_note(f"latest/{self.recipe}/{name}", {"key": look.key.digest})
        if cached:
            LOGGER.info("%s: cached, made by run %s", name, note["run_id"][:8])
        else:
            LOGGER.info("%s: ran (%s)", name, "; ".join(look.why))
        return StageReport(
            state="cached" if cached else "ran",
            outputs=outputs,
            why=[] if cached else look.why,
            made_by=note["run_id"],
            key=look.key.parts(),
        )

    def require(self, check: Callable[[ArtifactRef, str], None], artifact: ArtifactRef) -> None:
        """Raise what `check` raises."""
        check(artifact, self.run_id[:8])


class StagePlanner:
    """Tells what a run would do, and runs nothing. Outputs of stages that would run are `PENDING`."""

    def __init__(self, recipe: str, refresh: frozenset[str] = frozenset()) -> None:
        self.recipe = recipe
        self.refresh = refresh
        self.reports: dict[str, StageReport] = {}

    def __call__(self, task: Any, *, called: str = "", **arguments: Any) -> Outputs:
        """Look a stage up."""
        stage = stage_name(task)
        name = called or stage
        key = stage_key(task.fn, arguments, home.hash_memo())
        look = look_up(stage, key, self.recipe, name, refresh=_is_wanted(stage, name, self.refresh))
        if look.cached and look.note is not None:
            outputs = _load(look.note["outputs"])
            self.reports[name] = StageReport(state="cached", outputs=outputs, made_by=look.note["run_id"])
            return outputs
        self.reports[name] = StageReport(state="would run", why=look.why)
        return _PendingOutputs()

    def require(self, check: Callable[[ArtifactRef, str], None], artifact: ArtifactRef) -> None:
        """Check what is there already; what isn't made yet can't be."""
        if artifact.digest != PENDING:
            check(artifact, self.recipe)


class _PendingOutputs(dict[str, ArtifactRef]):
    def __missing__(self, kind: str) -> ArtifactRef:
        return ArtifactRef(kind=kind, digest=PENDING)


@dataclass(frozen=True)
class Look:
    """What the store knows of one call of a stage."""

    key: StageKey
    cached: bool
    note: dict[str, Any] | None
    why: list[str]


def _is_wanted(stage: str, name: str, refresh: frozenset[str]) -> bool:
    """Whether a stage is to run again; its own name means all of its runs."""
    return stage in refresh or name in refresh


def look_up(stage: str, key: StageKey, recipe: str, name: str, *, refresh: bool) -> Look:
    """Whether a call is cached, and if not, which part of the key changed since the recipe's last run."""
    store = home.store()
    note = store.read_note(f"keys/{stage}/{key.digest}")
    has_result = (results_folder() / key.digest).is_file()
    broken = [name for name, ref in _load(note["outputs"]).items() if not store.is_whole(ref)] if note else []
    if refresh:
        return Look(key, False, note, ["refresh asked for"])
    if broken:
        return Look(key, False, note, [f"{name}: missing from the store, or cut short" for name in broken])
    if note and has_result:
        return Look(key, True, note, [])
    if note:
        return Look(key, False, note, ["its result record is missing"])
    latest = store.read_note(f"latest/{recipe}/{name}")
    previous = store.read_note(f"keys/{stage}/{latest['key']}") if latest else None
    if previous is None:
        return Look(key, False, None, [f"the first run of {recipe}"])
    return Look(key, False, None, explain_change(previous["parts"], key.parts()))


def recorded_stages(reports: Mapping[str, StageReport]) -> dict[str, Any]:
    """What is kept of a run's stages with its model: the parts of each `key`, and the `outputs`."""
    return {name: {"key": report.key, "outputs": _dump(report.outputs)} for name, report in reports.items()}


def results_folder() -> Path:
    """Where Prefect keeps the stages' results: one JSON file a key."""
    return home.state_folder() / "results"


def _dump(outputs: Outputs) -> dict[str, Any]:
    return {name: ref.model_dump() for name, ref in outputs.items()}


def _load(outputs: Mapping[str, Any]) -> Outputs:
    return {name: ArtifactRef.model_validate(ref) for name, ref in outputs.items()}
