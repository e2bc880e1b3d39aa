"""`gadfly up`: real servers, a real worker and runs that are started as the page starts them."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from flows.services.state import MLFLOW_PORT, PREFECT_PORT, WEBHOOK_PORT, WORKER_PORT

pytestmark = pytest.mark.slow

PATIENCE_S = 240
"""Two busy cores are slow."""
GONE = 20_000_000
"""Bytes that a database held."""
USUAL_PORTS = (PREFECT_PORT, MLFLOW_PORT, WEBHOOK_PORT, WORKER_PORT)
OFTEN_S = 4
"""Seconds between scheduled runs: a run takes longer."""
LONG = ["training.epochs=400", "training.evaluate_every=100000"]
LEARNED = [
    *("training.learning_rate=0.01", "training.epochs=3"),
    "registration.gate.min_stop_rate=0",  # samples of 8 tokens hardly ever end
]
"""Overrides with which the tiny model passes the gate."""
ENDED = {"Completed", "Failed", "Crashed", "Cancelled", "Paused"}
ASK = """
import json, sys
from datetime import timedelta
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.states import Cancelling
words = sys.argv[1:]
with get_client(sync_client=True) as client:
    if words[0] == "run":
        deployment = client.read_deployment_by_name(words[1])
        told = str(client.create_flow_run_from_deployment(deployment.id, parameters=json.loads(words[2])).id)
    elif words[0] == "resume":
        told = str(client.resume_flow_run(words[1], run_input=json.loads(words[2])).status)
    elif words[0] == "pause":
        client.pause_deployment(client.read_deployment_by_name(words[1]).id)
        told = ""
    elif words[0] == "cancel":
        client.set_flow_run_state(words[1], Cancelling())
        told = ""
    elif words[0] == "schedule":
        found = client.read_deployment_by_name(words[1])
        if words[4] != "null":
            client.update_deployment(found.id, DeploymentUpdate(parameters=json.loads(words[4])))
        (schedule,) = [schedule for schedule in found.schedules if schedule.slug == words[2]]
        often = IntervalSchedule(interval=timedelta(seconds=float(words[3])))
        client.update_deployment_schedule(found.id, schedule.id, active=words[5] == "on", schedule=often)
        told = ""
    else:
        found = client.read_deployment_by_name(words[1])
        told = {"paused": found.paused, "parameters": found.parameters}
        told["schedules"] = {s.slug: [s.active, s.schedule.model_dump(mode="json")] for s in found.schedules}
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
    told: list[dict[str, Any]] = field(default_factory=list)
    """What the webhook named by `GADFLY_NOTIFY_URL` was told."""

    @property
    def api(self) -> str:
        """Where the server's API is."""
        told = json.loads((self.bench.home / ".gadfly" / "services.json").read_text())
        return f"{told['prefect']}/api"

    def state(self, run: str) -> tuple[str, str, int | None]:
        """A run's state, its message and the run's process: asked again and again, so without a process for it."""
        with urllib.request.urlopen(f"{self.api}/flow_runs/{run}", timeout=60) as answer:
            told = json.load(answer)
        return told["state_name"], told["state"]["message"] or "", told["infrastructure_pid"]

    def runs(self) -> dict[str, dict[str, Any]]:
        """What the server knows of its newest runs, by id."""
        asked = urllib.request.Request(f"{self.api}/flow_runs/filter", b"{}", {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return {run["id"]: run for run in json.load(answer)}

    def scheduled(self) -> list[str]:
        """The states of the runs that a schedule brought."""
        return [run["state_name"] for run in self.runs().values() if run["auto_scheduled"]]

    def ask(self, *words: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-c", ASK, *words],
            env={**self.environment, "PREFECT_API_URL": self.api},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def run(self, deployment: str, **parameters: Any) -> str:
        return str(self.ask("run", f"{deployment}/{deployment}", json.dumps(parameters)))

    def ended(self, run: str) -> tuple[str, str]:
        wait_for(lambda: self.state(run)[0] in ENDED, self.log)
        name, message, _ = self.state(run)
        return name, message

    def read(self, database: str, query: str, *values: str) -> list[Any]:
        """What one of the home's databases holds, whether a server has it or not."""
        file = f"file:{self.bench.home / database}?mode=ro"
        with contextlib.closing(sqlite3.connect(file, uri=True)) as connection:
            return connection.execute(query, values).fetchall()

    def gadfly(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flows.cli", *words]
        return subprocess.run(command, env=self.environment, cwd=self.bench.folder, capture_output=True, text=True)


def wait_for(condition: Callable[[], bool], log: Path, seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.5)


def begin(bench: Any, log: Path, **changes: str) -> Served:
    """`gadfly up`, just typed."""
    environment = bench.environment(**changes)
    del environment["PREFECT_API_URL"]
    with log.open("ab") as stream:
        command = [sys.executable, "-m", "flows.cli", "up"]
        process = subprocess.Popen(
            command, cwd=bench.folder, env=environment, stdout=stream, stderr=stream, start_new_session=True
        )
    return Served(bench, process, log, environment)


def start(bench: Any, log: Path, **changes: str) -> Served:
    """`gadfly up`, and all that it runs."""
    up = begin(bench, log, **changes)
    wait_for(lambda: "Ctrl-C" in log.read_text() or up.process.poll() is not None, log)
    assert up.process.poll() is None, log.read_text()
    return up


def is_there(pid: int) -> bool:
    """Whether a process is alive; a zombie is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def started_by(leader: int) -> dict[int, str]:
    """The processes that `gadfly up` started, and theirs, by id."""
    found = {}
    for process in psutil.Process(leader).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            found[process.pid] = " ".join(process.cmdline())
    return found


@pytest.fixture(scope="module")
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A receiver on loopback: its address, and what it was told."""
    told: list[dict[str, Any]] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook", told
        server.shutdown()


@pytest.fixture(scope="module")
def served(
    new_bench: Any, first_run: Any, webhook: tuple[str, list[dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """One `gadfly up` for all tests here, in their order: the last one kills it and starts another.

    The usual ports are taken when it starts.
    """
    url, told = webhook
    log = tmp_path_factory.mktemp("up") / "up.log"
    with contextlib.ExitStack() as taken:
        for port in USUAL_PORTS:
            with contextlib.suppress(OSError):  # somebody else has it
                taken.enter_context(socket.create_server(("127.0.0.1", port)))
        up = start(new_bench(first_run), log, GADFLY_NOTIFY_URL=url)
    up.told = told
    try:
        yield up
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(up.process.pid, signal.SIGTERM)
        up.process.wait(timeout=60)


def test_up_runs_what_the_page_asks_for_and_tells_who_wants_to_know(served: Served) -> None:
    again = served.gadfly("up")
    assert again.returncode == 0
    assert "running since" in again.stdout
    told = json.loads(served.gadfly("status", "--json").stdout)
    assert told["state"] == "running"
    assert told["answers"] == {"prefect": True, "mlflow": True, "worker": True, "watch": True}
    ports = {int(told[page].rpartition(":")[2]) for page in ("prefect", "mlflow")} | {told["webhook"], told["worker"]}
    assert len(ports - set(USUAL_PORTS)) == 4

    recipe = "recipe.yaml"  # paths in the form start where `gadfly up` was typed
    contract = served.bench.contract.read_text()
    strict = contract.replace("min_accepted_rows: 20", "min_accepted_rows: 100000")
    (served.bench.folder / "strict.yaml").write_text(strict)
    broken = served.run("prepare", recipe=recipe, overrides=["validation.holdout_fraction=2"])
    unfit = served.run("prepare", recipe=recipe, overrides=["contract=./strict.yaml"])
    run = served.run("finetune", recipe=recipe, overrides=["training.epochs=2"])
    assert served.ended(run)[0] == "Completed", served.ended(run)
    assert served.bench.versions() == [1, 2]
    assert served.ended(broken)[0] == "Failed"
    assert "validation.holdout_fraction" in served.ended(broken)[1]
    assert served.ended(unfit)[0] == "Failed"

    from_the_terminal = served.gadfly("run", recipe, "--json")
    assert from_the_terminal.returncode == 0, from_the_terminal.stderr
    assert json.loads(from_the_terminal.stdout)["run_id"] in served.runs()

    promoted = served.run("promote", model="tiny", version="2", force=True, why="Ann: a test")
    assert served.ended(promoted)[0] == "Completed", served.ended(promoted)
    events = {event["event"]: event for event in served.told}
    assert "at least 100,000 are needed" in events["contract_failed"]["text"]
    assert (events["gate_refused"]["model"], events["gate_refused"]["version"]) == ("tiny", 2)
    assert events["gate_refused"]["text"].startswith("tiny@2: refused (")
    assert (events["new_champion"]["champion"], events["new_champion"]["why"]) == (2, "Ann: a test")


def test_a_recipe_that_was_added_since_runs_by_its_name(served: Served) -> None:
    text = served.bench.recipe.read_text()
    for path in ("rows.csv", "./contract.yaml", "./base", "general.txt"):
        text = text.replace(path, str(served.bench.folder / path))
    (served.bench.home / "recipes").mkdir()
    (served.bench.home / "recipes" / "added.yaml").write_text(text.replace("name: tiny", "name: added"))
    run = served.run("prepare", recipe="added")
    assert served.ended(run)[0] == "Completed", served.ended(run)


def test_who_names_another_host_is_turned_away(served: Served) -> None:
    """A page whose name leads to 127.0.0.1 is the server's own page for a browser."""
    told = json.loads(served.gadfly("status", "--json").stdout)
    ports = {name: int(told[name].rpartition(":")[2]) for name in ("prefect", "mlflow")}
    found = {}
    asked = [("prefect", "/api/health"), ("prefect", "/"), ("prefect", "/api/flow_runs/filter"), ("mlflow", "/")]
    for name, path in asked:
        for host in ("127.0.0.1", "localhost", "evil.example", "10.evil.example"):
            found[name, path, host] = answer(ports[name], path, f"{host}:{ports[name]}")
    found["watch", "/", "evil.example"] = answer(told["webhook"], "/aliases", f"evil.example:{told['webhook']}", "POST")
    refused = {place for place, status in found.items() if status in (400, 403)}
    assert refused == {place for place in found if "evil" in place[2]}, found
    assert set(found.values()) <= {200, 400, 403, 405}


def answer(port: int, path: str, host: str, method: str = "GET") -> int:
    """The status that a loopback server gives a request that names this host."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        connection.request(method, path, headers={"Host": host})
        return connection.getresponse().status


def test_a_schedule_that_a_person_switched_on_fires_and_does_not_pile_up_behind_a_training(served: Served) -> None:
    before = len(served.bench.versions())
    training = served.run("finetune", recipe="recipe.yaml", overrides=LONG)
    wait_for(lambda: served.state(training)[0] == "Running", served.log)
    asked = json.dumps({"recipe": "recipe.yaml", "wait_hours": 0})
    served.ask("schedule", "retrain/retrain", "when-data-changed", str(OFTEN_S), asked, "on")
    wait_for(lambda: "late scheduled runs of retrain cancelled" in served.log.read_text(), served.log)
    assert served.scheduled().count("Late") <= 1 + 30 / OFTEN_S  # late after 15 s, looked at every 15 s
    served.ask("cancel", training)
    assert served.ended(training)[0] == "Cancelled"

    wait_for(lambda: "Completed" in served.scheduled(), served.log)
    assert len(served.bench.versions()) == before  # all of it was cached
    served.bench.add_row("A lantern knows the road better than the rider who holds it.", "Heron")
    wait_for(lambda: len(served.bench.versions()) == before + 1, served.log)
    served.ask("schedule", "retrain/retrain", "when-data-changed", "600", "null", "off")
    wait_for(lambda: set(served.scheduled()) <= {"Completed", "Cancelled"}, served.log)
    assert len(served.bench.versions()) == before + 1


def test_a_newer_version_is_asked_about_in_the_place_of_the_one_that_waits(served: Served) -> None:
    """Prefect frees a deployment's place while its run waits, so the schedule goes on behind an open question."""
    asked = {"recipe": "recipe.yaml", "overrides": LEARNED, "wait_hours": 1}
    cancelled = served.run("retrain", **asked)
    assert served.ended(cancelled)[0] == "Paused", served.ended(cancelled)
    served.ask("cancel", cancelled)
    wait_for(lambda: served.state(cancelled)[0] == "Cancelled", served.log)
    unasked = served.run("retrain", **asked)
    assert served.ended(unasked)[0] == "Completed", served.ended(unasked)

    served.bench.add_row("A mill that grinds for nobody still wakes the whole valley.", "Heron")
    older = served.run("retrain", **asked)
    assert served.ended(older)[0] == "Paused", served.ended(older)
    version = served.bench.versions()[-1]
    same = served.run("retrain", **asked)
    assert served.ended(same)[0] == "Completed", served.ended(same)
    assert served.state(older)[0] == "Paused"

    served.bench.add_row("A ferry that waits for everyone carries nobody over the water.", "Heron")
    newer = served.run("retrain", **asked)
    assert served.ended(newer)[0] == "Paused", served.ended(newer)
    why = f"superseded by run {newer}, which asks about tiny version {version + 1}"
    wait_for(lambda: served.state(older)[0] != "Paused", served.log)
    assert served.state(older)[:2] == ("Cancelled", why)
    pid = served.state(older)[2]
    wait_for(lambda: not is_there(int(pid)), served.log, 30)
    assert served.state(older)[:2] == ("Cancelled", why)  # nor did its end change that

    served.ask("resume", newer, json.dumps({"approve": True, "why": "Ann: a test"}))
    assert served.ended(newer)[0] == "Completed", served.ended(newer)
    told = [event for event in served.told if event["event"] == "new_champion"]
    assert (told[-1]["champion"], told[-1]["why"]) == (version + 1, "Ann: a test")


def test_what_dies_is_seen_and_frees_its_place(served: Served) -> None:
    killed = served.run("finetune", recipe="recipe.yaml", overrides=LONG)
    wait_for(lambda: served.state(killed)[0] == "Running", served.log)
    waiting = served.run("finetune", recipe="recipe.yaml")
    (worker,) = [pid for pid, words in started_by(served.process.pid).items() if "prefect worker start" in words]
    os.kill(worker, signal.SIGKILL)  # with it goes who would have seen the run die
    wait_for(lambda: "worker ended; it is started again" in served.log.read_text(), served.log, 30)
    os.killpg(int(served.state(killed)[2]), signal.SIGKILL)
    assert served.ended(killed)[0] == "Crashed"
    assert served.ended(waiting)[0] == "Completed", served.ended(waiting)  # the slot was freed


WORDS = {
    "prefect": "prefect_server:create_app",
    "mlflow": "mlflow server",
    "worker": "prefect worker start",
    "watch": "flows.cli watch",
}
"""What is in a service's command line."""


def leader_of(served: Served, service: str) -> int:
    """The process that leads a service's group."""
    family = started_by(served.process.pid).items()
    (leader,) = {os.getpgid(pid) for pid, line in family if WORDS[service] in line}
    return leader


def is_well(served: Served, service: str) -> bool:
    return bool(json.loads(served.gadfly("status", "--json").stdout)["answers"][service])


def test_a_worker_that_hangs_is_told_and_started_again_and_its_run_goes_on(served: Served) -> None:
    training = served.run("finetune", recipe="recipe.yaml", overrides=LONG)
    wait_for(lambda: served.state(training)[0] == "Running", served.log)
    told, leader = served.log.read_text(), leader_of(served, "worker")
    os.killpg(leader, signal.SIGSTOP)
    assert re.search(r"worker +not well", served.gadfly("status").stdout)
    line = "worker doesn't answer any more; it is started again"
    wait_for(lambda: line in served.log.read_text().removeprefix(told), served.log)
    wait_for(lambda: is_well(served, "worker"), served.log)
    assert not is_there(leader)
    assert re.search(r"worker +well: started again 20", served.gadfly("status").stdout)
    assert served.state(training)[0] == "Running"
    assert is_there(int(served.state(training)[2]))
    served.ask("cancel", training)
    wait_for(lambda: served.state(training)[0] == "Cancelled", served.log)  # after its own word, that it was terminated
    run = served.run("prepare", recipe="recipe.yaml")
    assert served.ended(run)[0] == "Completed", served.ended(run)


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_a_watch_that_hangs_or_dies_is_told_and_started_again(served: Served, number: int) -> None:
    told, leader = served.log.read_text(), leader_of(served, "watch")
    os.killpg(leader, number)
    what = "doesn't answer any more" if number == signal.SIGSTOP else "ended"
    wait_for(lambda: f"watch {what}; it is started again" in served.log.read_text().removeprefix(told), served.log)
    wait_for(lambda: is_well(served, "watch"), served.log)
    assert not is_there(leader)


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
@pytest.mark.parametrize("server", ["prefect", "mlflow"])
def test_a_server_that_hangs_or_dies_is_told_and_started_again(served: Served, server: str, number: int) -> None:
    address = json.loads(served.gadfly("status", "--json").stdout)[server]
    told, leader = served.log.read_text(), leader_of(served, server)
    os.killpg(leader, number)
    if number == signal.SIGSTOP:
        assert f"{address}: it does not answer" in served.gadfly("status").stdout
    what = "doesn't answer any more" if number == signal.SIGSTOP else "ended"
    line = f"{server} {what}; it is started again"
    wait_for(lambda: line in served.log.read_text().removeprefix(told), served.log, 150)
    assert line in (served.bench.home / ".gadfly" / "logs" / "up.log").read_text()
    wait_for(lambda: is_well(served, server), served.log)
    assert not is_there(leader)
    run = served.run("prepare", recipe="recipe.yaml")
    assert served.ended(run)[0] == "Completed", served.ended(run)


def test_however_up_ends_no_process_stays_and_the_next_has_the_runs_and_what_a_person_set(
    served: Served,
) -> None:
    served.ask("pause", "finetune/finetune")
    as_set = {name: served.ask("deployment", f"{name}/{name}") for name in ("finetune", "retrain")}
    assert as_set["finetune"]["paused"]
    run = served.run("retrain", recipe="recipe.yaml", overrides=LONG)
    wait_for(
        lambda: any("tasks.training.child" in words for words in started_by(served.process.pid).values()), served.log
    )
    family = started_by(served.process.pid)
    assert len(family) >= 6
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait()
    wait_for(lambda: not any(map(is_there, family)), served.log)
    assert json.loads(served.gadfly("status", "--json").stdout)["killed"]["pid"] == served.process.pid
    assert "was killed" in served.gadfly("down").stdout
    assert json.loads(served.gadfly("status", "--json").stdout) == {"state": "not running"}

    stopped = begin(served.bench, served.log.with_name("stopped.log"))
    wait_for(lambda: len(started_by(stopped.process.pid)) >= 2, stopped.log)
    family = started_by(stopped.process.pid)
    assert json.loads(served.gadfly("status", "--json").stdout)["state"] == "starting"
    os.killpg(stopped.process.pid, signal.SIGINT)  # as a terminal does
    assert stopped.process.wait(timeout=30) == 0, stopped.log.read_text()
    wait_for(lambda: not any(map(is_there, family)), served.log, 10)  # who watched over them ends a moment later

    (served.bench.home / ".gadfly" / "deployed_from.txt").unlink()  # as if Gadfly were a newer one
    served.process = start(served.bench, served.log.with_name("again.log")).process
    assert {name: served.ask("deployment", f"{name}/{name}") for name in ("finetune", "retrain")} == as_set
    assert served.ended(run)[0] == "Crashed"
    losses = "SELECT count(*) FROM metrics WHERE key = 'train/loss'"
    before = served.read("mlruns/mlflow.db", losses)
    going_on = served.run("retrain", recipe="recipe.yaml", overrides=LONG)
    wait_for(lambda: served.read("mlruns/mlflow.db", losses) > before, served.log)
    family = started_by(served.process.pid)
    database = served.bench.home / ".gadfly" / "prefect" / "prefect.db"
    with contextlib.closing(sqlite3.connect(database, timeout=60)) as connection:
        connection.execute("CREATE TABLE gone AS SELECT randomblob(?) AS content", (GONE,))
        connection.execute("DROP TABLE gone")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = database.stat().st_size
    assert served.gadfly("down").returncode == 0
    served.process.wait(timeout=30)
    assert before - database.stat().st_size > GONE / 2
    wait_for(lambda: not any(map(is_there, family)), served.log, 10)  # who watched over them ends a moment later
    assert json.loads(served.gadfly("status", "--json").stdout) == {"state": "not running"}
    assert list((served.bench.home / ".gadfly" / "checkpoints").glob("*/*/state.json"))
    states = "SELECT state_name FROM flow_run WHERE id = ?"
    assert served.read(".gadfly/prefect/prefect.db", states, going_on) == [("Crashed",)]
    told = served.read(".gadfly/prefect/prefect.db", "SELECT message FROM log")
    assert any("the same run, started again, goes on from there" in message for (message,) in told)
