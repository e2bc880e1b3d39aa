"""The little server for a run where `PREFECT_API_URL` names none, and its end.

Prefect would start one itself, but only for the first flow, after everything is imported; and where the run's process
is killed (SIGKILL, out of memory) that one would stay for ever, about 150 MB each time. Here a shell waits for this
process's end and stops the server then.
"""

from __future__ import annotations

import atexit
import logging
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tasks.errors import ServerError
from tasks.servers import check_answers

START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 5
_own: list[subprocess.Popen[bytes]] = []


def check_named_servers() -> None:
    """Tell at once, before hours of training, that a server which the environment names is down.

    Raises:
        ServerError: It doesn't answer.
    """
    from prefect.settings import PREFECT_API_URL

    if (url := PREFECT_API_URL.value()) and not _own:
        check_answers("PREFECT_API_URL", str(url), "to let the run start its own")
    tracking = os.environ.get("MLFLOW_TRACKING_URI", "")
    if tracking.startswith(("http://", "https://")):
        check_answers("MLFLOW_TRACKING_URI", tracking, "to use this home's own database")


def start_own_server() -> None:
    """Begin to start a server on a free loopback port, where the user names none, and tie it to this process.

    It needs about 7 s, most of it imports, so it is started before anything else and waited for when a flow begins
    (`await_own_server`). The command is the one Prefect itself starts such a server with.
    """
    if os.environ.get("PREFECT_API_URL") or _profile_names_one():
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error", "--lifespan", "on"]
    command += ["--timeout-graceful-shutdown", "1"]  # this process's own idle connections are no reason to wait
    marks = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
    marks["PREFECT_API_BLOCKS_REGISTER_ON_START"] = "false"  # no stage uses one
    server = subprocess.Popen(
        command,
        env={**os.environ, **marks},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C is the run's: it still tells the server how it ended
    )
    # `read` returns when the other end of its pipe is closed: this process has the only one.
    watch = f"read _; kill {server.pid} 2>/dev/null"
    watcher = subprocess.Popen(["/bin/sh", "-c", watch], stdin=subprocess.PIPE, start_new_session=True)
    atexit.register(_stop, server, watcher)
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
    _own.append(server)


def await_own_server() -> None:
    """Wait until the server that this process started answers.

    Raises:
        ServerError: It ended, or doesn't answer within two minutes.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while _own and not _answers(os.environ["PREFECT_API_URL"]):
        if _own[0].poll() is not None or time.monotonic() > deadline:
            raise ServerError(
                "the Prefect server that a run starts for itself didn't come up\n"
                "  see why: prefect server start; or name a running one with PREFECT_API_URL"
            )
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _profile_names_one() -> bool:
    profiles = Path(os.environ["PREFECT_HOME"]) / "profiles.toml"
    return profiles.is_file() and "PREFECT_API_URL" in profiles.read_text(encoding="utf-8")


def _stop(server: subprocess.Popen[bytes], watcher: subprocess.Popen[bytes]) -> None:
    logging.shutdown()  # Prefect's handler still sends the last lines to the server
    watcher.kill()
    watcher.wait()
    server.terminate()
    try:
        server.wait(timeout=STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
