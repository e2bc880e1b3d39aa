"""`gadfly diff`: what differs between two registered versions, in rows, settings, code, libraries and results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.chain import SEEDS
from flows.versions import recorded_version
from tasks import home
from tasks.errors import ArtifactDamaged, ArtifactError, GateError
from tasks.evaluation.config import ComparisonConfig
from tasks.evaluation.task import compare_models
from tasks.key_changes import changes_across, setting_changes, stage_changes
from tasks.registration.task import RecordedRun, VersionRecord, measured_apart_from
from tasks.validation.task import changed_rows

SCORES_FORMAT = 2
"""Of scores that have intervals."""


def diff(old: str, new: str, limit: int = 5) -> dict[str, Any]:
    """Hold two versions against each other.

    Args:
        old: `NAME@6` or `NAME@alias`.
        new: The same of the newer one.
        limit: Most rows shown of each kind of change.

    Returns:
        `old` and `new`; `rows` (see `row_changes`), `settings`, `code`, `libraries`, `stages` (how the keys differ),
        `metrics` of both and their `comparison` on the same held-out rows; `lost`: what is missing for any of it.

    Raises:
        RecipeError: There is no such version, or it has no record.
    """
    before, after = recorded_version(old), recorded_version(new)
    lost: list[str] = []
    return {
        "old": _told(*before),
        "new": _told(*after),
        "rows": _rows(before[0], after[0], limit, lost),
        **_settings(before, after, lost),
        "metrics": {"old": _metrics(before[0], lost), "new": _metrics(after[0], lost)},
        "comparison": _compared(before[0], after[0], lost),
        "lost": list(dict.fromkeys(lost)),
    }


def _told(record: VersionRecord, run: RecordedRun) -> dict[str, Any]:
    return {"name": record.name, "recipe": record.recipe, "mlflow_run_id": record.run_id, "git_commit": run.commit}


def _rows(old: VersionRecord, new: VersionRecord, limit: int, lost: list[str]) -> dict[str, Any] | None:
    if not _are_there(lost, *((record, name) for record in (old, new) for name in ("accepted", "quarantined"))):
        return None
    return changed_rows(old.artifacts, new.artifacts, limit)


def _settings(
    old: tuple[VersionRecord, RecordedRun], new: tuple[VersionRecord, RecordedRun], lost: list[str]
) -> dict[str, Any]:
    (before, ran_before), (after, ran_after) = old, new
    for record, run in (old, new):
        lost += [f"{record.name}: its recipe.yaml in MLflow"] * (not run.recipe)
        lost += [f"{record.name}: stages.json in MLflow, so its code and libraries aren't known"] * (not run.stages)
    settings = setting_changes(ran_before.recipe, ran_after.recipe) if ran_before.recipe and ran_after.recipe else None
    contracts = [{"contract": record.configs["validation"]["contract"]} for record in (before, after)]
    known = bool(ran_before.stages and ran_after.stages)
    keys = ran_before.keys, ran_after.keys
    return {
        "settings": None if settings is None else [*settings, *setting_changes(*contracts)],
        "code": changes_across(*keys, "code") if known else None,
        "libraries": changes_across(*keys, "libraries") if known else None,
        "stages": stage_changes(*keys) if known else None,
    }


def _metrics(record: VersionRecord, lost: list[str]) -> dict[str, Any] | None:
    """A version's own figures, on its own held-out rows."""
    names = ("tuned_scores", "tuned_samples", "comparison")
    if not _are_there(lost, *((record, name) for name in names)):
        return None
    scores = _read(record, "tuned_scores", "scores.json")
    samples, compared = _read(record, "tuned_samples", "verdict.json"), _read(record, "comparison", "comparison.json")
    if scores["format"] != SCORES_FORMAT:
        lost.append(f"{record.name}: its scores are of format {scores['format']}, without intervals")
        return None
    return {
        "holdout": scores["holdout"],
        "general": scores["general"],
        "files": scores["files"],
        "stop_rate": scores["generation"]["stop_rate"],
        "junk_rate": samples["junk_rate"],
        "junk_interval": samples["interval"],
        "improvement": compared["improvement"],
    }


def _compared(old: VersionRecord, new: VersionRecord, lost: list[str]) -> dict[str, Any] | None:
    """Both on the held-out rows they share that neither line learned from; from their scores, no model is run."""
    seen = measured_apart_from(old, new)
    needed = [(new, "tuned_scores"), (new, "accepted"), (old, "tuned_scores"), *((record, "tokens") for record in seen)]
    if not _are_there(lost, *needed):
        return None
    if old.configs["tokenization"]["prompt"] != new.configs["tokenization"]["prompt"]:
        return {"judgement": "Not compared: their prompts differ, so they were measured on different text."}
    try:
        ref = compare_models.fn(
            config=new.config(ComparisonConfig, "comparison"),
            against="champion",
            scores=new.artifacts["tuned_scores"],
            other_scores=old.artifacts["tuned_scores"],
            accepted=new.artifacts["accepted"],
            seeds=[ref for name, ref in sorted(new.artifacts.items()) if name.startswith(SEEDS)] or None,
            seen_tokens=[record.artifacts["tokens"] for record in seen],
        )["comparison"]
    except (GateError, ArtifactError) as error:
        return {"judgement": f"Not compared: {str(error).splitlines()[0]}."}
    found = home.store().read_json(ref, "comparison.json")
    kept = {name: found[name] for name in ("rows", "excluded_rows", "improvement", "noise", "is_better", "general")}
    return {**kept, "files": found["files"], "judgement": judgement(found, new.name, old.name)}


def judgement(compared: Mapping[str, Any], name: str, other: str) -> str:
    """What may be said of one model against another, in a sentence."""
    gain = compared["improvement"]
    measured = f"{gain['nll']:+.4f} nats a token, {gain['low']:+.4f} to {gain['high']:+.4f} at {gain['confidence']:.0%}"
    told = f"no better than {other} beyond noise"
    if compared["is_better"]:
        told = f"better than {other}, by more than noise"
    elif gain["high"] < 0:
        told = f"worse than {other}, by more than noise"
    return f"{name} is {told}: {measured}, on {compared['rows']:,} held-out rows."


def _are_there(lost: list[str], *wanted: tuple[VersionRecord, str]) -> bool:
    """Whether the store has all of these, every byte; what it hasn't is put down as lost."""
    missing = []
    for record, name in wanted:
        try:
            home.store().open(record.artifacts[name])
        except ArtifactDamaged as error:
            missing.append(f"{record.name}: {name} is not in the store any more ({error})")
    lost += missing
    return not missing


def _read(record: VersionRecord, name: str, file: str) -> dict[str, Any]:
    return home.store().read_json(record.artifacts[name], file)
