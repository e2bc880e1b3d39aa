"""What a run tells of its model: the HTML report, and where it is on the run's page in Prefect."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flows.recipe import Recipe
from flows.slug import slug
from tasks.artifacts import ArtifactRef
from tasks.checkout import git_commit
from tasks.evaluation.task import ReportedRun, ReportedStage, WrittenReport, first_prompt, write_report
from tasks.identity import public_url
from tasks.stages import StageReport
from tasks.tracking import page_of_artifact
from tasks.validation.task import mask_text

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s,'\"}\]]+")


def run_command(recipe: str, overrides: Sequence[str]) -> str:
    """What runs a recipe again, as typed; credentials in URLs are left out."""
    words = ["gadfly", "run", recipe]
    for override in overrides:
        words += ["-s", URL.sub(lambda found: public_url(found[0]), override)]
    return shlex.join(words)


def report_run(
    run_id: str,
    recipe: Recipe,
    command: str,
    stages: Mapping[str, StageReport],
    artifacts: dict[str, ArtifactRef],
    verdict: Mapping[str, Any] | None = None,
) -> WrittenReport:
    """Write a run's report; with the gate's `verdict` where it has spoken."""
    run = ReportedRun(
        run_id=run_id,
        recipe=recipe.name,
        command=command,
        commit=git_commit(),
        recipe_yaml=recipe.as_yaml(),
        params=recipe.as_params(),
        stages={
            name: ReportedStage(state=stage.state, seconds=stage.seconds, outputs=stage.outputs)
            for name, stage in stages.items()
        },
        verdict=dict(verdict or {}),
    )
    return write_report(run, artifacts, mask_text)


def link_report(recipe: str, written: WrittenReport, mlflow_run: str) -> None:
    """Put the verdict and the way to the report on the run's page: in MLflow where that is a server, else its path."""
    from prefect.artifacts import create_link_artifact

    link = page_of_artifact(mlflow_run, "report/report.html") or Path(written.path).as_uri()
    key = slug(f"report-{recipe}")
    create_link_artifact(key=key, link=link, link_text=f"Report on {recipe}", description=written.verdict)


def example_prompt(scores: ArtifactRef) -> str:
    """A prompt of the data's own kind, masked: the first that was probed."""
    return mask_text(first_prompt(scores))
