"""`gadfly up` in a home of a benchmark's own, and what its users do there."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_TIMEOUT_S = 240
STOP_TIMEOUT_S = 60
SHORT = (
    "training.max_steps=20",
    "evaluation.judged_samples=10",
    "evaluation.samples_per_probe=1",
    "evaluation.max_new_tokens=8",
)
"""Overrides that make a run of the demo short."""


@dataclass(frozen=True)
class Servers:
    """What runs."""

    home: Path
    process: subprocess.Popen[bytes]
    log: Path
    """What `gadfly up` said."""

    def environment(self) -> dict[str, str]:
        """What points a program at these servers."""
        told = json.loads((self.home / ".gadfly" / "services.json").read_text(encoding="utf-8"))
        named = {"PREFECT_API_URL": f"{told['prefect']}/api", "MLFLOW_TRACKING_URI": told["mlflow"]}
        return surroundings(self.home) | named

    def gadfly(self, *words: str) -> str:
        """A command's standard output.

        Raises:
            subprocess.CalledProcessError: It failed.
        """
        done = subprocess.run(
            gadfly(*words),
            cwd=self.home,
            env=surroundings(self.home),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout


def gadfly(*words: str) -> list[str]:
    """A command of this checkout."""
    return [sys.executable, "-m", "flows.cli", *words]


def surroundings(home: Path) -> dict[str, str]:
    """The environment of a process of ours: nothing of the user's own servers and homes."""
    foreign = ("PREFECT_", "GADFLY_", "MLFLOW_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"GADFLY_HOME": str(home), "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}


@contextlib.contextmanager
def serving(home: Path) -> Iterator[Servers]:
    """`gadfly up`, from when everything runs until the block ends."""
    home.mkdir(parents=True, exist_ok=True)
    log = home / "up.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            gadfly("up"), cwd=home, env=surroundings(home), stdout=stream, stderr=stream, start_new_session=True
        )
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while "Ctrl-C" not in log.read_text(encoding="utf-8"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"gadfly up doesn't come up:\n{log.read_text(encoding='utf-8')}")
            time.sleep(0.2)
        yield Servers(home, process, log)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=STOP_TIMEOUT_S)
