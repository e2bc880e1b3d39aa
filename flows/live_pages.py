"""What is written of a training while it runs: a run in MLflow, an artifact on the run's page in Prefect."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flows.progress_words import measures_in_words, samples_as_markdown
from flows.run_log import read_runs
from flows.slug import slug
from tasks import tracking
from tasks.progress import Event
from tasks.quantities import duration

EVERY_STEP = {"loss": "train/loss", "learning_rate": "train/learning_rate", "holdout_nll": "eval/holdout_loss"}
"""Measures of which every value is logged, and their names in MLflow."""
NOW_AND_THEN = {
    "tokens_per_second": "train/tokens_per_second",
    "peak_share": "train/peak_share",
    "seconds_left": "train/seconds_left",
}
"""Measures of which the newest is logged each time."""
SAMPLES = "samples_in_training.md"


class MlflowPage:
    """The MLflow run in which a training is watched, and which registration goes on with.

    Args:
        recipe: The recipe's name.
        flow_run: The flow run's id.
        experiment: Of MLflow: the registered model's name.
        params: The recipe's values by dotted key.
        tags: Of the run.
    """

    def __init__(
        self, recipe: str, flow_run: str, experiment: str, params: Mapping[str, Any], tags: Mapping[str, str]
    ) -> None:
        self.recipe, self.flow_run, self.experiment = recipe, flow_run, experiment
        self.params, self.tags = params, {"gadfly.recipe": recipe, tracking.FLOW_RUN: flow_run, **tags}
        self.run_id = ""
        self._points: list[tracking.Point] = []
        self._newest: dict[str, tracking.Point] = {}
        self._samples: list[str] = []
        self._logged_samples = 0
        self._sign = 0.0
        self._lock = threading.Lock()

    def hear(self, event: Event) -> None:
        """Gather points; steps count from 0, what is measured between them bears the number of steps done."""
        now_ms = int(time.time() * 1000)
        with self._lock:
            for name, value in event.measures.items():
                step = event.done if name == "holdout_nll" else event.done - 1
                if name in EVERY_STEP:
                    self._points.append(tracking.Point(EVERY_STEP[name], step, value, now_ms))
                elif name in NOW_AND_THEN:
                    self._newest[name] = tracking.Point(NOW_AND_THEN[name], step, value, now_ms)
            if event.samples:
                self._samples.append(samples_as_markdown(event.samples, event.done))

    def write(self) -> None:
        """Log what was gathered, and give a sign of life; nothing before the first point."""
        if not (self.run_id or self._points):
            return
        client = tracking.connect()
        if not self.run_id:
            tracking.end_runs_of(client, self.experiment, self._dead())
            name = tracking.run_name(self.recipe, self.flow_run)
            self.run_id = tracking.start_run(client, self.experiment, name, self.tags)
            tracking.log_values(client, self.run_id, self.params, {})
        with self._lock:
            points, self._points = [*self._points, *self._newest.values()], []
            self._newest, samples = {}, list(self._samples)
        try:
            tracking.log_points(client, self.run_id, points)
        except Exception:
            with self._lock:
                self._points[:0] = points  # logged the next time
            raise
        if len(samples) > self._logged_samples:
            client.log_text(self.run_id, "\n\n".join(samples), SAMPLES)
            self._logged_samples = len(samples)
        if time.monotonic() - self._sign > tracking.SIGN_S:
            tracking.give_sign(client, self.run_id)
            self._sign = time.monotonic()

    def end(self, status: str) -> None:
        """End the run, unless registration has."""
        if not self.run_id:
            return
        client = tracking.connect()
        if client.get_run(self.run_id).info.status == "RUNNING":
            client.set_terminated(self.run_id, status)

    def _dead(self) -> list[str]:
        """Flow runs of this home that died without a word."""
        return [run["run_id"] for run in read_runs() if run["status"] == "killed"]


class PrefectPage:
    """The progress artifact of a run's trainings."""

    def __init__(self, recipe: str) -> None:
        self.key = slug(f"training-{recipe}")
        self._artifact: UUID | None = None
        self._newest: Event | None = None
        self._measures: dict[str, float] = {}
        self._samples = ""
        self._is_new = False
        self._lock = threading.Lock()

    def hear(self, event: Event) -> None:
        """Remember the newest."""
        with self._lock:
            if self._newest is not None and event.stage != self._newest.stage:
                self._measures, self._samples = {}, ""
            if event.samples:
                self._samples = samples_as_markdown(event.samples, event.done)
            self._measures |= event.measures
            if event.state in ("ran", "failed") and self._newest is not None:
                event = replace(self._newest, state=event.state, seconds=event.seconds)
            if event.state != "began":
                self._newest, self._is_new = event, True

    def write(self) -> None:
        """Show the newest on the run's page."""
        with self._lock:
            if not self._is_new or self._newest is None:
                return
            event, self._is_new = self._newest, False
            description = _described(event, self._measures, self._samples)
        from prefect.artifacts import create_progress_artifact, update_progress_artifact

        progress = 100.0 if event.state == "ran" else round(100 * event.done / max(1, event.total), 1)
        if self._artifact is None:
            self._artifact = create_progress_artifact(progress, self.key, description)  # type: ignore[assignment]
        else:
            update_progress_artifact(self._artifact, progress, description)


def _described(event: Event, measures: Mapping[str, float], samples: str) -> str:
    shown = {name: value for name, value in measures.items() if event.state == "working" or name != "seconds_left"}
    how = {"ran": f", done in {duration(event.seconds)}", "failed": ", failed"}.get(event.state, "")
    told = f"**{event.stage}**: {event.done:,} of {event.total:,} steps{how}"
    return "\n\n".join(part for part in (told, measures_in_words(shown), samples) if part)
