"""The gate's verdict on a version, against the champion of the day.

That one is measured on the challenger's held-out rows, by the same stages, so it is done once for a pair; rows that it
was trained on don't count.
"""

from __future__ import annotations

import json
from typing import Any

from prefect import runtime

from flows.chain import SEEDS
from tasks.artifacts import ArtifactRef
from tasks.errors import ArtifactDamaged, ArtifactError, RecipeError
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
        holder = read_record(model, champion) if champion is not None else None
    except RecipeError as error:
        return unjudged_verdict(model, version, champion, str(error).splitlines()[0]), None
    damage = reload_damage(record)
    kept = None if damage else kept_verdict(record, champion)
    if kept is not None:
        return kept, record
    runner = StageRunner(f"{model} gate", str(runtime.flow_run.id))
    return judged(runner, record, holder, damage), record


def judged(stages: Stages, record: VersionRecord, holder: VersionRecord | None, damage: str) -> dict[str, Any]:
    """The verdict on a version against `holder`, the champion, or against its base where there is none.

    Raises:
        ArtifactError: The store lost what it would be measured on.
    """
    try:
        against = measured_against(stages, record, holder) if holder is not None else {}
        return give_verdict(record, holder.version if holder else None, against, damage)
    except ArtifactDamaged as error:
        raise ArtifactError(
            f"{record.name} can't be judged: {error}\n  run its recipe ({record.recipe}) again"
        ) from error


def measured_against(stages: Stages, challenger: VersionRecord, champion: VersionRecord) -> dict[str, ArtifactRef]:
    """The champion on the challenger's rows: their `comparison`, and the champion's `scores` and `samples`."""
    restore(champion)
    own, its, configs = challenger.artifacts, champion.artifacts, challenger.configs

    def config(kind: Any, section: str) -> Any:
        return kind.model_validate_json(json.dumps(configs[section]))

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
