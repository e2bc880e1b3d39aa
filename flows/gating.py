"""The gate's verdict on a version, against the champion of the day.

That one is measured on the challenger's held-out rows, by the same stages, so it is done once for a pair; rows that it,
or a version that either was trained further from, learned from don't count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect import runtime

from flows.chain import SEEDS
from flows.reading import reading
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.errors import ArtifactDamaged, ArtifactError, GateError, RecipeError
from tasks.evaluation.config import ComparisonConfig, EvaluationConfig
from tasks.evaluation.task import compare_models, evaluate_model
from tasks.prompt_format import PromptConfig, written_columns, written_part
from tasks.registration.task import (
    VersionRecord,
    champion_of,
    give_verdict,
    kept_verdict,
    measured_apart_from,
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


@reading()
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
    """The champion on the challenger's rows: their `comparison`, and the champion's `scores` and `samples`.

    A champion that was trained on another prompt format reads the rows in its own; both are then compared on what they
    write of a row, each after its own beginning of it, and there are no `scores` to stand beside the challenger's.

    Raises:
        GateError: They can't be compared.
    """
    own, its, config = challenger.artifacts, champion.artifacts, challenger.config
    restore(champion)
    seen = measured_apart_from(champion, challenger)
    for record in seen:  # which held-out rows would it know?
        if not home.store().is_whole(record.artifacts["tokens"]):
            raise GateError(f"the store lost what {record.name} was trained on: run its recipe, {record.recipe}, again")
    accepted, mine, noise = own["accepted"], own["tuned_scores"], config(ComparisonConfig, "comparison")
    seeds: list[ArtifactRef] | None = [ref for name, ref in sorted(own.items()) if name.startswith(SEEDS)] or None
    prompts = [record.config(TokenizationConfig, "tokenization").prompt for record in (challenger, champion)]
    if prompts[0] != prompts[1]:
        _check_same_text(champion, *prompts)
        prompts = [written_part(prompt) for prompt in prompts]
        mine = _scores(stages, "challenger", challenger, accepted, own, prompts[0])
        noise, seeds = _with_noise(noise, own["comparison"]), None
    theirs = _scores(stages, "champion", challenger, accepted, its, prompts[1])
    samples = stages(
        judge_samples, called="champion samples", config=config(ValidationConfig, "validation"), scores=theirs
    )["sample_verdict"]
    comparison = stages(
        compare_models,
        called="champion comparison",
        config=noise,
        against="champion",
        scores=mine,
        other_scores=theirs,
        accepted=accepted,
        seeds=seeds,
        seen_tokens=[record.artifacts["tokens"] for record in seen],
    )["comparison"]
    found = {"comparison": comparison, "samples": samples}
    return found | {"scores": theirs} if mine == own["tuned_scores"] else found


def _scores(
    stages: Stages, who: str, as_of: VersionRecord, accepted: ArtifactRef, of: Mapping[str, ArtifactRef], prompt: Any
) -> ArtifactRef:
    """A model's scores on rows, as `as_of` was measured but for the format in which the model reads them."""
    tokenization = as_of.config(TokenizationConfig, "tokenization").model_copy(update={"prompt": prompt})
    evaluation = as_of.config(EvaluationConfig, "evaluation").model_copy(update={"prompt": prompt})
    tokens = stages(tokenize_rows, called=f"{who} tokens", config=tokenization, accepted=accepted, base=of["base"])[
        "tokens"
    ]
    return stages(
        evaluate_model,
        called=who,
        config=evaluation,
        tokens=tokens,
        accepted=accepted,
        base=of["base"],
        trained=of["trained"],
    )["scores"]


def _check_same_text(champion: VersionRecord, own: PromptConfig, its: PromptConfig) -> None:
    columns = [sorted(written_columns(prompt)) for prompt in (own, its)]
    if columns[0] != columns[1]:
        raise GateError(
            f"{champion.name} was trained to write {', '.join(columns[1])}, this version {', '.join(columns[0])}: "
            "what they write can't be compared"
        )


def _with_noise(config: ComparisonConfig, comparison: ArtifactRef) -> ComparisonConfig:
    """The seed's noise as the version's own run found it: seeds were measured on another part of the text."""
    found = home.store().read_json(comparison, "comparison.json")["noise"]["seed_sd"]
    return config.model_copy(update={"noise": config.noise.model_copy(update={"floor": found})})
