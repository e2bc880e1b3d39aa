"""A cancel in Prefect's page ends a run that was typed on a terminal, too.

A worker ends the runs that it started; Prefect tells a process that nobody started for it nothing. So a run asks the
server every few seconds what became of it, and where it was cancelled ends as by a Ctrl-C. One that a worker started
leaves `Cancelling` to that worker; but `Cancelled`, which others may set at once, reaches no worker.
"""

from __future__ import annotations

import contextvars
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from flows.own_server import is_own

EVERY_S = 2.0
"""Seconds between two questions."""
WHY = "cancelled in Prefect"

_watched: list[str] = []
"""Runs of this process that are under way, the outermost first."""
_told: list[str] = []
"""Why the outermost of the last ones was cancelled, where it was."""


def was_cancelled() -> str:
    """Why this process's last run was cancelled in Prefect; empty where it wasn't."""
    return _told[0] if _told else ""


@contextmanager
def heeding_cancel(run_id: str) -> Iterator[None]:
    """Inside the block, a run that somebody cancels is interrupted, and ends as cancelled.

    The interruption is a SIGTERM to the main thread, so a block in another thread isn't watched; neither is one whose
    server is its own, which has no page.

    Raises:
        prefect.exceptions.Abort: It was cancelled. Prefect leaves the state of a run that ends by this as it is.
    """
    from prefect.settings import PREFECT_API_URL

    if is_own() or not PREFECT_API_URL.value() or threading.current_thread() is not threading.main_thread():
        yield
        return
    if not _watched:
        _told.clear()
    _watched.append(run_id)
    ended = threading.Event()
    context = contextvars.copy_context()  # has Prefect's settings
    threading.Thread(target=context.run, args=(_watch, run_id, ended), name="cancelling", daemon=True).start()
    try:
        yield
    except BaseException:
        if not _told:
            raise
        raise _cancelled(run_id, was_cancelled()) from None
    finally:
        ended.set()
        _watched.remove(run_id)


def _watch(run_id: str, ended: threading.Event) -> None:
    from prefect.client.orchestration import get_client

    is_workers = os.environ.get("PREFECT__FLOW_RUN_ID", "") == run_id
    while not ended.wait(EVERY_S):
        with suppress(Exception), get_client(sync_client=True) as client:  # a server that restarts answers again
            while not ended.is_set():
                state = client.read_flow_run(UUID(run_id)).state
                if state and (state.is_cancelled() or (state.is_cancelling() and not is_workers)):
                    _interrupt(str(state.message or ""), ended)
                    return
                ended.wait(EVERY_S)


def _interrupt(message: str, ended: threading.Event) -> None:
    if not (ended.is_set() or _told):  # once is enough
        _told.append(f"{WHY}: {message.rstrip('.')}" if message else WHY)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


def _cancelled(run_id: str, why: str) -> Any:
    """The exception by which a run ends as cancelled, its state told to the server."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import Abort
    from prefect.states import Cancelled

    state: Any = Cancelled(message=why)
    with suppress(Exception), get_client(sync_client=True) as client:
        known = client.read_flow_run(UUID(run_id)).state
        if known is not None and known.is_cancelled():
            state = known
        else:
            client.set_flow_run_state(UUID(run_id), state, force=True)
    abort: Any = Abort(why)
    abort.state = state
    return abort
