"""`gadfly up`, `down` and `status`: Prefect, MLflow, the worker and the watch over aliases, as one thing.

All of it listens on loopback. Whoever holds the lock of `state` looks after the rest: what ends by itself or hangs is
started again (a worker's runs go on meanwhile), and what is left when it ends is ended with it. What it tells is in
`logs/up.log`, too.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from flows.databases import shrink_databases
from flows.environment import QUIET
from flows.services import state
from flows.services.deployments import POOL, deploy, make_pool
from flows.services.health import HealthWatch
from flows.services.late_runs import drop_late
from flows.services.lost_runs import RunWatch
from flows.services.processes import Service, Stopped
from tasks import home
from tasks.errors import GadflyError, ServerError
from tasks.registration.task import server_settings

LOOK_EVERY_S = 1.0
WORKER_ASKS_EVERY_S = 5
"""Seconds between a worker's questions for new runs; it isn't well once it asked for nothing in 30 times as long."""
RUNS_EVERY_S = 15.0
"""Seconds between looks at the runs."""
MOST_STARTS = 5
"""Times that a service is started within `STARTS_WITHIN_S`; then it is given up, and everything ends."""
STARTS_WITHIN_S = 300.0

PAGES = {"PREFECT_SERVER_UI_V2_ENABLED": "false", "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false"}
"""Prefect's address leads to the pages that `tests/ui` clicks through; its newer ones are a click away."""

RUNS_STOP_S = 90.0
"""What the worker's runs may take to end: a training writes its checkpoint first, and has 65 s for that."""

Tell = Callable[[str], None]


def up(servers: state.Running, tell: Tell, stop: threading.Event) -> None:
    """Run everything until `stop` is set; the environment names the servers already.

    Args:
        servers: Of `chosen`.
        tell: Prints a line.
        stop: Ends it.

    Raises:
        ServerError: A service doesn't come up, or ends again and again; or another `up` runs in this home.
    """
    dead = state.killed()
    if not state.claim(servers):
        raise ServerError("gadfly up is already running here\n  its addresses: gadfly status; to end it: gadfly down")
    tell = _logged(tell)
    if dead is not None:
        tell(f"the gadfly up of {dead.started}, process {dead.pid}, was killed: what it ran ended with it")
    tell("starting Prefect, MLflow and a worker: about half a minute")
    started: list[Service] = []
    try:
        environment = _environment(servers)
        prefect, mlflow = _servers(servers, environment)
        _start(started, stop, prefect, mlflow)
        make_pool(Path(servers.folder))
        names = deploy(environment, stop)
        worker, watch = _workers(servers, environment)
        _start(started, stop, worker, watch)
        state.tell(servers)
        tell(f"Prefect  {servers.prefect}\nMLflow   {servers.mlflow}")
        tell(f"{len(names)} deployments, to be run from {servers.prefect}/deployments")
        tell(f"logs     {prefect.log.parent}\nCtrl-C ends all of it")
        threading.Thread(target=_look_at_runs, args=(worker, tell, stop), name="runs", daemon=True).start()
        _look_after(started, servers, tell, stop)
    except Stopped:
        pass
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C would leave half of it behind
        stop.set()
        tell("ending; what trains leaves a checkpoint first")
        for service in reversed(started):
            service.stop()
        shrink_databases()  # nobody has them now
        state.withdraw()


def down(patience_s: float = RUNS_STOP_S + 60) -> state.Running | None:
    """End what `gadfly up` runs in this home, and wait for its end; returns what ran, None where nothing did."""
    found = state.under_way()
    if found is None:
        return None
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while state.under_way() is not None:
        if time.monotonic() > deadline:
            raise ServerError(f"process {found.pid} doesn't end\n  kill -9 {found.pid}: the servers end with it")
        time.sleep(0.1)
    return found


def _environment(servers: state.Running) -> dict[str, str]:
    """This process's, without what keeps a command's own terminal quiet, and with the servers."""
    kept = {name: value for name, value in os.environ.items() if QUIET.get(name) != value}
    bin_folder = Path(sys.executable).parent
    path = f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}"  # MLflow starts uvicorn by name
    return {**kept, **servers.environment(), "PATH": path, "GADFLY_HOME": str(home.home())}


def _servers(servers: state.Running, environment: Mapping[str, str]) -> tuple[Service, Service]:
    prefect = ["uvicorn", *state.PREFECT_APP, "--host", "127.0.0.1", "--port", _port(servers.prefect)]
    prefect += ["--log-level", "warning", "--timeout-graceful-shutdown", "3"]
    root = home.mlflow_folder() / "artifacts"
    mlflow = ["mlflow", "server", "--host", "127.0.0.1", "--port", _port(servers.mlflow), "--workers", "1"]
    mlflow += ["--uvicorn-opts", "--no-access-log"]  # the watch asks every four seconds
    mlflow += ["--backend-store-uri", f"sqlite:///{home.mlflow_folder() / 'mlflow.db'}"]
    mlflow += ["--default-artifact-root", root.as_uri()]
    root.mkdir(parents=True, exist_ok=True)
    own = {name: value for name, value in environment.items() if name not in servers.environment()}
    own["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"  # seven processes for what nobody here asks of it
    page = {"PREFECT_SERVER_UI_API_URL": "/api"}  # else the page asks the usual port, whoever answers there
    page |= PAGES | state.only_own_pages(servers.prefect) | {"PREFECT__SERVER_FINAL": "1"}
    hosts = ",".join(name + port for name in state.host_names() for port in ("", ":*"))
    told = server_settings("127.0.0.1") | {"MLFLOW_SERVER_ALLOWED_HOSTS": hosts}  # its default takes 10.any.name, too
    return (
        _service("prefect", prefect, own | page, servers),
        _service("mlflow", mlflow, own | told, servers),
    )


def _workers(servers: state.Running, environment: Mapping[str, str]) -> tuple[Service, Service]:
    worker = ["prefect", "worker", "start", "--pool", POOL, "--type", "process", "--name", "gadfly"]
    worker += ["--with-healthcheck"]
    its = {"PREFECT_WORKER_QUERY_SECONDS": str(WORKER_ASKS_EVERY_S), **environment}
    its |= {"PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1", "PREFECT_WORKER_WEBSERVER_PORT": str(servers.worker)}
    watch = ["flows.cli", "watch", "--port", str(servers.webhook)]
    runs = replace(_service("worker", worker, its, servers), stop_timeout_s=RUNS_STOP_S)
    return runs, _service("watch", watch, environment, servers)


def _service(name: str, words: list[str], environment: Mapping[str, str], servers: state.Running) -> Service:
    log = home.state_folder() / "logs" / f"{name}.log"
    command = [sys.executable, "-m", *words]
    health = servers.health()[name]
    return Service(name=name, command=command, log=log, environment=environment, folder=home.home(), health=health)


def _port(address: str) -> str:
    return address.rpartition(":")[2]


def _start(started: list[Service], stop: threading.Event, *services: Service) -> None:
    for service in services:
        started.append(service)
        service.start()
    for service in services:
        service.await_health(stop)


def _look_after(services: list[Service], servers: state.Running, tell: Tell, stop: threading.Event) -> None:
    health = HealthWatch(services, stop)
    restarted: dict[str, str] = {}
    while not stop.wait(LOOK_EVERY_S):
        for service in services:
            if not service.is_running():
                _start_again(service, "ended", tell, stop)
            elif health.is_hung(service):
                _start_again(service, "doesn't answer any more", tell, stop)
            else:
                continue
            health.forget(service)
            restarted[service.name] = datetime.now(UTC).isoformat(timespec="seconds")
            state.tell(replace(servers, restarted=restarted))


def _look_at_runs(worker: Service, tell: Tell, stop: threading.Event) -> None:
    """Beside the look at the services: a server that hangs takes minutes not to answer."""
    runs = RunWatch()
    while not stop.is_set():
        try:
            for line in (*runs.look(), *drop_late()):
                tell(line)
            worker.own(runs.groups)
        except Exception as error:  # a server that is just starting again: the next look may succeed
            if not stop.is_set():
                tell(f"the runs weren't looked at: {type(error).__name__}")
        stop.wait(RUNS_EVERY_S)


def _start_again(service: Service, what: str, tell: Tell, stop: threading.Event) -> None:
    recent = [start for start in service.starts if time.monotonic() - start < STARTS_WITHIN_S]
    if len(recent) >= MOST_STARTS:
        raise ServerError(f"{service.name} {what}, {len(recent)} times by now\n  see why: less {service.log}")
    tell(f"{service.name} {what}; it is started again")
    service.kill()
    service.start()
    try:
        service.await_health(stop)
    except GadflyError as error:
        tell(str(error).splitlines()[0])


def _logged(tell: Tell) -> Tell:
    """What tells, and writes it into the log."""
    log = home.state_folder() / "logs" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)

    def both(text: str) -> None:
        with suppress(OSError), log.open("a", encoding="utf-8") as stream:  # a full disk ends nothing
            stream.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {text}\n")
        tell(text)

    return both
