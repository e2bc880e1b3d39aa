"""Ending a process and its children, each with the process group that it leads.

A worker's runs are its children and lead groups of their own. As a program, `python -m flows.services.process_groups
PID` does so once its standard input ends: whoever holds the other end of that pipe is gone then, however it ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

STOP_TIMEOUT_S = 10.0
"""How long the groups may take to end before they are killed."""


def end_groups(leader: int, patience_s: float = STOP_TIMEOUT_S, reap: Callable[[], Any] = lambda: None) -> None:
    """End a process's group and its children's groups: asked first, killed after `patience_s`.

    Args:
        leader: The process.
        patience_s: Seconds.
        reap: Called while they end, by the process's parent: a zombie would count as there.
    """
    leaders = [leader, *_children(leader)]
    for each in leaders:
        _signal(each, signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while any(map(_is_there, leaders)) and time.monotonic() < deadline:
        time.sleep(0.05)
        reap()
    for each in leaders:
        _signal(each, signal.SIGKILL)


def _children(process: int) -> list[int]:
    import psutil

    try:
        return [child.pid for child in psutil.Process(process).children()]
    except psutil.NoSuchProcess:
        return []


def _is_there(leader: int) -> bool:
    """Whether anything is left of a group."""
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):  # macOS: the second where only zombies are left
        return False
    return True


def _signal(leader: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_groups(int(sys.argv[1]))
