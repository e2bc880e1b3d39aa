"""What a flow run leaves in MLflow: parameters, metrics, curves, tags and files, from the artifacts it used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from tasks.artifacts import ArtifactRef, ArtifactStore
from tasks.checkout import git_commit
from tasks.registration.config import RunFacts
from tasks.tracking import FLOW_RUN, log_curve, log_values

if TYPE_CHECKING:
    from mlflow import MlflowClient

REPORT, DATA_REPORT = "report/report.html", "report/data.html"
"""The reports among a run's files in MLflow."""
RECIPE, STAGES = "recipe.yaml", "stages.json"
"""What it takes to do a run again, and to tell what changed since, among its files."""


class RunResults(BaseModel):
    """The contents of a run's artifacts that are worth logging."""

    validation: dict[str, Any]
    tokens: dict[str, Any]
    training: dict[str, Any]
    base: dict[str, Any]
    tuned: dict[str, Any]


def read_results(store: ArtifactStore, artifacts: Mapping[str, ArtifactRef]) -> RunResults:
    """Read what the stages found."""

    def read(name: str, file: str) -> dict[str, Any]:
        return store.read_json(artifacts[name], file)

    return RunResults(
        validation=read("validation_report", "report.json"),
        tokens=read("tokens", "tokens.json"),
        training=read("trained", "training.json"),
        base=read("base_scores", "scores.json"),
        tuned=read("tuned_scores", "scores.json"),
    )


def run_tags(facts: RunFacts, artifacts: Mapping[str, ArtifactRef], results: RunResults) -> dict[str, str]:
    """Tags that say where a run came from."""
    contract = results.validation["contract"]
    tags = {
        "gadfly.recipe": facts.recipe,
        FLOW_RUN: facts.run_id,
        "gadfly.contract": f"{contract['name']} v{contract['version']}",
        **digest_tags(artifacts),
    }
    commit = git_commit()
    return {**tags, "gadfly.git_commit": commit} if commit else tags


def digest_tags(artifacts: Mapping[str, ArtifactRef]) -> dict[str, str]:
    """A tag an artifact: two runs with equal ones found the same."""
    return {f"gadfly.digest.{name}": ref.digest for name, ref in artifacts.items()}


def log_results(client: MlflowClient, mlflow_run: str, facts: RunFacts, results: RunResults) -> None:
    """Fill an MLflow run."""
    rows = results.validation
    metrics: dict[str, float] = {
        "data/ingested": rows["ingested"],
        "data/accepted": rows["accepted"],
        "data/quarantined": rows["quarantined"],
        "data/quarantined_fraction": rows["quarantined"] / max(1, rows["ingested"]),
        **{f"data/reason/{reason}": count for reason, count in rows["reasons"].items()},
        "train/trainable_parameters": results.training["trainable_parameters"],
        "train/supervised_tokens": results.training["supervised_tokens"],
        "train/padding_fraction": results.training["padding_fraction"],
        **_score_metrics("eval/base", results.base),
        **_score_metrics("eval", results.tuned),
    }
    log_values(client, mlflow_run, facts.params, metrics)
    curve = results.training
    log_curve(client, mlflow_run, "train/loss", ((point["step"], point["nll"]) for point in curve["train"]))
    log_curve(
        client, mlflow_run, "train/learning_rate", ((point["step"], point["learning_rate"]) for point in curve["train"])
    )
    log_curve(client, mlflow_run, "eval/holdout_loss", ((point["step"], point["nll"]) for point in curve["holdout"]))
    client.log_text(mlflow_run, facts.recipe_yaml, RECIPE)
    client.log_dict(mlflow_run, facts.stages, STAGES)
    client.log_dict(mlflow_run, results.validation, "validation_report.json")
    if facts.data_report:
        client.log_text(mlflow_run, Path(facts.data_report).read_text(encoding="utf-8"), DATA_REPORT)


def _score_metrics(prefix: str, scores: Mapping[str, Any]) -> dict[str, float]:
    metrics = {
        f"{prefix}/nll": scores["holdout"]["nll"],
        f"{prefix}/perplexity": scores["holdout"]["perplexity"],
        f"{prefix}/stop_rate": scores["generation"]["stop_rate"],
    }
    if scores["general"]:
        metrics |= {f"{prefix}/general_nll": scores["general"]["nll"]}
    return metrics
