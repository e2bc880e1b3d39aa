"""Long-running child processes: started in groups of their own, watched, and ended with everything they started."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from flows.services import process_groups
from flows.services.process_groups import STOP_TIMEOUT_S, end_groups
from tasks import home
from tasks.errors import ServerError

START_TIMEOUT_S = 180
"""How long a server may take until it answers: two busy cores are slow."""
ANSWER_TIMEOUT_S = 5
LAST = 5
"""Lines of a log that may tell why its program ended."""


class Stopped(Exception):
    """The user ended it while it was starting."""


@dataclass
class Service:
    """A program that runs until it is ended, and is started again where it ends by itself."""

    name: str
    command: Sequence[str]
    log: Path
    """Its output, appended."""
    environment: Mapping[str, str]
    folder: Path
    """Where it is started."""
    health: str = ""
    """A URL that answers 200 once it is up; empty: it is up once it runs."""
    stop_timeout_s: float = STOP_TIMEOUT_S
    """How long it may take to end before it is killed."""
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)
    """When it was started, on the monotonic clock."""
    groups: frozenset[int] = frozenset()
    """Process groups that end with it although its own end spares them: runs of a worker."""

    def start(self) -> None:
        """Start it, in a process group of its own that ends when this process does, however that ends."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.starts.append(time.monotonic())
        _watch(self.process.pid, self.stop_timeout_s, self.groups)

    def own(self, groups: Collection[int]) -> None:
        """Let process groups end where it is stopped, whether it started them or one before it did."""
        self.groups = frozenset(groups)
        if self.is_running():
            assert self.process is not None
            _watch(self.process.pid, self.stop_timeout_s, self.groups)

    def is_running(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.poll() is None

    def await_health(self, stop: threading.Event | None = None) -> None:
        """Wait until it answers, or somebody sets `stop`.

        Raises:
            ServerError: It ended, or took longer than `START_TIMEOUT_S`.
            Stopped: `stop` was set.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.health and not answers(self.health):
            if stop and stop.is_set():
                raise Stopped
            if not self.is_running() or time.monotonic() > deadline:
                state = "isn't up in time" if self.is_running() else "ended"
                raise ServerError(f"{self.name} {state}: {_last_line(self.log)}\n  the whole of it: less {self.log}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End its group and its children's groups: asked first, then killed."""
        if self.process is None:
            return
        end_groups(self.process.pid, self.stop_timeout_s, self.groups)
        self.process.wait()
        _watch(self.process.pid, 0)

    def kill(self) -> None:
        """Kill its group at once; what leads a group of its own, such as a worker's run, goes on."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        _watch(self.process.pid, 0)


def _watch(process: int, patience_s: float, groups: Collection[int] = ()) -> None:
    """Have a process and groups ended when this one ends, however that is; 0 seconds: it has ended."""
    watcher = _watcher()
    assert watcher.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # somebody killed it
        watcher.stdin.write(" ".join(map(str, (process, patience_s, *groups))) + "\n")
        watcher.stdin.flush()


@cache
def _watcher() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", process_groups.__name__],
        cwd=home.CHECKOUT,  # `-m` looks there first
        stdin=subprocess.PIPE,  # ends when this process does
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def answers(url: str, patience_s: float = ANSWER_TIMEOUT_S) -> bool:
    """Whether a server says that it is well."""
    try:
        with urllib.request.urlopen(url, timeout=patience_s) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError, http.client.HTTPException, ValueError):
        return False


def _last_line(log: Path) -> str:
    """What it said last, or last of an error among its last lines: servers take their leave after one."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()][-LAST:]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["it said nothing"])[-1]
