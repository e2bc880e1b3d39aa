"""What is remembered of every run, finished or failed: one JSON file a run, for `gadfly runs` and `quarantine`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from flows.alive import is_alive
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.errors import RecipeError, TrainingStopped
from tasks.json_files import replace_json
from tasks.progress import Event
from tasks.stages import StageReport


class RunLog:
    """Writes a run's record when the run begins, and again when it ends, however it ends."""

    def __init__(self, run_id: str, recipe: str) -> None:
        self.run_id = run_id
        self.recipe = recipe
        self.stages: dict[str, StageReport] = {}
        self.summary: dict[str, Any] = {}
        self._started = _now()

    def __enter__(self) -> RunLog:
        self._write("running", "")
        return self

    def hear(self, event: Event) -> None:
        """Note a stage's end: what a run that is under way has made or taken from the cache isn't garbage."""
        if event.state in ("ran", "cached"):
            self._write("running", "")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        is_failure = isinstance(error, Exception) and not isinstance(error, TrainingStopped)
        failed = "failed" if is_failure else "stopped"  # by Ctrl-C, or by Prefect's cancel
        self._write(failed if error else "completed", str(error) if error else "")

    def _write(self, status: str, error: str) -> None:
        outputs = {name: ref.model_dump() for report in self.stages.values() for name, ref in report.outputs.items()}
        folder = runs_folder()
        folder.mkdir(parents=True, exist_ok=True)
        replace_json(
            folder / f"{self.run_id}.json",
            {
                "run_id": self.run_id,
                "recipe": self.recipe,
                "status": status,
                "error": error,
                "started": self._started,
                "ended": "" if status == "running" else _now(),
                "artifacts": outputs,
                "stages": {
                    name: {key: value for key, value in asdict(report).items() if key not in ("outputs", "key")}
                    for name, report in self.stages.items()
                },
                "summary": self.summary,
            },
        )


def runs_folder() -> Path:
    """Where runs are remembered."""
    return home.state_folder() / "runs"


def read_runs() -> list[dict[str, Any]]:
    """Every remembered run, newest first; one whose process died without a word is `killed`."""
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in runs_folder().glob("*.json")]
    for run in runs:
        if run["status"] == "running" and not is_alive(run["run_id"]):
            run["status"] = "killed"
    return sorted(runs, key=lambda run: str(run["started"]), reverse=True)


def find_run(run: str, needs: str = "") -> dict[str, Any]:
    """The run whose id begins with `run`, or the newest run of the recipe of that name that has the artifact `needs`.

    Raises:
        RecipeError: There is none, or the beginning fits several.
    """
    runs = read_runs()
    found = [known for known in runs if known["run_id"].startswith(run)] if len(run) >= 4 else []
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise RecipeError(
            f"{run} is the beginning of {len(found)} runs: {', '.join(known['run_id'] for known in found)}"
        )
    named = [known for known in runs if known["recipe"] == run]
    if named:
        return next((known for known in named if needs in known["artifacts"]), named[0])
    raise RecipeError(f"no run has the id or the recipe {run}\n  see what there is: gadfly runs")


def run_artifact(run: dict[str, Any], name: str) -> ArtifactRef:
    """An artifact that a run made or used.

    Raises:
        RecipeError: The run ended before it.
    """
    if name not in run["artifacts"]:
        state = "hasn't made" if run["status"] == "running" else "ended before it made"
        why = (run["error"] or run["status"]).splitlines()[0]
        raise RecipeError(f"run {run['run_id'][:8]} {state} {name}: {why}\n  choose another run: gadfly runs")
    return ArtifactRef.model_validate(run["artifacts"][name])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
