"""The evaluation stages: scores of the base, cached apart, and of the tuned model; their comparison; the report."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from prefect import task

from tasks import home, progress
from tasks.artifacts import ArtifactRef
from tasks.caching import stage_options
from tasks.evaluation.config import ComparisonConfig, EvaluationConfig
from tasks.evaluation.report.run import ReportedRun as ReportedRun
from tasks.evaluation.report.run import ReportedStage as ReportedStage
from tasks.evaluation.report.run import WrittenReport as WrittenReport
from tasks.json_files import replace_text, write_json


@task(name="evaluate-base", **stage_options("baseline"))
def evaluate_base(
    config: EvaluationConfig, tokens: ArtifactRef, accepted: ArtifactRef, base: ArtifactRef
) -> dict[str, ArtifactRef]:
    """Score the base model on the held-out rows and the probes; a new adapter doesn't pay for it again.

    Args:
        config: Probes, general text and named files.
        tokens: Held-out documents, and the training documents.
        accepted: Rows, for the default probes.
        base: The model.
    """
    from tasks.base_files import base_folder
    from tasks.base_model import load_model

    return _scored("baseline", lambda: load_model(base_folder(base)), config, tokens, accepted, base)


@task(name="evaluate-model", **stage_options("evaluation"))
def evaluate_model(
    config: EvaluationConfig, tokens: ArtifactRef, accepted: ArtifactRef, base: ArtifactRef, trained: ArtifactRef
) -> dict[str, ArtifactRef]:
    """Score the tuned model on the same rows and probes as the base.

    Args:
        config: Probes, general text and named files.
        tokens: Held-out documents, and the training documents.
        accepted: Rows, for the default probes.
        base: The model that training started from.
        trained: The adapter or weights.
    """
    from tasks.base_files import base_folder
    from tasks.trained_model import load_trained

    folder = home.store().open(trained)
    return _scored(
        "evaluation", lambda: load_trained(base_folder(base), trained, folder), config, tokens, accepted, base
    )


def _scored(
    stage: str, load: Any, config: EvaluationConfig, tokens: ArtifactRef, accepted: ArtifactRef, base: ArtifactRef
) -> dict[str, ArtifactRef]:
    import pandas as pd

    from tasks.base_files import base_folder
    from tasks.base_model import on_best_device
    from tasks.base_tokenizer import load_tokenizer
    from tasks.evaluation.probes import probe_model
    from tasks.evaluation.score_model import score_model
    from tasks.evaluation.scores import SCORES_FORMAT, write_measured
    from tasks.tables import write_table
    from tasks.tokenized import read_tokens

    started = time.perf_counter()
    store = home.store()
    model, tokenizer = on_best_device(load()), load_tokenizer(base_folder(base))
    opened = read_tokens(store.open(tokens))
    rows = pd.read_parquet(store.open(accepted) / "accepted.parquet")
    scores = score_model(model, tokenizer, opened, config)
    probed = probe_model(
        model, tokenizer, opened, rows, config, lambda done, total: progress.report(stage, done, total)
    )

    def write(folder: Path) -> None:
        write_json(folder / "scores.json", {"format": SCORES_FORMAT, **scores.facts, "generation": probed.facts})
        for name, measured in scores.measured.items():
            write_measured(measured, folder / f"{name}.parquet")
        write_table(probed.samples, folder / "samples.parquet")

    record = {"seconds": round(time.perf_counter() - started, 3)}
    return {"scores": store.put("scores", write, record=record, private=True)}


@task(name="measure-seed", **stage_options("seed_evaluation"))
def measure_seed(tokens: ArtifactRef, base: ArtifactRef, trained: ArtifactRef) -> dict[str, ArtifactRef]:
    """The held-out NLL of a training with another seed: all that estimating the seed's noise needs.

    Args:
        tokens: Held-out documents.
        base: The model that training started from.
        trained: The adapter or weights.
    """
    from tasks.base_files import base_folder
    from tasks.base_model import on_best_device
    from tasks.likelihood import document_likelihood
    from tasks.tokenized import read_tokens
    from tasks.trained_model import load_trained

    started = time.perf_counter()
    store = home.store()
    opened = read_tokens(store.open(tokens))
    model = on_best_device(load_trained(base_folder(base), trained, store.open(trained)))
    nll = document_likelihood(model, opened.holdout[:], opened.facts["pad_id"]).nll
    record = {"seconds": round(time.perf_counter() - started, 3)}
    ref = store.put("likelihood", lambda folder: write_json(folder / "likelihood.json", {"nll": nll}), record=record)
    return {"likelihood": ref}


@task(name="compare-models", **stage_options("comparison"))
def compare_models(
    config: ComparisonConfig,
    against: Literal["base", "champion"],
    scores: ArtifactRef,
    other_scores: ArtifactRef,
    accepted: ArtifactRef,
    seeds: list[ArtifactRef] | None = None,
    seen_tokens: list[ArtifactRef] | None = None,
) -> dict[str, ArtifactRef]:
    """Judge a tuned model by another one that was measured on the same rows; pure, from artifacts.

    Args:
        config: Noise, and the columns that make up a row.
        against: What the other one is.
        scores: Of the tuned model.
        other_scores: Of its base, or of the champion.
        accepted: The tuned model's rows.
        seeds: Held-out likelihood of trainings with other seeds; none: the stated floor is used.
        seen_tokens: What the champion, and models that either was trained further from, learned from; held-out rows
            among it don't count.
    """

    import pandas as pd

    from tasks.evaluation.compare_models import compare_scores
    from tasks.tokenized import read_tokens

    store = home.store()
    comparison = compare_scores(
        config,
        store.open(scores),
        store.open(other_scores),
        pd.read_parquet(store.open(accepted) / "accepted.parquet"),
        against=against,
        seed_nlls=[store.read_json(seed, "likelihood.json")["nll"] for seed in seeds or ()],
        trained_on=[row_id for ref in seen_tokens or () for row_id in read_tokens(store.open(ref)).train.row_ids],
    )
    return {"comparison": store.put("comparison", lambda folder: write_json(folder / "comparison.json", comparison))}


def attribute_gain(
    scores: dict[tuple[str, str], ArtifactRef],
    trained: dict[tuple[str, str], ArtifactRef],
    comparison: ArtifactRef,
    old_tokens: ArtifactRef,
) -> dict[str, Any]:
    """Which of new data and a new config brought a gain; pure and cheap, from scores on the same held-out rows.

    Args:
        scores: Of the four models, by data and config (`old` or `new`).
        trained: Those models.
        comparison: Of the new model; its noise is taken.
        old_tokens: What the models on the old data were trained on.
    """
    from tasks.evaluation.attribution import attribute
    from tasks.evaluation.intervals import SeedNoise
    from tasks.evaluation.scores import read_holdout
    from tasks.tokenized import read_tokens

    store = home.store()
    noise = store.read_json(comparison, "comparison.json")["noise"]
    return attribute(
        {cell: read_holdout(store.open(ref)) for cell, ref in scores.items()},
        {cell: ref.digest for cell, ref in trained.items()},
        SeedNoise(noise["seed_sd"], noise["seeds"], noise["source"]),
        read_tokens(store.open(old_tokens)).train.row_ids,
    )


def race_results(
    scores: dict[str, ArtifactRef], bases: dict[str, ArtifactRef], same_recipe: list[str], floor: float
) -> dict[str, Any]:
    """Several trainings held against the first of `same_recipe`; pure and cheap, from scores.

    Args:
        scores: Of each training, by name.
        bases: Of what each began as.
        same_recipe: The names of those that differ by their seed alone, the recipe as it is first.
        floor: The seed's noise where only one of them is there, nats a token.

    Returns:
        `entrants`, by name, and the `noise` that was counted with.
    """
    from tasks.evaluation.race import hold_against, noise_of

    opened = {name: home.store().open(ref) for name, ref in scores.items()}
    same = [opened[name] for name in same_recipe if name in opened]
    noise, reference = noise_of(same, floor), same_recipe[0]
    return {
        "entrants": {
            name: hold_against(
                folder,
                opened[reference] if name != reference and reference in opened else None,
                home.store().open(bases[name]),
                noise,
            )
            for name, folder in opened.items()
        },
        "noise": {"seed_sd": noise.sd, "source": noise.source},
    }


def write_report(run: ReportedRun, artifacts: dict[str, ArtifactRef], mask: Callable[[str], str]) -> WrittenReport:
    """Render a run's HTML report. Cheap and never cached; a report of the same run is replaced.

    Args:
        run: The flow run, and how to do it again.
        artifacts: What it used and made, by name.
        mask: Replaces personal data in prompts and samples.
    """
    from tasks.evaluation.report.render import render_report

    path = home.state_folder() / "reports" / f"{run.run_id}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    page = render_report(home.store(), run, artifacts, mask)
    replace_text(path, page.html)
    return WrittenReport(str(path), page.verdict, page.advice)


def first_prompt(scores: ArtifactRef) -> str:
    """The first in-domain prompt that a model continued; empty where there was none."""
    content = home.store().read_json(scores, "scores.json")
    samples = content["generation"]["samples"]
    return next((str(sample["prompt"]) for sample in samples if sample["domain"] == "in_domain"), "")
