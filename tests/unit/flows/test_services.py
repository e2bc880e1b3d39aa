"""What `gadfly up` is made of: the lock and the file that tell of it, processes in groups, what a person changed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from flows.services import state
from flows.services.deployments import _changed_by_a_person
from flows.services.processes import Service, Stopped
from tasks.errors import ServerError

CHECKOUT = Path(__file__).resolve().parents[3]
CHILD_OF_ITS_OWN = (
    "import subprocess, sys; c = subprocess.Popen(['sleep', '600'], start_new_session=True);"
    "print(c.pid, flush=True); c.wait()"
)
"""What a worker does with a run."""


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("GADFLY_HOME", str(tmp_path))
    return tmp_path


def service(tmp_path, script, **values):
    command = [sys.executable, "-c", script]
    return Service(
        name="it", command=command, log=tmp_path / "it.log", environment=os.environ, folder=tmp_path, **values
    )


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_runs_is_found_by_others_until_it_is_withdrawn(own_home):
    assert state.running() is None
    servers = state.chosen(own_home)
    assert state.claim(servers)
    assert state.running() is None  # it is starting
    assert state.under_way() == servers
    state.tell(servers)
    servers = replace(servers, ready=True)
    assert state.running() == servers
    seen = subprocess.run(
        [
            sys.executable,
            "-c",
            "from flows.services import state; s = state.running(); print(state.claim(s), s.prefect)",
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.split() == ["False", servers.prefect]
    state.withdraw()
    assert state.running() is None


def test_what_a_killed_up_left_behind_is_not_taken_for_running(own_home):
    script = (
        "import os, signal; from pathlib import Path; from flows.services import state; s = state.chosen(Path('.'));"
        "state.claim(s); state.tell(s); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, check=False)
    assert state.killed() is not None
    assert state.running() is None
    assert state.claim(state.chosen(own_home))
    try:
        assert state.running() is None  # the next one holds the lock, and is still starting
        assert state.killed() is None
    finally:
        state.withdraw()


def test_a_taken_port_is_passed_over(own_home):
    usual = state.chosen(own_home)
    assert state.claim(usual)
    state.withdraw()
    port = int(usual.prefect.rpartition(":")[2])
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what ended just now is no reason to fail
        other.bind(("127.0.0.1", port))
        other.listen()
        assert state.chosen(own_home).prefect != usual.prefect


@pytest.mark.skipif(sys.platform != "linux", reason="reserved by names that only its kernel has")
def test_who_chooses_later_gets_other_ports_though_nothing_listens_yet(own_home):
    def ports(servers):
        return {servers.prefect, servers.mlflow, servers.webhook, servers.worker}

    servers = state.chosen(own_home)
    assert state.claim(servers)
    first, second = ports(servers), ports(state.chosen(own_home))
    assert len(first) == len(second) == 4
    assert not first & second
    state.withdraw()


def test_runs_are_pointed_at_the_servers_and_a_named_one_stays(own_home, monkeypatch):
    script = (
        "import os; from flows.environment import prepare_environment; prepare_environment();"
        "print(os.environ['PREFECT_API_URL'], os.environ['MLFLOW_TRACKING_URI'])"
    )
    servers = state.chosen(own_home)
    state.claim(servers)
    state.tell(servers)
    try:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MLFLOW_"))}
        for named in ({}, {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}):
            command = [sys.executable, "-c", script]
            done = subprocess.run(command, cwd=CHECKOUT, env=kept | named, capture_output=True, text=True, check=True)
            assert done.stdout.split() == [f"{servers.prefect}/api", named.get("MLFLOW_TRACKING_URI", servers.mlflow)]
    finally:
        state.withdraw()


def test_a_stopped_service_leaves_no_process_of_its_group(tmp_path):
    script = "import subprocess, sys; c = subprocess.Popen(['sleep', '600']); print(c.pid, flush=True); c.wait()"
    running = service(tmp_path, script)
    running.start()
    wait_for(lambda: running.log.read_text().strip())
    child = int(running.log.read_text())
    assert running.is_running()
    assert is_there(child)
    running.stop()
    assert not running.is_running()
    wait_for(lambda: not is_there(child))


def test_a_service_ends_with_whoever_started_it_however_that_ends(tmp_path):
    script = (
        "import os, sys, time; from pathlib import Path; from flows.services.processes import Service;"
        f"s = Service(name='it', command=[sys.executable, '-c', {CHILD_OF_ITS_OWN!r}],"
        f"log=Path({str(tmp_path / 'log')!r}), environment=os.environ, folder=Path({str(tmp_path)!r}));"
        "s.start(); print(s.process.pid, flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen([sys.executable, "-c", script], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout
    service_itself = int(starter.stdout.readline())
    wait_for(lambda: (tmp_path / "log").read_text().strip())
    child = int((tmp_path / "log").read_text())
    assert is_there(service_itself)
    assert is_there(child)
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    wait_for(lambda: not is_there(service_itself) and not is_there(child))


def test_a_service_that_ends_before_it_answers_is_told_with_its_last_line(tmp_path):
    ended = service(tmp_path, "print('port taken'); raise SystemExit(3)", health="http://127.0.0.1:9/")
    ended.start()
    with pytest.raises(ServerError, match=r"it ended: port taken\n  the whole of it: less "):
        ended.await_health(threading.Event())
    ended.stop()


def test_a_service_that_takes_its_leave_after_an_error_is_told_with_the_error(tmp_path):
    script = "print('started'); print('ERROR: address already in use'); print('shutdown complete'); raise SystemExit(1)"
    ended = service(tmp_path, script, health="http://127.0.0.1:9/")
    ended.start()
    with pytest.raises(ServerError, match=r"it ended: ERROR: address already in use\n"):
        ended.await_health(threading.Event())
    ended.stop()


def test_a_stop_while_a_service_starts_is_heard_at_once(tmp_path):
    stop = threading.Event()
    silent = service(tmp_path, "import time; time.sleep(600)", health="http://127.0.0.1:9/")
    silent.start()
    stop.set()
    with pytest.raises(Stopped):
        silent.await_health(stop)
    silent.stop()
    assert not silent.is_running()


def test_a_stopped_service_leaves_no_child_that_leads_a_group(tmp_path):
    running = service(tmp_path, CHILD_OF_ITS_OWN)
    running.start()
    wait_for(lambda: running.log.read_text().strip())
    child = int(running.log.read_text())
    assert is_there(child)
    running.stop()
    wait_for(lambda: not is_there(child))


def test_a_killed_service_leaves_what_leads_a_group_until_who_was_started_anew_is_stopped(tmp_path):
    """A worker that hangs is killed, and its runs go on; they end with the next worker."""
    running = service(tmp_path, CHILD_OF_ITS_OWN)
    running.start()
    wait_for(lambda: running.log.read_text().strip())
    first, leader = int(running.log.read_text()), running.process.pid
    os.kill(leader, signal.SIGSTOP)
    running.kill()
    assert not is_there(leader)
    assert is_there(first)
    running.start()
    wait_for(lambda: len(running.log.read_text().splitlines()) == 2)
    running.own([first])
    running.stop()
    wait_for(lambda: not is_there(first))


def test_what_a_service_owns_ends_with_whoever_started_it(tmp_path):
    script = (
        "import os, subprocess, sys, time; from pathlib import Path; from flows.services.processes import Service;"
        f"s = Service(name='it', command=['sleep', '600'], log=Path({str(tmp_path / 'log')!r}),"
        f"environment=os.environ, folder=Path({str(tmp_path)!r})); s.start();"
        "c = subprocess.Popen(['sleep', '600'], start_new_session=True); s.own([c.pid]);"
        "print(c.pid, flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen([sys.executable, "-c", script], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout
    owned = int(starter.stdout.readline())
    assert is_there(owned)
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    wait_for(lambda: not is_there(owned))


def test_a_persons_values_are_those_that_werent_deployed():
    deployed = {"paused": False, "parameters": {"recipe": "demo"}, "tags": ["training"]}
    current = {"paused": True, "parameters": {"recipe": "demo"}, "tags": ["training", "mine"]}
    assert _changed_by_a_person(current, deployed) == {"paused": True, "tags": ["training", "mine"]}
    assert _changed_by_a_person(None, deployed) == {}
    assert _changed_by_a_person(current, {}) == current  # what was deployed is forgotten: nothing is overwritten


def test_a_proxys_name_is_allowed_where_the_user_says_so(monkeypatch):
    monkeypatch.delenv("GADFLY_ALLOWED_HOSTS", raising=False)
    assert state.host_names() == ["127.0.0.1", "localhost"]
    monkeypatch.setenv("GADFLY_ALLOWED_HOSTS", "box.example, lab.example,")
    assert state.host_names() == ["127.0.0.1", "localhost", "box.example", "lab.example"]
