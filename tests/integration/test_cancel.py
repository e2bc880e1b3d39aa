"""A deployed run that is cancelled while it trains leaves a checkpoint, and no process."""

from __future__ import annotations

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
        time.sleep(0.1)
    return there


def deployed(bench: Any, *overrides: str) -> str:
    """The id of a run of this bench's recipe that waits for a worker."""
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
        parameters = {"recipe": str(bench.recipe), "overrides": list(overrides)}
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


@pytest.mark.slow
def test_a_cancelled_run_leaves_a_checkpoint_and_no_process(bench: Any):
    """The recipe's 1,000 epochs would go on for minutes."""
    long = ("training.epochs=1000",)
    run = deployed(bench, *long)
    checkpoints = bench.home / ".gadfly" / "checkpoints"
    worker = bench.start("-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process")
    try:

        def trainers() -> list[psutil.Process]:
            family = psutil.Process(worker.pid).children(recursive=True)
            return [process for process in family if "tasks.training.child" in process.cmdline()]

        until(lambda: list(checkpoints.glob("*/lock")))
        time.sleep(2)
        assert trainers()
        family = psutil.Process(worker.pid).children(recursive=True)
        cancel(run)
        _, left = psutil.wait_procs(family, timeout=PATIENCE_S)
        assert left == []
        until(lambda: state_of(run) == "CANCELLED")
    finally:
        worker.terminate()
        output, _ = worker.communicate(timeout=60)
    (state,) = checkpoints.glob("*/*/state.json")
    assert '"step"' in state.read_text(), output
    record = bench.home / ".gadfly" / "runs" / f"{run}.json"
    assert '"stopped"' in record.read_text()
