"""Ending a process and its children, each with the process group that it leads.

A worker's runs are its children and lead groups of their own. As a program this watches over what its parent started:
standard input has lines `PID SECONDS [GROUP ...]`, with 0 seconds for what has ended since. Where it ends, so has the
parent, however that was, and what is left is ended, the last one first: runs tell their server what became of them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Collection

STOP_TIMEOUT_S = 10.0
"""How long the groups may take to end before they are killed."""


def end_groups(leader: int, patience_s: float = STOP_TIMEOUT_S, further: Collection[int] = ()) -> None:
    """End a process's group and its children's groups: asked first, killed after `patience_s`.

    A worker that is asked to end kills its runs at once. So who has children that lead groups is killed before those
    are asked: a run tells Prefect what became of it, and its training leaves a checkpoint.

    Args:
        leader: The process; it leads a group.
        patience_s: Seconds.
        further: Leaders of groups that belong to it as its children do, such as runs of a worker that died.
    """
    _signal(leader, signal.SIGSTOP)  # it starts nothing more
    children = {*_leading_children(leader), *further}
    _signal(leader, signal.SIGKILL if children else signal.SIGTERM)
    _signal(leader, signal.SIGCONT)
    for child in children:
        _signal(child, signal.SIGTERM)
    groups = {leader, *children}
    deadline = time.monotonic() + patience_s
    while _is_there(groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    for group in groups:
        _signal(group, signal.SIGKILL)


def _leading_children(process: int) -> list[int]:
    import psutil

    try:
        return [child.pid for child in psutil.Process(process).children() if _group(child.pid) == child.pid]
    except psutil.NoSuchProcess:
        return []


def _is_there(groups: set[int]) -> bool:
    """Whether anything of the groups is left; a process that ended and that its parent hasn't asked for isn't."""
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess):
            if _group(process.pid) in groups and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False


def _group(process: int) -> int:
    """A process's group; -1 where it is gone."""
    try:
        return os.getpgid(process)
    except (ProcessLookupError, PermissionError):
        return -1


def _signal(leader: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: the second where only zombies are left
        os.killpg(leader, number)


def main() -> None:
    """Watch."""
    watched: dict[int, tuple[float, list[int]]] = {}
    for line in sys.stdin:
        process, patience_s, *further = line.split()
        watched.pop(int(process), None)
        if float(patience_s):
            watched[int(process)] = (float(patience_s), [int(group) for group in further])
    for leader, (patience, groups) in reversed(watched.items()):
        end_groups(leader, patience, groups)


if __name__ == "__main__":
    main()
