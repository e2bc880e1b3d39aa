"""`gadfly up`: real servers, a real worker and runs that are started as the page starts them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

PATIENCE_S = 240
"""Two busy cores are slow."""
ENDED = {"Completed", "Failed", "Crashed", "Cancelled", "Paused"}
ASK = """
import json, sys
from prefect.client.orchestration import get_client
words = sys.argv[1:]
with get_client(sync_client=True) as client:
    if words[0] == "run":
        deployment = client.read_deployment_by_name(words[1])
        told = str(client.create_flow_run_from_deployment(deployment.id, parameters=json.loads(words[2])).id)
    elif words[0] == "state":
        run = client.read_flow_run(words[1])
        told = [run.state_name, run.state.message or "", run.infrastructure_pid]
    elif words[0] == "resume":
        told = str(client.resume_flow_run(words[1], run_input=json.loads(words[2])).status)
    elif words[0] == "runs":
        told = [str(run.id) for run in client.read_flow_runs()]
    elif words[0] == "pause":
        client.pause_deployment(client.read_deployment_by_name(words[1]).id)
        told = ""
    else:
        found = client.read_deployment_by_name(words[1])
        told = {"paused": found.paused, "schedules": {s.slug: s.active for s in found.schedules}}
print(json.dumps(told))
"""
"""A program that asks the server as Prefect's page does."""


@dataclass
class Served:
    """A bench whose home is served."""

    bench: Any
    process: subprocess.Popen[bytes]
    log: Path
    environment: dict[str, str]

    def ask(self, *words: str) -> Any:
        url = json.loads((self.bench.home / ".gadfly" / "services.json").read_text())["prefect"]
        done = subprocess.run(
            [sys.executable, "-c", ASK, *words],
            env={**self.environment, "PREFECT_API_URL": f"{url}/api"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def run(self, deployment: str, **parameters: Any) -> str:
        return str(self.ask("run", f"{deployment}/{deployment}", json.dumps(parameters)))

    def ended(self, run: str) -> tuple[str, str]:
        wait_for(lambda: self.ask("state", run)[0] in ENDED, self.log)
        name, message, _ = self.ask("state", run)
        return name, message

    def gadfly(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flows.cli", *words]
        return subprocess.run(command, env=self.environment, cwd=self.bench.folder, capture_output=True, text=True)


def wait_for(condition: Callable[[], bool], log: Path, seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.5)


def start(bench: Any, log: Path) -> Served:
    environment = bench.environment()
    del environment["PREFECT_API_URL"]
    with log.open("ab") as stream:
        command = [sys.executable, "-m", "flows.cli", "up"]
        process = subprocess.Popen(
            command, cwd=bench.folder, env=environment, stdout=stream, stderr=stream, start_new_session=True
        )
    wait_for(lambda: "Ctrl-C" in log.read_text() or process.poll() is not None, log)
    assert process.poll() is None, log.read_text()
    return Served(bench, process, log, environment)


def started_by(leader: int) -> dict[int, str]:
    """The processes that `gadfly up` started, and theirs, by id."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    family, found = {leader}, {}
    for line in listed.splitlines()[1:]:
        pid, parent, words = line.split(maxsplit=2)
        if int(parent) in family:
            family.add(int(pid))
            found[int(pid)] = words
    return found


@pytest.fixture
def served(bench: Any, tmp_path: Path) -> Iterator[Served]:
    up = start(bench, tmp_path / "up.log")
    try:
        yield up
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(up.process.pid, signal.SIGTERM)
        up.process.wait(timeout=60)


def test_up_runs_what_the_page_asks_for_and_down_ends_all_of_it(served: Served) -> None:
    again = served.gadfly("up")
    assert again.returncode == 0
    assert "running since" in again.stdout
    told = json.loads(served.gadfly("status", "--json").stdout)
    assert told["state"] == "running"
    assert told["answers"] == {"prefect": True, "mlflow": True}

    recipe = "recipe.yaml"  # paths in the form start where `gadfly up` was typed
    run = served.run("finetune", recipe=recipe, overrides=["training.epochs=2"])
    assert served.ended(run)[0] == "Completed", served.ended(run)
    assert served.bench.versions() == [1, 2]

    from_the_terminal = served.gadfly("run", recipe, "--json")
    assert from_the_terminal.returncode == 0, from_the_terminal.stderr
    assert json.loads(from_the_terminal.stdout)["run_id"] in served.ask("runs")

    unchanged = served.run("retrain", recipe=recipe, overrides=["training.epochs=2"])
    assert served.ended(unchanged)[0] == "Completed"
    assert served.bench.versions() == [1, 2]
    served.bench.add_row("A lantern knows the road better than the rider who holds it.", "Heron")
    changed = served.run("retrain", recipe=recipe, overrides=["training.epochs=2"], wait_hours=0)
    assert served.ended(changed)[0] == "Completed", served.ended(changed)
    assert served.bench.versions() == [1, 2, 3]

    broken = served.run("prepare", recipe=recipe, overrides=["validation.holdout_fraction=2"])
    assert served.ended(broken)[0] == "Failed"
    assert "validation.holdout_fraction" in served.ended(broken)[1]

    family = started_by(served.process.pid)
    assert len(family) >= 4
    assert served.gadfly("down").returncode == 0
    served.process.wait(timeout=30)
    assert not [words for pid, words in family.items() if Path(f"/proc/{pid}").exists()]
    assert json.loads(served.gadfly("status", "--json").stdout) == {"state": "not running"}


def test_what_dies_is_seen_and_what_a_person_set_stays(served: Served) -> None:
    long = ["training.epochs=400", "training.evaluate_every=100000"]
    killed = served.run("finetune", recipe="recipe.yaml", overrides=long)
    wait_for(lambda: served.ask("state", killed)[0] == "Running", served.log)
    waiting = served.run("finetune", recipe="recipe.yaml")
    (worker,) = [pid for pid, words in started_by(served.process.pid).items() if "prefect worker start" in words]
    os.kill(worker, signal.SIGKILL)  # with it goes who would have seen the run die
    wait_for(lambda: "worker ended; it is started again" in served.log.read_text(), served.log, 30)
    os.killpg(int(served.ask("state", killed)[2]), signal.SIGKILL)
    assert served.ended(killed)[0] == "Crashed"
    assert served.ended(waiting)[0] == "Completed", served.ended(waiting)  # the slot was freed

    served.ask("pause", "finetune/finetune")
    assert served.gadfly("down").returncode == 0
    served.process.wait(timeout=60)
    served.process = start(served.bench, served.log.with_name("again.log")).process
    assert served.ask("deployment", "finetune/finetune")["paused"]
    assert served.ask("deployment", "retrain/retrain") == {
        "paused": False,
        "schedules": {"nightly": False, "when-data-changed": False},
    }
    assert killed in served.ask("runs")
