"""What the report is told of its run, beside its artifacts, and what the flow is told of the report."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from tasks.artifacts import ArtifactRef


class ReportedStage(BaseModel):
    """What became of a stage."""

    state: str
    seconds: float
    outputs: dict[str, ArtifactRef]


class ReportedRun(BaseModel):
    """A flow run."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    recipe: str
    """The recipe's name."""
    command: str
    """What runs it again, overrides included."""
    commit: str = ""
    """The checkout's git commit, where it has one."""
    recipe_yaml: str = ""
    """The recipe with every default filled in."""
    params: dict[str, Any] = {}
    """The recipe's values by dotted key."""
    stages: dict[str, ReportedStage] = {}
    verdict: dict[str, Any] = {}
    """The gate's: `clauses`, and `champion_artifacts` (`comparison`, `samples`, `scores` where both
    were trained on one prompt format) where there is a champion;
    empty where it wasn't asked."""


class WrittenReport(NamedTuple):
    """A report on disk."""

    path: str
    verdict: str
    """Its first sentence."""
    advice: str
    """The override that it says to try next, or what to do where there is none."""
