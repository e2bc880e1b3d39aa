"""The little server that Prefect starts for a run where `PREFECT_API_URL` names none, and its end.

Prefect stops it when the run's process ends by itself. Killed (SIGKILL, out of memory), the process can't, and the
server would stay for ever, about 150 MB each time. A shell that waits for this process's end stops it then.
"""

from __future__ import annotations

import atexit
import subprocess


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
