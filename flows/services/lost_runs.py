"""Unfinished runs, the paused included, whose process is gone, and runs to be cancelled that no worker knows.

A run's process holds the lock of `flows.alive`, which the kernel frees however the process ends. So this is known and
not guessed: heartbeats fire on healthy runs that are busy, or on a laptop that slept. A run whose worker died goes on,
for its work is worth keeping; only, no other worker would cancel it.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flows.alive import is_alive, is_known
from flows.flow_runs import flow_runs
from flows.services.deployments import POOL

GRACE = timedelta(seconds=90)
"""How long a run may take from the page to its first line."""
UNSURE = timedelta(seconds=40)
"""How long a run is seen without its process before it counts as lost: a run that just ended says so in a moment."""
WORKERS_TURN = timedelta(seconds=20)
"""How long a run may be cancelling before we end its process: its own worker does it in 15 s."""
LAST_WORD = timedelta(seconds=40)
"""How long it may be cancelling before its process is killed."""
RECENT = timedelta(hours=1)
"""How long after a run's end its process is still looked for."""


class RunWatch:
    """Looks at the unfinished runs again and again."""

    def __init__(self) -> None:
        self._unsure_since: dict[UUID, datetime] = {}
        self._cancelled: set[UUID] = set()
        """Runs whose process was ended here, since somebody cancelled them."""
        self.groups: set[int] = set()
        """Process groups of the pool's runs that were alive when last looked at."""

    def look(self) -> Iterator[str]:
        """Mark what is lost, a run that was being cancelled as cancelled and any other as crashed; a line each."""
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.objects import StateType
        from prefect.states import Cancelled, Crashed

        now = datetime.now(UTC)
        with get_client(sync_client=True) as client:
            runs = flow_runs(client, [StateType.RUNNING, StateType.PAUSED, StateType.PENDING, StateType.CANCELLING])
            self._unsure_since = {run.id: self._unsure_since.get(run.id, now) for run in runs if _seems_lost(run, now)}
            for run in runs:
                if now - self._unsure_since.get(run.id, now) >= UNSURE:
                    why = "its process is gone: it was killed, or its worker was"
                    ended = Cancelled if run.state_type == StateType.CANCELLING else Crashed
                    client.set_flow_run_state(run.id, ended(message=why), force=True)
                    yield f"{run.name} ({run.id}) is {ended.__name__.lower()}: {why}"
            ours = [run for run in runs if run.work_pool_name == POOL and run.infrastructure_pid]
            self.groups = {int(run.infrastructure_pid) for run in ours if is_alive(str(run.id))}
            cancelled = flow_runs(client, [StateType.CANCELLED, StateType.CRASHED], after=now - RECENT)
            for run in [*(run for run in runs if run.state_type == StateType.CANCELLING), *cancelled]:
                if run.work_pool_name == POOL and is_alive(str(run.id)):
                    _end_process(run, now)
                    if run.state_type != StateType.CRASHED:
                        self._cancelled.add(run.id)
                elif run.id in self._cancelled and run.state_type == StateType.CRASHED:
                    self._cancelled.remove(run.id)
                    why = "somebody cancelled it, and its worker was gone"  # its own last word: it was terminated
                    client.set_flow_run_state(run.id, Cancelled(message=why), force=True)
                    yield f"{run.name} ({run.id}) is cancelled: {why}"


def _seems_lost(run: Any, now: datetime) -> bool:
    """Whether a run of this machine has begun, or has had time to, and no process holds its lock."""
    begun = is_known(str(run.id))
    if run.state.is_paused():  # its process waits for the answer, unless the run was put off to be started anew
        return begun and not run.state.state_details.pause_reschedule and not is_alive(str(run.id))
    if not begun and run.work_pool_name != POOL:
        return False
    has_had_time = (begun and run.state.is_running()) or now - run.state.timestamp > GRACE
    return has_had_time and not is_alive(str(run.id))


def _end_process(run: Any, now: datetime) -> None:
    """End what a worker should have ended by now: asked first, then killed. It leads a group of its own."""
    cancelling_for = now - run.state.timestamp
    if not run.infrastructure_pid or cancelling_for < WORKERS_TURN:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):
        os.killpg(int(run.infrastructure_pid), signal.SIGTERM if cancelling_for < LAST_WORD else signal.SIGKILL)
