"""`gadfly reproduce`: a registered version made again from its record, and held against what was registered.

Everything is computed anew in a home of its own, which is removed afterwards: no cache is read, no version is made, and
what this home knows of its recipes stays. Of this home it takes what decides on rows and can't be computed: on which
side of the split a row has ever been, and which rows were purged.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from prefect import flow, runtime

from flows.alive import alive
from flows.chain import SEEDS, chain
from flows.diff import judgement
from flows.reproduced import given_otherwise, held_against, outcome_of
from flows.versions import recorded_recipe, recorded_version
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.base_files import REGISTERED, resolve_base
from tasks.errors import ArtifactDamaged, ArtifactError, GateError, RecipeError, SourceError
from tasks.evaluation.config import ComparisonConfig
from tasks.evaluation.task import compare_models
from tasks.key_changes import short
from tasks.manifest import copy_files
from tasks.purged import FILE as PURGED
from tasks.registration.task import RecordedRun, VersionRecord
from tasks.stages import Outputs, StageReport, StageRunner

SPLITS = "splits"
"""The folder of the memory of splits, under `.gadfly/`."""


class _OtherRows(Exception):
    """Training would read something else than it did: nothing after it can be reproduced."""


class _Watched:
    """Runs stages, and stops before training where it would read other rows or tokens than the recorded run."""

    def __init__(self, runner: StageRunner, recorded: RecordedRun) -> None:
        self.runner = runner
        self.recorded = recorded
        self.reports: dict[str, StageReport] = runner.reports

    def __call__(self, task: Any, *, called: str = "", **arguments: Any) -> Outputs:
        """Run a stage."""
        outputs = self.runner(task, called=called, **arguments)
        for stage, name in (("validation", "accepted"), ("tokenization", "tokens")):
            if name in outputs and outputs[name] != self.recorded.stages[stage].outputs[name]:
                raise _OtherRows
        return outputs

    def require(self, check: Callable[[ArtifactRef, str], None], artifact: ArtifactRef) -> None:
        """Raise what `check` raises."""
        self.runner.require(check, artifact)


@flow(name="reproduce", flow_run_name="{name}", persist_result=False)
def reproduce(name: str, overrides: list[str] | None = None) -> dict[str, Any]:
    """Make a version again from its record, and tell whether it is the same; it registers nothing.

    Args:
        name: `NAME@7` or `NAME@alias`.
        overrides: `key=value`, such as where the data lies now.

    Returns:
        `name`, `reproduced`, `outcome` (a sentence), `stages` (each artifact's recorded and remade digest), `changes`
        (what differs in source, base, settings, code, libraries), `comparison` where digests differ behind equal
        keys, and the `hardware` of both trainings.

    Raises:
        RecipeError: There is no such version, or its record doesn't hold what it takes.
    """
    record, recorded = recorded_version(name)
    recipe = recorded_recipe(record, recorded, overrides or [])
    if not recorded.stages:
        raise RecipeError(
            f"{record.name} can't be held against its record: MLflow has no stages.json of run {record.run_id}\n"
            "  run its recipe again: what is cached isn't done twice"
        )
    known = _scores_files(record)
    hardware = {"recorded": _hardware(record.artifacts["trained"])}
    artifacts: dict[str, ArtifactRef] = {}
    comparison = None
    with alive(str(runtime.flow_run.id)), scratch_home():
        stages = _Watched(StageRunner(f"{record.model} reproduction", str(runtime.flow_run.id)), recorded)
        base = resolve_base(recipe.base)
        if base == record.artifacts["base"]:
            try:
                artifacts = chain(recipe, stages)
            except _OtherRows:
                pass
            except SourceError as error:
                raise SourceError(
                    f"{record.name} can't be made again: {error}\n"
                    f"  where its data lies now: gadfly reproduce {record.name} -s source.path=PATH"
                ) from error
        if artifacts:
            hardware["remade"] = _hardware(artifacts["trained"])
        held = held_against(recorded.stages, stages.reports)
        if artifacts and known and not all(stage["same"] for stage in held.values()):
            comparison = _compared(record, artifacts, known)
    changes = given_otherwise(recorded.keys, {name: report.key for name, report in stages.reports.items()})
    if base != record.artifacts["base"]:
        changes.insert(0, f"the base model changed: {short(record.artifacts['base'].digest)} → {short(base.digest)}")
    reproduced, outcome = outcome_of(record.name, held, changes, comparison)
    return {
        "name": record.name,
        "reproduced": reproduced,
        "outcome": outcome,
        "stages": held,
        "changes": changes,
        "comparison": comparison,
        "hardware": hardware,
    }


@contextmanager
def scratch_home() -> Iterator[Path]:
    """A home for the block, removed after it; it knows the splits, purged rows and merged bases of the real one."""
    state = home.state_folder()
    (state / "scratch").mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=state / "scratch", prefix="reproduce-") as folder:
        own = Path(folder) / ".gadfly"
        own.mkdir()
        for known in (SPLITS, REGISTERED):
            if (state / known).is_dir():
                shutil.copytree(state / known, own / known)
        if (state / PURGED).is_file():
            shutil.copy(state / PURGED, own / PURGED)
        before = {name: os.environ.get(name) for name in ("GADFLY_HOME", "GADFLY_STORE")}
        os.environ["GADFLY_HOME"] = folder
        os.environ.pop("GADFLY_STORE", None)
        try:
            yield Path(folder)
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _scores_files(record: VersionRecord) -> Path | None:
    """The recorded scores' files; None where the store lost them."""
    try:
        return home.store().open(record.artifacts["tuned_scores"])
    except ArtifactDamaged:
        return None


def _hardware(trained: ArtifactRef) -> dict[str, Any]:
    made = home.store().record(trained)
    return {name: made.get(name, "") for name in ("device", "precision")}


def _compared(record: VersionRecord, artifacts: Mapping[str, ArtifactRef], known: Path) -> dict[str, Any]:
    """The remade model against the recorded one, on the held-out rows of both."""
    recorded = home.store().put("scores", lambda folder: copy_files(known, folder), private=True)
    try:
        ref = compare_models.fn(
            config=record.config(ComparisonConfig, "comparison"),
            against="champion",
            scores=artifacts["tuned_scores"],
            other_scores=recorded,
            accepted=artifacts["accepted"],
            seeds=[ref for name, ref in sorted(artifacts.items()) if name.startswith(SEEDS)] or None,
        )["comparison"]
    except (GateError, ArtifactError) as error:
        return {"within_noise": False, "judgement": f"Not compared: {str(error).splitlines()[0]}."}
    found = home.store().read_json(ref, "comparison.json")
    gain = found["improvement"]
    return {
        "within_noise": gain["low"] <= 0 <= gain["high"],
        "improvement": gain,
        "noise": found["noise"],
        "judgement": judgement(found, "the model made again", record.name),
    }
