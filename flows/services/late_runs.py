"""Scheduled runs that are late because another deployment trains: they don't pile up behind it.

Prefect's collision strategy is asked when a run is about to begin, and these wait in their queue before that. One that
waits is enough, for it looks at the newest data; while one is under way, none is needed but the next in its time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from flows.flow_runs import flow_runs


def drop_late() -> Iterator[str]:
    """Cancel a deployment's late scheduled runs but one, or all while one is under way; a line a deployment."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import StateType
    from prefect.states import Cancelled

    with get_client(sync_client=True) as client:
        late: dict[Any, list[Any]] = defaultdict(list)
        for run in flow_runs(client, names=["Late"]):
            if run.auto_scheduled and run.deployment_id:
                late[run.deployment_id].append(run)
        if not late:
            return
        busy = {run.deployment_id for run in flow_runs(client, [StateType.PENDING, StateType.RUNNING])}
        for deployment, runs in late.items():
            runs.sort(key=lambda run: run.expected_start_time)
            needless = runs if deployment in busy else runs[1:]
            for run in needless:
                why = "an earlier one waits or is under way"
                client.set_flow_run_state(run.id, Cancelled(message=f"Late, and {why}"), force=True)
            if needless:
                yield f"late scheduled runs of {client.read_deployment(deployment).name} cancelled: {len(needless)}"
