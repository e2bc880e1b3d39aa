"""A training can be watched while it runs, in MLflow's run that its version will have, and on Prefect's page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from flows import live_training
from tasks import progress

PATIENCE_S = 60


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_training, "EVERY_S", 0.05)


def run_listening(bench: Any, hear: Callable[[progress.Event], None], *overrides: str) -> dict[str, Any]:
    with progress.listening(hear):
        return bench.run(*overrides)


def at_step(number: int, then: Callable[[], None]) -> Callable[[progress.Event], None]:
    """A listener that does something once so many steps of the training are done."""

    def hear(event: progress.Event) -> None:
        if event.stage == "training" and event.done == number and "loss" in event.measures:
            then()

    return hear


def until(found: Callable[[], Any]) -> Any:
    """What is looked for, once it is there."""
    deadline = time.monotonic() + PATIENCE_S
    while not (there := found()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return there


def raises(error: BaseException) -> Callable[[], None]:
    def raising() -> None:
        raise error

    return raising


def status_of(bench: Any, before: set[str]) -> str:
    """How the only new MLflow run ended."""
    (run,) = [run for run in bench.mlflow_runs() if run.info.run_id not in before]
    return str(run.info.status)


@pytest.fixture
def before(bench: Any) -> set[str]:
    return {run.info.run_id for run in bench.mlflow_runs()}


@pytest.fixture
def artifacts_of(prefect_server: str) -> Callable[[str], list[Any]]:
    """The progress artifacts of a flow run."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterType

    def find(run_id: str) -> list[Any]:
        wanted = ArtifactFilter(
            flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]), type=ArtifactFilterType(any_=["progress"])
        )
        with get_client(sync_client=True) as client:
            return client.read_artifacts(artifact_filter=wanted)

    return find


def test_the_curve_is_in_mlflow_while_training_runs_and_the_version_gets_that_run(bench: Any, before: set[str]):
    seen: dict[str, Any] = {}

    def look() -> None:
        def live() -> list[Any]:
            return [run for run in bench.mlflow_runs() if run.info.run_id not in before]

        (run,) = until(live)
        losses = until(lambda: bench.mlflow().get_metric_history(run.info.run_id, "train/loss"))
        seen.update(id=run.info.run_id, status=run.info.status, loss=losses[0].value, params=run.data.params)

    summary = run_listening(bench, at_step(3, look), "training.epochs=2")
    assert seen["status"] == "RUNNING"
    assert seen["params"]["training.epochs"] == "2.0"
    assert summary["model"]["mlflow_run_id"] == seen["id"]
    client = bench.mlflow()
    run = client.get_run(seen["id"])
    assert (run.info.status, run.info.run_name) == ("FINISHED", f"tiny {summary['run_id'][:8]}")
    assert client.get_model_version("tiny", "2").run_id == seen["id"]
    assert run.data.tags["gadfly.digest.trained"] == summary["stages"]["training"]["digests"]["trained"]
    logged = client.get_metric_history(seen["id"], "train/loss")
    assert [point.step for point in logged] == list(range(summary["training"]["steps"]))
    assert logged[0].value == seen["loss"]
    assert len(bench.mlflow_runs()) == len(before) + 1


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("no more memory"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_a_training_that_ends_early_ends_its_mlflow_run(
    bench: Any, before: set[str], error: BaseException, status: str
):
    with pytest.raises(type(error)):
        run_listening(bench, at_step(2, raises(error)), "training.epochs=2")
    assert status_of(bench, before) == status
    assert bench.versions() == [1]


def test_a_run_whose_training_is_cached_opens_nothing(bench: Any, before: set[str], artifacts_of: Any):
    summary = bench.run()
    assert summary["stages"]["training"]["state"] == "cached"
    assert {run.info.run_id for run in bench.mlflow_runs()} == before
    assert artifacts_of(summary["run_id"]) == []


def test_prefects_page_shows_how_far_training_is(bench: Any, artifacts_of: Any):
    seen: list[Any] = []

    def look() -> None:
        from prefect.runtime import flow_run

        seen.extend(until(lambda: [one for one in artifacts_of(flow_run.id) if "loss " in one.description]))

    summary = run_listening(bench, at_step(3, look), "training.epochs=2")
    assert 0 <= seen[0].data < 100
    (artifact,) = artifacts_of(summary["run_id"])
    assert (artifact.id, artifact.key, artifact.data) == (seen[0].id, "training-tiny", 100)
    steps = summary["training"]["steps"]
    assert artifact.description.startswith(f"**training**: {steps} of {steps} steps, done in ")
