"""A server that the environment names and that is down is told at once, as the user's to mend."""

from __future__ import annotations

import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest

from flows import own_server
from flows.services.processes import answers
from tasks.errors import ServerError
from tasks.home import CHECKOUT
from tasks.servers import check_answers


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("address", ["http://user:secret@127.0.0.1:{}/api", "127.0.0.1:{}/api", "http://["])
def test_a_server_that_is_down_is_named_with_the_way_out(closed_port, address):
    with pytest.raises(ServerError) as caught:
        check_answers("PREFECT_API_URL", address.format(closed_port), "to let the run start its own")
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("PREFECT_API_URL names a server that doesn't answer: ")
    assert "unset PREFECT_API_URL to let the run start its own" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_any_answer_will_do():
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)  # answers 501
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        check_answers("PREFECT_API_URL", f"http://127.0.0.1:{server.server_port}/api", "")
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def own_servers(gadfly_home, monkeypatch):
    """The server that a run starts for itself."""
    started = []
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(gadfly_home))
    monkeypatch.setattr(own_server.atexit, "register", lambda _, server: started.append(server))
    monkeypatch.setattr(own_server, "_own", [])
    own_server.start_own_server()
    monkeypatch.delenv("PREFECT_API_URL")
    try:
        yield started
    finally:
        for server in started:
            server.stop()


def test_ctrl_c_in_a_terminal_does_not_reach_the_own_server(own_servers):
    """A terminal interrupts its whole group; without its server a stopped run ends in a fault, a minute later."""
    (server,) = own_servers
    assert os.getpgid(server.process.pid) != os.getpgrp()


def test_a_sigterm_for_all_processes_leaves_the_own_server_until_its_run_ends_it(own_servers):
    """A service manager, or a container's end, signals them all; a run without its server can't say how it ended."""
    (server,) = own_servers
    server.await_health()
    server.process.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(3)
    assert answers(server.health)
    own_server._stop(server)
    assert not server.is_running()


def test_a_prefect_that_is_imported_already_asks_the_own_server(gadfly_home):
    """It would start another, which a Ctrl-C ends before the run has told how it ended."""
    script = (
        "import os, prefect; from flows.environment import prepare_environment; prepare_environment();"
        "from flows.own_server import start_own_server; start_own_server();"
        "from prefect.settings import PREFECT_API_URL; print(PREFECT_API_URL.value() == os.environ['PREFECT_API_URL'])"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_a_page_from_elsewhere_may_not_start_runs(own_servers):
    """A browser asks so before it lets a page post JSON to another server."""
    (server,) = own_servers
    server.await_health()
    address = server.health.removesuffix("/api/health")

    def allowed(origin):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        asked["Access-Control-Request-Headers"] = "content-type"
        request = urllib.request.Request(f"{address}/api/flow_runs/", headers=asked, method="OPTIONS")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.headers["Access-Control-Allow-Origin"]
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers["Access-Control-Allow-Origin"]

    for own in (address, address.replace("127.0.0.1", "localhost")):
        assert allowed(own) == (200, own)
    assert allowed("https://elsewhere.example") == (400, None)
    flow = b'{"name": "theirs"}'
    posted = urllib.request.Request(f"{address}/api/flows/", data=flow, headers={"Content-Type": "text/plain"})
    with pytest.raises(urllib.error.HTTPError, match="422"):  # what is posted without being asked before isn't read
        urllib.request.urlopen(posted, timeout=30)
