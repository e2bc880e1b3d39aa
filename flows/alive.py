"""A run's process holds a lock while it lives; the kernel frees it, however it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from flows.cancelling import heeding_cancel
from tasks.locks import LOCKS, exclusively

LAST_WORDS_S = 5


@contextmanager
def alive(run_id: str) -> Iterator[None]:
    """Inside the block this process is known to work on a run, and ends where the run is cancelled in Prefect.

    Prefect lets a process that was told to end die of that signal, with what it hasn't sent of the run's log yet; so
    that is sent first.
    """
    with exclusively(_name(run_id)), heeding_cancel(run_id):
        try:
            yield
        except Exception:
            raise
        except BaseException:
            from prefect.logging.handlers import APILogWorker

            APILogWorker.drain_all(timeout=LAST_WORDS_S)
            raise


def is_alive(run_id: str) -> bool:
    """Whether a process works on a run."""
    return LOCKS.is_locked(_name(run_id))


def is_known(run_id: str) -> bool:
    """Whether a process of this machine ever worked on a run."""
    return LOCKS.is_known(_name(run_id))


def without_heartbeats() -> None:
    """Let this process's runs send Prefect no heartbeats, unless the environment asks for them.

    The lock tells more than they do, and each flow waits up to a second for its heart to stop.
    """
    from prefect.settings import get_current_settings

    if "PREFECT_FLOWS_HEARTBEAT_FREQUENCY" not in os.environ:
        get_current_settings().flows.heartbeat_frequency = None  # no value of the variable says so


def _name(run_id: str) -> str:
    return f"run {run_id}"
