"""The little server that Prefect starts for a run where `PREFECT_API_URL` names none, and its end.

Prefect stops it when the run's process ends by itself. Killed (SIGKILL, out of memory), the process can't, and the
server would stay for ever, about 150 MB each time. A shell that waits for this process's end stops it then.
"""

from __future__ import annotations

import atexit
import os
import subprocess

from tasks.servers import check_answers


def check_named_servers() -> None:
    """Tell at once, before hours of training, that a server which the environment names is down.

    Raises:
        ServerError: It doesn't answer.
    """
    from prefect.settings import PREFECT_API_URL

    if url := PREFECT_API_URL.value():
        check_answers("PREFECT_API_URL", str(url), "to let the run start its own")
    tracking = os.environ.get("MLFLOW_TRACKING_URI", "")
    if tracking.startswith(("http://", "https://")):
        check_answers("MLFLOW_TRACKING_URI", tracking, "to use this home's own database")


def start_own_server() -> None:
    """Start the server that Prefect would start for the first flow, where none is named, and tie it to this process."""
    from prefect.settings import PREFECT_API_URL

    if PREFECT_API_URL.value():
        return
    from prefect.server.api.server import SubprocessASGIServer

    server = SubprocessASGIServer()
    server.start()
    assert server.server_process is not None
    # `read` returns when the other end of its pipe is closed: this process has the only one.
    watch = f"read _; kill {server.server_process.pid} 2>/dev/null"
    watcher = subprocess.Popen(["/bin/sh", "-c", watch], stdin=subprocess.PIPE, start_new_session=True)
    atexit.register(_dismiss, watcher)


def _dismiss(watcher: subprocess.Popen[bytes]) -> None:
    watcher.kill()
    watcher.wait()
