"""What a run found, read from its artifacts. What wasn't measured is empty, and the report leaves its place out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.artifacts import ArtifactRef, ArtifactStore
from tasks.evaluation.report.run import ReportedRun

MODELS = ("base", "tuned", "champion")
"""Sides of the comparison, in the order they are shown."""

Facts = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """The contents of a run's artifacts."""

    rows: Facts
    """The validation's `report.json`."""
    source: Facts
    tokens: Facts
    training: Facts
    scores: dict[str, Facts]
    """Model to its `scores.json`."""
    comparison: Facts
    """Tuned against base."""
    against_champion: Facts
    samples: dict[str, Facts]
    """Model to the contract's verdict on its samples."""
    clauses: list[Facts]
    """The gate's, where it was asked."""
    params: Facts
    """The recipe's values by dotted key."""

    def setting(self, key: str, default: Any) -> Any:
        """A value of the recipe, or the default where the recipe knows no such key or leaves it empty."""
        value = self.params.get(key)
        return default if value is None else value


def read_findings(store: ArtifactStore, run: ReportedRun, artifacts: Mapping[str, ArtifactRef]) -> Findings:
    """Open every artifact that the report shows; `base_scores`, `tuned_scores`, `trained` and `validation_report` must
    be there, the others may be missing."""

    given = {name: ArtifactRef.model_validate(ref) for name, ref in run.verdict.get("champion_artifacts", {}).items()}
    known = {**artifacts, **{f"champion_{name}": ref for name, ref in given.items() if store.is_whole(ref)}}

    def read(name: str, file: str) -> Facts:
        if name not in known:
            return {}
        return store.read_json(known[name], file)

    scores = {model: read(f"{model}_scores", "scores.json") for model in MODELS}
    samples = {model: read(f"{model}_samples", "verdict.json") for model in MODELS}
    return Findings(
        rows=read("validation_report", "report.json"),
        source=read("rows", "source.json"),
        tokens=read("tokens", "tokens.json"),
        training=read("trained", "training.json"),
        scores={model: found for model, found in scores.items() if found},
        comparison=read("comparison", "comparison.json"),
        against_champion=read("champion_comparison", "comparison.json"),
        samples={model: found for model, found in samples.items() if found},
        clauses=run.verdict.get("clauses", []),
        params=run.params,
    )
