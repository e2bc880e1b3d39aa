"""Long-running child processes: started in groups of their own, watched, and ended with everything they started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tasks.errors import ServerError

START_TIMEOUT_S = 180
"""How long a server may take until it answers: two busy cores are slow."""
STOP_TIMEOUT_S = 10
"""How long a group may take to end before it is killed."""
ANSWER_TIMEOUT_S = 5
END_ALL = """
read _
leaders="{leader} $(ps -A -o ppid= -o pid= | awk '$1 == {leader} {{print $2}}')"
for leader in $leaders; do kill -TERM -$leader; done
sleep 5
for leader in $leaders; do kill -KILL -$leader; done
"""
"""A shell's script: `read` returns when the other end of its pipe is closed, and only who started the service has that.
A worker's runs are its children and lead groups of their own, so they are ended by name."""


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
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)
    """When it was started, on the monotonic clock."""

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
        self._watcher = subprocess.Popen(
            ["/bin/sh", "-c", END_ALL.format(leader=self.process.pid)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

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
        """End its group and its children's groups: asked first, killed after `STOP_TIMEOUT_S`."""
        if self.process is None:
            return
        leaders = [self.process.pid, *_children(self.process.pid)]
        for leader in leaders:
            _signal_group(leader, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while (self.is_running() or any(map(_is_group, leaders))) and time.monotonic() < deadline:
            time.sleep(0.05)
        for leader in leaders:
            _signal_group(leader, signal.SIGKILL)
        self.process.wait()
        self._watcher.kill()
        self._watcher.wait()


def answers(url: str) -> bool:
    """Whether a server says that it is well."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_TIMEOUT_S) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def _children(process: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "ppid=", "-o", "pid="], capture_output=True, text=True, check=True)
    pairs = (line.split() for line in listed.stdout.splitlines())
    return [int(child) for parent, child in pairs if int(parent) == process]


def _is_group(leader: int) -> bool:
    """Whether anything is left of a group."""
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal_group(leader: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: the second where only zombies are left
        os.killpg(leader, number)


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
