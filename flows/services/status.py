"""What `gadfly up` runs, and how it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from flows.flow_runs import flow_runs
from flows.services import state
from flows.services.processes import answers


def status() -> dict[str, Any]:
    """Addresses, whether each service is well, and the runs that are under way or wait."""
    found = state.under_way()
    if found is None:
        dead = state.killed()
        return {"state": "not running"} | ({"killed": asdict(dead)} if dead else {})
    if not found.ready:
        return {"state": "starting", **asdict(found)}
    with ThreadPoolExecutor() as looks:  # one that hangs holds up no other
        healthy = dict(zip(found.health(), looks.map(answers, found.health().values()), strict=True))
    queue = _queue(found) if healthy["prefect"] else []
    return {"state": "running", **asdict(found), "answers": healthy, "queue": queue}


def _queue(servers: state.Running) -> list[str]:
    """A line a run that isn't over, of these servers: the environment may name others."""
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import StateType

    unfinished = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING, StateType.PAUSED, StateType.SCHEDULED]
    with SyncPrefectClient(servers.environment()["PREFECT_API_URL"]) as client:
        runs = flow_runs(client, unfinished)
    return [f"{str(run.state_name).lower():<10} {run.name} {str(run.id)[:8]}" for run in runs]
