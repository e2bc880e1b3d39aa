"""The chain: one call a stage, top to bottom. A run and a plan go through the same lines."""

from __future__ import annotations

from flows.recipe import Recipe
from flows.recipe_checks import how_to_get
from tasks.artifacts import ArtifactRef
from tasks.base_files import resolve_base
from tasks.evaluation.task import compare_models, evaluate_base, evaluate_model, measure_seed
from tasks.ingestion.task import ingest_rows
from tasks.purged import purged_rows
from tasks.stages import Stages
from tasks.tokenization.task import tokenize_rows
from tasks.training.task import train_model
from tasks.validation.task import judge_samples, require_passed, validate_rows

SEEDS = "seed_likelihood_"
"""What the artifacts of trainings with other seeds are called, with their number."""


def prepare(recipe: Recipe, stages: Stages) -> dict[str, ArtifactRef]:
    """Go from a source to tokens, and return every artifact on the way.

    Raises:
        ContractError: The data is not what the contract asks for; its quarantine is kept.
    """
    base = resolve_base(recipe.base)
    with how_to_get(recipe.source):
        rows = stages(ingest_rows, config=recipe.source, purged=purged_rows())["rows"]
    judged_by = recipe.validation_config()
    checked = stages(validate_rows, config=judged_by, rows=rows, base=base if judged_by.contract.asks_base else None)
    stages.require(require_passed, checked["validation_report"])
    accepted = checked["accepted"]
    tokens = stages(tokenize_rows, config=recipe.tokenization_config(), accepted=accepted, base=base)["tokens"]
    return {
        "base": base,
        "rows": rows,
        "accepted": accepted,
        "quarantined": checked["quarantined"],
        "repaired": checked["repaired"],
        "validation_report": checked["validation_report"],
        "tokens": tokens,
    }


def chain(recipe: Recipe, stages: Stages) -> dict[str, ArtifactRef]:
    """Go from a source to scores and their comparison, and return every artifact on the way.

    Raises:
        ContractError: The data is not what the contract asks for; its quarantine is kept.
    """
    prepared = prepare(recipe, stages)
    base, accepted, tokens = prepared["base"], prepared["accepted"], prepared["tokens"]
    judged_by = recipe.validation_config()
    probes = recipe.evaluation_config()
    base_scores = stages(evaluate_base, config=probes, tokens=tokens, accepted=accepted, base=base)["scores"]
    trained = stages(train_model, config=recipe.training, tokens=tokens, base=base)["trained"]
    tuned_scores = stages(evaluate_model, config=probes, tokens=tokens, accepted=accepted, base=base, trained=trained)[
        "scores"
    ]
    base_samples = stages(judge_samples, called="baseline samples", config=judged_by, scores=base_scores)
    tuned_samples = stages(judge_samples, config=judged_by, scores=tuned_scores)
    seeds = seed_likelihoods(recipe, stages, tokens, base)
    comparison = stages(
        compare_models,
        config=recipe.comparison_config(),
        against="base",
        scores=tuned_scores,
        other_scores=base_scores,
        accepted=accepted,
        seeds=seeds,
    )["comparison"]
    return {
        **prepared,
        "trained": trained,
        "base_scores": base_scores,
        "tuned_scores": tuned_scores,
        "comparison": comparison,
        "base_samples": base_samples["sample_verdict"],
        "tuned_samples": tuned_samples["sample_verdict"],
        **{f"{SEEDS}{number}": seed for number, seed in enumerate(seeds or (), start=1)},
    }


def seed_likelihoods(
    recipe: Recipe, stages: Stages, tokens: ArtifactRef, base: ArtifactRef
) -> list[ArtifactRef] | None:
    """The recipe trained with the next seeds, as many as `evaluation.noise` asks for; None where it takes its floor."""
    found = []
    for extra in range(1, recipe.evaluation.noise.seeds):
        seed = recipe.training.seed + extra
        training = recipe.training.model_copy(update={"seed": seed})
        trained = stages(train_model, called=f"training seed {seed}", config=training, tokens=tokens, base=base)
        measured = stages(
            measure_seed, called=f"evaluation seed {seed}", tokens=tokens, base=base, trained=trained["trained"]
        )
        found.append(measured["likelihood"])
    return found or None
