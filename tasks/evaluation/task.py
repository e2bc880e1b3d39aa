"""The evaluation stage: the base's scores, cached apart, and the tuned model's."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prefect import task

from tasks import home, progress
from tasks.artifacts import ArtifactRef
from tasks.caching import stage_options
from tasks.evaluation.config import EvaluationConfig
from tasks.json_files import write_json

SCORES_FORMAT = 1


@task(name="evaluate-base", **stage_options("baseline"))
def evaluate_base(
    config: EvaluationConfig, tokens: ArtifactRef, accepted: ArtifactRef, base: ArtifactRef
) -> dict[str, ArtifactRef]:
    """Score the base model on the held-out rows and the probes; a new adapter doesn't pay for it again.

    Args:
        config: Probes and general text.
        tokens: Held-out documents.
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
        config: Probes and general text.
        tokens: Held-out documents.
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
    from tasks.evaluation.score_model import score_model
    from tasks.tokenized import read_tokens

    started = time.perf_counter()
    store = home.store()
    opened = read_tokens(store.open(tokens))
    scores = score_model(
        on_best_device(load()),
        load_tokenizer(base_folder(base)),
        opened,
        pd.read_parquet(store.open(accepted) / "accepted.parquet"),
        config,
        lambda done, total: progress.report(stage, done, total),
    )

    def write(folder: Path) -> None:
        write_json(folder / "scores.json", {"format": SCORES_FORMAT, **scores.facts})
        rows = {"row_id": opened.holdout.row_ids, **scores.holdout._asdict()}
        pd.DataFrame(rows).to_parquet(folder / "holdout.parquet", index=False, compression="zstd")

    return {"scores": store.put("scores", write, record={"seconds": round(time.perf_counter() - started, 3)})}


def write_report(run_id: str, recipe: str, artifacts: dict[str, ArtifactRef], mask: Callable[[str], str]) -> str:
    """Render the run's HTML report and return its path. Cheap and never cached.

    Args:
        run_id: The flow run's id.
        recipe: Its recipe's name.
        artifacts: What it used and made, by name.
        mask: Replaces personal data in prompts and samples.
    """
    from tasks.evaluation.report.render import render_report

    path = home.state_folder() / "reports" / f"{run_id}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_report(home.store(), run_id, recipe, artifacts, mask), encoding="utf-8")
    return str(path)
