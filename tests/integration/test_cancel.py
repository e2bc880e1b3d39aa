"""A run that is cancelled while it trains, deployed or typed, leaves a checkpoint and no process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from tasks.home import CHECKOUT

POOL = "processes"
PATIENCE_S = 240


def until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (there := found()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.3)
    return there


def deployed() -> str:
    """The id of a deployment whose runs wait for a worker."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate

    from flows.finetune import finetune

    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        deployment = client.create_deployment(
            flow_id=client.create_flow(finetune),
            name="finetune",
            entrypoint="flows.finetune.finetune",
            work_pool_name=POOL,
            pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(CHECKOUT)}}],
        )
    return str(deployment)


def started(bench: Any, deployment: str) -> str:
    """The id of a long run of this bench's recipe."""
    from prefect.client.orchestration import get_client

    parameters = {"recipe": str(bench.recipe), "overrides": ["training.epochs=1000"]}
    with get_client(sync_client=True) as client:
        return str(client.create_flow_run_from_deployment(deployment, parameters=parameters).id)


def state_of(run: str) -> str:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return str(client.read_flow_run(run).state.type.value)


def cancel(run: str) -> None:
    """As the button in Prefect's UI does."""
    from prefect.client.orchestration import get_client
    from prefect.states import Cancelling

    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, Cancelling())


def trainers(worker: Any) -> list[psutil.Process]:
    """The processes that train, below a worker."""
    family = psutil.Process(worker.pid).children(recursive=True)
    return [process for process in family if "tasks.training.child" in process.cmdline()]


def first_steps(bench: Any, run: str) -> bool:
    """Whether a flow run's losses have come to MLflow."""
    wanted = f"tags.`gadfly.run_id` = '{run}'"
    client = bench.mlflow()
    found = client.search_runs([client.get_experiment_by_name("tiny").experiment_id], wanted)
    return any("train/loss" in live.data.metrics for live in found)


def cancelled_while_it_trains(bench: Any, worker: Any, run: str) -> dict[str, Any]:
    """What the newest checkpoint says of a run that was cancelled after its first steps, when nothing of it is left."""
    until(lambda: first_steps(bench, run))
    assert trainers(worker)
    family = psutil.Process(worker.pid).children(recursive=True)
    cancel(run)
    asked = time.monotonic()
    _, left = psutil.wait_procs(family, timeout=PATIENCE_S)
    print(f"cancelled: {time.monotonic() - asked:.1f} s until no process was left")
    assert left == []
    until(lambda: state_of(run) == "CANCELLED")
    assert json.loads((bench.home / ".gadfly" / "runs" / f"{run}.json").read_text())["status"] == "stopped"
    (state,) = (bench.home / ".gadfly" / "checkpoints").glob("*/*/state.json")
    facts: dict[str, Any] = json.loads(state.read_text())
    return facts


@pytest.mark.slow
def test_a_cancelled_run_leaves_a_checkpoint_and_no_process_and_the_next_goes_on_from_it(bench: Any):
    """The recipe's 1,000 epochs would go on for minutes: the next run is cancelled too."""
    deployment = deployed()
    worker = bench.start("-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process")
    try:
        first = cancelled_while_it_trains(bench, worker, started(bench, deployment))
        second = cancelled_while_it_trains(bench, worker, started(bench, deployment))
    finally:
        for process in (*psutil.Process(worker.pid).children(recursive=True), worker):
            process.kill()
        print(*worker.communicate())
    assert first["step"] > 0
    assert first["spent"]["resumed_at"] == []
    assert second["spent"]["resumed_at"] == [first["step"]]
    assert second["step"] > first["step"]


@pytest.mark.slow
def test_a_typed_run_that_is_cancelled_in_the_page_ends_as_by_ctrl_c(bench: Any):
    process = bench.start("-m", "flows.cli", "run", str(bench.recipe), "-s", "training.epochs=1000", "--json")
    records = bench.home / ".gadfly" / "runs"

    def training() -> list[str]:
        assert process.poll() is None, process.communicate()
        return [record.stem for record in records.glob("*.json") if first_steps(bench, record.stem)]

    known = {record.stem for record in records.glob("*.json")}
    (run,) = until(lambda: set(training()) - known)
    family = psutil.Process(process.pid).children(recursive=True)
    assert family
    cancel(run)
    stdout, stderr = process.communicate(timeout=60)
    _, left = psutil.wait_procs(family, timeout=20)
    assert left == []
    message = "cancelled in Prefect. What was finished is kept: the same command goes on from there"
    assert (process.returncode, json.loads(stdout)) == (130, {"error": message, "exit_code": 130})
    assert stderr.count(message) == 1
    assert "Traceback" not in stderr
    assert state_of(run) == "CANCELLED"
    assert json.loads((records / f"{run}.json").read_text())["status"] == "stopped"
    assert len(list((bench.home / ".gadfly" / "checkpoints").glob("*/*/state.json"))) == 1
