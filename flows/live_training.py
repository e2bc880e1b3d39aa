"""A training watched while it runs: curves in MLflow, and its progress on the run's page in Prefect.

What the loop tells is gathered, and written every few seconds by a thread of its own: neither a slow server nor
MLflow's import (1.5 s) holds training up. The MLflow run is opened with the first step, so a run whose training is
cached opens none, and registration goes on with it. A page that can't be written costs its picture, never the training.
"""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType

from flows.failures import STOPPED
from flows.live_pages import MlflowPage, PrefectPage
from flows.recipe import Recipe
from tasks.checkout import git_commit
from tasks.errors import GadflyError
from tasks.progress import Event, listening
from tasks.validation.task import mask_text

EVERY_S = 5.0
"""Seconds between two times that the pages are written."""
PATIENCE_S = 5.0
"""How long the end of a stopped run waits for a page that is just being written."""
TRAINING = "training"
"""The stage; further seeds are told as `training seed 43`."""

log = logging.getLogger("gadfly.live")


class LiveTraining:
    """Inside the block, trainings of this run are watched; outside of them nothing is done.

    Args:
        mlflow: What is written in MLflow; the recipe's own training alone.
        prefect: What is written in Prefect; trainings with further seeds too.
    """

    def __init__(self, mlflow: MlflowPage, prefect: PrefectPage) -> None:
        self.mlflow, self.prefect = mlflow, prefect
        self._listening = listening(self.hear)
        self._context = contextvars.copy_context()  # says which flow run an artifact belongs to
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._writing = threading.Lock()
        self._warned = False

    def __enter__(self) -> LiveTraining:
        self._listening.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._listening.__exit__(kind, error, traceback)
        if self._thread is None:
            return
        self._ended.set()
        self._thread.join(None if error is None else PATIENCE_S)
        if not self._thread.is_alive():
            self._try(self.mlflow.end, _status(error))

    def hear(self, event: Event) -> None:
        """Take in what a training told; the first time, begin to write."""
        is_of_training = event.stage.startswith(TRAINING) and event.state != "cached"
        if not is_of_training or (event.state == "working" and not event.total):
            return
        masked = [{part: mask_text(text) for part, text in sample.items()} for sample in event.samples]
        event = replace(event, samples=masked)
        if event.stage == TRAINING:
            self.mlflow.hear(event)
        self.prefect.hear(event)
        if self._thread is None and event.state == "working":
            self._thread = threading.Thread(target=self._context.run, args=(self._write,), name="live", daemon=True)
            self._thread.start()

    def mlflow_run(self) -> str:
        """The MLflow run in which the training was watched, all that is known written; empty where none was."""
        if self._thread is None:
            return ""
        with self._writing:
            self._try(self.mlflow.write)
        return self.mlflow.run_id

    def _write(self) -> None:
        while True:
            ended = self._ended.is_set()
            with self._writing:
                self._try(self.mlflow.write)
                self._try(self.prefect.write)
            if ended:
                return
            self._ended.wait(EVERY_S)

    def _try(self, write: Callable[..., None], *arguments: str) -> None:
        try:
            write(*arguments)
        except Exception as error:
            if not self._warned:
                log.warning("the training can't be watched live for now: %s", str(error).splitlines()[0])
            self._warned = True


def watch_training(recipe: Recipe, run_id: str) -> LiveTraining:
    """Watch the trainings of a flow run."""
    commit = git_commit()
    tags = {"gadfly.git_commit": commit} if commit else {}
    mlflow = MlflowPage(recipe.name, run_id, recipe.registration.model, recipe.as_params(), tags)
    return LiveTraining(mlflow, PrefectPage(recipe.name))


def _status(error: BaseException | None) -> str:
    """MLflow's word for how a run ended."""
    if error is None:
        return "FINISHED"
    stopped = not isinstance(error, Exception) or (isinstance(error, GadflyError) and error.exit_code == STOPPED)
    return "KILLED" if stopped else "FAILED"
