"""MLflow's runs: where they are kept, and what one holds.

One MLflow run per flow run in which something ran, complete even where stages came from the cache: curves are
replayed from the training artifact. Where training runs it is opened then, and filled while it lasts.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks import home
from tasks.identity import public_url
from tasks.locks import exclusively
from tasks.servers import check_answers

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

KIND = "gadfly.kind"
"""A run's tag, where it is something else than the record of a flow run."""
_connected: set[str] = set()
"""The stores that answered this process once."""
FLOW_RUN = "gadfly.run_id"
"""A run's tag: the flow run it is the record of."""
ALIVE = "gadfly.alive_ms"
"""A run's tag, while it is filled over hours: when its process last gave a sign, in milliseconds."""
SIGN_S, SILENT_S = 30.0, 180.0
"""Seconds between signs, and after how many without one its process is taken for dead."""
BATCH = 1000
"""Metrics MLflow takes at once."""


def tracking_uri() -> str:
    """The server named by `MLFLOW_TRACKING_URI`, or this home's own SQLite database."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home.mlflow_folder() / 'mlflow.db'}"


def connect() -> MlflowClient:
    """A client of the tracking store and registry, made on first use (a new database takes a few seconds)."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    for name in ("alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.WARNING)
    home.mlflow_folder().mkdir(parents=True, exist_ok=True)
    import mlflow

    mlflow.set_tracking_uri(tracking_uri())
    if tracking_uri() in _connected:
        return mlflow.MlflowClient(tracking_uri=tracking_uri())
    if tracking_uri().startswith(("http://", "https://")):
        check_answers("MLFLOW_TRACKING_URI", tracking_uri(), "to use this home's own database")
    with exclusively("mlflow database"):  # two processes that both make the tables trip over each other
        client = mlflow.MlflowClient(tracking_uri=tracking_uri())
        client.search_registered_models(max_results=1)
    _connected.add(tracking_uri())
    return client


def find_run(client: MlflowClient, experiment: str, tags: Mapping[str, str]) -> str:
    """The newest finished run that bears all these tags; empty where there is none."""
    wanted = " and ".join(f"tags.`{name}` = '{value}'" for name, value in tags.items())
    found = find_runs(client, experiment, f"attributes.status = 'FINISHED' and {wanted}")
    return str(found[0].info.run_id) if found else ""


def end_stale_runs(client: MlflowClient, experiment: str) -> None:
    """Mark runs as killed that nobody fills any more; whoever calls holds the lock under which runs are filled.

    Runs of another `KIND` than a flow run's are left to those who know what they are, and so are those that gave a
    sign of life: their training goes on outside the lock.
    """
    heard_ms = (time.time() - SILENT_S) * 1000
    for run in find_runs(client, experiment, "attributes.status = 'RUNNING'"):
        if KIND not in run.data.tags and float(run.data.tags.get(ALIVE, 0)) < heard_ms:
            client.set_terminated(run.info.run_id, "KILLED")


def end_runs_of(client: MlflowClient, experiment: str, flow_runs: Iterable[str]) -> None:
    """Mark the runs of flow runs as killed whose process is known to be dead."""
    dead = set(flow_runs)
    for run in find_runs(client, experiment, "attributes.status = 'RUNNING'"):
        if KIND not in run.data.tags and run.data.tags.get(FLOW_RUN) in dead:
            client.set_terminated(run.info.run_id, "KILLED")


def give_sign(client: MlflowClient, run_id: str) -> None:
    """Say that a run is still being filled."""
    client.set_tag(run_id, ALIVE, str(int(time.time() * 1000)))


def find_runs(client: MlflowClient, experiment: str, wanted: str) -> list[Run]:
    """All of an experiment's runs that a filter lets through, newest first; none where there is no experiment."""
    known = client.get_experiment_by_name(experiment)
    found: list[Run] = []
    token = None
    while known is not None:
        page = client.search_runs([known.experiment_id], wanted, page_token=token)
        found += page
        token = page.token
        if not token:
            break
    return found


def run_name(recipe: str, flow_run: str) -> str:
    """What the MLflow run of a flow run is called."""
    return f"{recipe} {flow_run[:8]}"


def page_of_artifact(run_id: str, path: str) -> str:
    """Where MLflow's server shows a run's file; nothing where no server is named."""
    server = tracking_uri()
    if not server.startswith(("http://", "https://")):
        return ""
    experiment = connect().get_run(run_id).info.experiment_id
    return f"{public_url(server).rstrip('/')}/#/experiments/{experiment}/runs/{run_id}/artifacts/{path}"


def start_run(client: MlflowClient, experiment: str, name: str, tags: Mapping[str, str]) -> str:
    """Open an MLflow run and return its id; the experiment is made where it is new."""
    found = client.get_experiment_by_name(experiment)
    if found is not None:
        experiment_id = found.experiment_id
    else:
        location = None
        if tracking_uri().startswith("sqlite:"):
            location = (home.mlflow_folder() / "artifacts" / experiment).as_uri()
        experiment_id = client.create_experiment(experiment, artifact_location=location)
    run_id: str = client.create_run(experiment_id, run_name=name, tags=dict(tags)).info.run_id
    return run_id


def log_values(client: MlflowClient, run_id: str, params: Mapping[str, Any], metrics: Mapping[str, float]) -> None:
    """Log parameters and single metrics."""
    from mlflow.entities import Metric, Param

    now_ms = int(time.time() * 1000)
    logged = [Param(name, str(value)[:6000]) for name, value in params.items()]
    for start in range(0, len(logged), 100):
        client.log_batch(run_id, params=logged[start : start + 100])
    client.log_batch(run_id, metrics=[Metric(name, float(value), now_ms, 0) for name, value in metrics.items()])


class Point(NamedTuple):
    """A metric's value at a step."""

    name: str
    step: int
    value: float
    time_ms: int


def log_points(client: MlflowClient, run_id: str, points: Sequence[Point]) -> None:
    """Log metrics as they were measured."""
    from mlflow.entities import Metric

    metrics = [Metric(point.name, point.value, point.time_ms, point.step) for point in points]
    for start in range(0, len(metrics), BATCH):
        client.log_batch(run_id, metrics=metrics[start : start + BATCH])


def log_curve(client: MlflowClient, run_id: str, name: str, points: Iterable[tuple[int, float]]) -> None:
    """Log a metric's course, as (step, value); what the run holds of it already isn't logged twice."""
    now_ms = int(time.time() * 1000)
    held = {metric.step for metric in client.get_metric_history(run_id, name)}
    missing = [Point(name, int(step), float(value), now_ms) for step, value in points if int(step) not in held]
    log_points(client, run_id, missing)


def set_tags(client: MlflowClient, run_id: str, tags: Mapping[str, str]) -> None:
    """Set a run's tags."""
    from mlflow.entities import RunTag

    client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])
