"""How long a champion that is set by hand stays ungated: an alias through MLflow's own API, ten times.

A real MLflow server, `gadfly watch` beside it, and four versions of the demo's model: 1 has hardly learned, 2 and 3
differ by their seed, 4 may be set by hand whatever the gate says (`manual: allow`). What is measured is the time from
MLflow's answer to the version's tag `gate`. Run: python -m benchmarks.alias_delay [--home DIR] [--looks]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.printing import Table, at_most

MODEL = f"watched-{time.time():.0f}"
"""A name of its own, so that it has no champion when the measuring begins; trainings are cached all the same."""
MAX_DELAY_S = 10
PATIENCE_S = 180
SHORT = (f"registration.model={MODEL}", "evaluation.judged_samples=40", "evaluation.samples_per_probe=1")
VERSIONS = (
    ("training.max_steps=2",),
    ("training.max_steps=60",),
    ("training.max_steps=60", "training.seed=7"),
    ("training.max_steps=60", "training.seed=8", "registration.manual=allow"),
)
TRIES = (2, 1, 3, 1, 3, 1, 3, 1, 3, 4)
"""Which version the alias is set to."""


def main(arguments: list[str] | None = None) -> int:
    """Command line: 0 where every delay is within the target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="keep trainings here between runs (default: a temporary folder)")
    parser.add_argument("--looks", action="store_true", help="without the webhook: watch's looks at all aliases alone")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        home = (options.home or Path(temporary)).resolve()
        os.environ["GADFLY_HOME"] = str(home)
        for version in VERSIONS:
            overrides = [word for override in (*SHORT, *version) for word in ("-s", override)]
            subprocess.run(_gadfly("run", "demo", *overrides), check=True, stdout=subprocess.DEVNULL)
        with _servers(home, webhook=not options.looks) as client:
            table = _measured(client, "looks alone" if options.looks else "webhook")
    print(table)
    return int(table.missed > 0)


def _measured(client: Any, way: str) -> Table:
    table = Table(
        f"Champion set by hand, {way}: seconds until gated", ["try", "version", "gate", "champion", "seconds"]
    )
    delays = []
    for number, version in enumerate(TRIES, start=1):
        with contextlib.suppress(Exception):  # a first verdict has none to take away
            client.delete_model_version_tag(MODEL, str(version), "gate")
        client.set_registered_model_alias(MODEL, "champion", str(version))
        started = time.perf_counter()
        gate = _wait(partial(_gate, client, version), 0.05)
        delays.append(time.perf_counter() - started)
        _wait(partial(_is_settled, client, version, gate), 0.05)
        champion = client.get_registered_model(MODEL).aliases["champion"]
        table.add(number, version, gate, champion, f"{delays[-1]:.2f}", figure=delays[-1], target=at_most(MAX_DELAY_S))
        time.sleep(1)
    table.note(f"median {statistics.median(delays):.2f} s, longest {max(delays):.2f} s")
    return table


def _gate(client: Any, version: int) -> Any:
    return client.get_model_version(MODEL, str(version)).tags.get("gate")


def _is_settled(client: Any, version: int, gate: str) -> bool:
    """Whether the alias is where the verdict wants it."""
    stands = gate == "passed" or version == len(VERSIONS)
    return bool(client.get_registered_model(MODEL).aliases.get("champion") == str(version)) == stands


@contextlib.contextmanager
def _servers(home: Path, *, webhook: bool) -> Iterator[Any]:
    """An MLflow server on the home's registry, and a watch beside it; gives MLflow's own client."""
    port, hook = _free_port(), _free_port()
    url, log = f"http://127.0.0.1:{port}", home / "servers.log"
    printed = subprocess.run(_gadfly("watch", "--server-settings"), check=True, capture_output=True, text=True).stdout
    settings = dict(line.split("=", 1) for line in printed.splitlines()) if webhook else {}
    words = ["server", "--port", str(port), "--workers", "1"]
    words += ["--backend-store-uri", f"sqlite:///{home / 'mlruns' / 'mlflow.db'}"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    every = ["--every", "600"] if webhook else []
    with log.open("w") as stream, contextlib.ExitStack() as ends:

        def start(command: list[str], **more: str) -> None:
            process = subprocess.Popen(
                command, env={**os.environ, "PATH": path, **more}, stdout=stream, stderr=stream, start_new_session=True
            )
            ends.callback(process.wait)
            ends.callback(os.killpg, process.pid, signal.SIGTERM)

        start([sys.executable, "-m", "mlflow", *words], **settings)
        _wait(lambda: _answers(url), 0.5)
        start(_gadfly("watch", "--port", str(hook), *every), MLFLOW_TRACKING_URI=url)
        _wait(lambda: "watching http" in log.read_text(), 0.5)
        from mlflow import MlflowClient

        yield MlflowClient(tracking_uri=url, registry_uri=url)


def _gadfly(*words: str) -> list[str]:
    return [sys.executable, "-m", "flows.cli", *words]


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=2):
        return True
    return False


def _wait(found: Callable[[], Any], every_s: float) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(every_s)
    raise TimeoutError(f"nothing within {PATIENCE_S} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
