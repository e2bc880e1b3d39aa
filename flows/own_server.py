"""The little server for a run where `PREFECT_API_URL` names none, and its end.

Prefect would start one itself, but only for the first flow, after everything is imported; and where the run's process
is killed (SIGKILL, out of memory) that one would stay for ever, about 150 MB each time. A `Service` ends with us.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
from pathlib import Path

from flows.services.processes import Service
from flows.services.state import OWN_PREFECT_APP, free_port, only_own_pages
from tasks import home
from tasks.servers import check_answers

NAME = "the Prefect server that a run starts for itself"
_own: list[Service] = []


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
    address = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "uvicorn", *OWN_PREFECT_APP]
    command += ["--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--log-level", "error", "--lifespan", "on"]
    command += ["--timeout-graceful-shutdown", "1"]  # this process's own idle connections are no reason to wait
    marks = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
    marks["PREFECT_API_BLOCKS_REGISTER_ON_START"] = "false"  # no stage uses one
    marks |= only_own_pages(address)
    log = home.state_folder() / "logs" / "own-server.log"
    server = Service(NAME, command, log, os.environ | marks, home.CHECKOUT, health=f"{address}/api/health")
    server.start()
    atexit.register(_stop, server)
    os.environ["PREFECT_API_URL"] = f"{address}/api"
    if "prefect" in sys.modules:  # it has read the environment, and would start a server of its own
        from prefect.context import refresh_global_settings_context

        refresh_global_settings_context()
    _own.append(server)


def is_own() -> bool:
    """Whether the server that this process talks to is its own."""
    return bool(_own)


def await_own_server() -> None:
    """Wait until the server that this process started answers.

    Raises:
        ServerError: It ended, or doesn't answer in time.
    """
    for server in _own:
        server.await_health()


def _profile_names_one() -> bool:
    profiles = Path(os.environ["PREFECT_HOME"]) / "profiles.toml"
    return profiles.is_file() and "PREFECT_API_URL" in profiles.read_text(encoding="utf-8")


def _stop(server: Service) -> None:
    logging.shutdown()  # Prefect's handler still sends the last lines to the server
    if server.process is not None:
        server.process.send_signal(signal.SIGINT)
    server.stop()
