"""The gate's verdict on a version, against the champion of the day.

That one is measured on the challenger's held-out rows, by the same stages, so it is done once for a pair; rows that it
was trained on don't count.
"""

from __future__ import annotations

from typing import Any

from prefect import runtime

from flows.chain import SEEDS
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.errors import ArtifactDamaged, ArtifactError, GateError, RecipeError
from tasks.evaluation.config import ComparisonConfig, EvaluationConfig
from tasks.evaluation.task import compare_models, evaluate_model
from tasks.registration.task import (
    VersionRecord,
    champion_of,
    give_verdict,
    kept_verdict,
    read_record,
    reload_damage,
    restore,
    unjudged_verdict,
)
from tasks.stages import StageRunner, Stages
from tasks.tokenization.config import TokenizationConfig
from tasks.tokenization.task import tokenize_rows
from tasks.validation.config import ValidationConfig
from tasks.validation.task import judge_samples


def gate(model: str, version: int) -> tuple[dict[str, Any], VersionRecord | None]:
    """The verdict on a version against today's champion, and what it was measured on, if anything.

    Raises:
        ArtifactError: The store lost what it would be measured on.
    """
    champion = champion_of(model)
    if champion == version:
        raise RecipeError(f"{model} version {version} is champion already\n  the way back: gadfly rollback {model}")
    try:
        record = read_record(model, version)
    except RecipeError as error:
        return unjudged_verdict(model, version, champion, str(error).splitlines()[0]), None
    damage = reload_damage(record)
    kept = None if damage else kept_verdict(record, champion)
    if kept is not None:
        return kept, record
    runner = StageRunner(f"{model} gate", str(runtime.flow_run.id))
    try:
        return judged(runner, record, champion, damage), record
    except ArtifactDamaged as error:
        raise ArtifactError(
            f"{record.name} can't be judged: {error}\n  run its recipe ({record.recipe}) again"
        ) from error


def judged(stages: Stages, record: VersionRecord, champion: int | None, damage: str) -> dict[str, Any]:
    """The verdict on a version against the champion, or its base where there is none; what can't be held is refused.

    Raises:
        ArtifactDamaged: The store lost what its own run made.
    """
    try:
        against = measured_against(stages, record, read_record(record.model, champion)) if champion is not None else {}
    except (RecipeError, GateError) as error:
        return unjudged_verdict(record.model, record.version, champion, str(error).splitlines()[0])
    return give_verdict(record, champion, against, damage)


def measured_against(stages: Stages, challenger: VersionRecord, champion: VersionRecord) -> dict[str, ArtifactRef]:
    """The champion on the challenger's rows: their `comparison`, and the champion's `scores` and `samples`."""
    restore(champion)
    own, its, config = challenger.artifacts, champion.artifacts, challenger.config
    if not home.store().is_whole(its["tokens"]):  # which held-out rows would it know?
        raise GateError(f"the store lost what {champion.name} was trained on: run its recipe, {champion.recipe}, again")
    accepted, base, tokens = own["accepted"], its["base"], own["tokens"]
    if base != own["base"]:
        tokens = stages(
            tokenize_rows,
            called="champion tokens",
            config=config(TokenizationConfig, "tokenization"),
            accepted=accepted,
            base=base,
        )["tokens"]
    scores = stages(
        evaluate_model,
        called="champion",
        config=config(EvaluationConfig, "evaluation"),
        tokens=tokens,
        accepted=accepted,
        base=base,
        trained=its["trained"],
    )["scores"]
    samples = stages(
        judge_samples, called="champion samples", config=config(ValidationConfig, "validation"), scores=scores
    )["sample_verdict"]
    comparison = stages(
        compare_models,
        called="champion comparison",
        config=config(ComparisonConfig, "comparison"),
        against="champion",
        scores=own["tuned_scores"],
        other_scores=scores,
        accepted=accepted,
        seeds=[ref for name, ref in sorted(own.items()) if name.startswith(SEEDS)] or None,
        other_tokens=its["tokens"],
    )["comparison"]
    return {"comparison": comparison, "scores": scores, "samples": samples}
