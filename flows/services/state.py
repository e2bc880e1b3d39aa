"""Which servers `gadfly up` has running: a small file, and a lock that its process holds.

The lock is the kernel's, so an `up` that was killed is never taken for a running one. Light: every command reads this.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from tasks import home
from tasks.errors import ServerError
from tasks.json_files import replace_json
from tasks.locks import LOCKS

LOCK = "services"
PREFECT_PORT = 4200
MLFLOW_PORT = 5000
WEBHOOK_PORT = 5055
WORKER_PORT = 5056
PREFECT_APP = ("flows.services.prefect_server:create_app", "--factory", "--app-dir", str(home.CHECKOUT))
"""What uvicorn is told to serve."""
OWN_PREFECT_APP = ("flows.services.prefect_server:create_own_app", *PREFECT_APP[1:])
"""The same for a run's own server."""
_reserved: list[socket.socket] = []
"""Names that this process holds for the ports that it has chosen."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """What `gadfly up` runs."""

    pid: int
    """Of `gadfly up` itself: it ends everything when it is told to end."""
    prefect: str
    """Address of Prefect's page; its API is under `/api`."""
    mlflow: str
    """Address of MLflow's page."""
    webhook: int
    """Loopback port on which promotions by hand are heard of."""
    worker: int
    """Loopback port on which the worker says whether it is well."""
    folder: str
    """Where it was started: paths in the page's forms start there."""
    started: str
    """ISO 8601, UTC."""
    ready: bool = True
    """Whether everything answers; until then it is starting."""
    restarted: Mapping[str, str] = field(default_factory=dict)
    """What ended or hung, and when it was last started again: ISO 8601, UTC."""

    def environment(self) -> dict[str, str]:
        """What points a process at these servers."""
        return {"PREFECT_API_URL": f"{self.prefect}/api", "MLFLOW_TRACKING_URI": self.mlflow}

    def health(self) -> dict[str, str]:
        """By service, a URL that answers 200 where it is well."""
        return {
            "prefect": f"{self.prefect}/api/health",
            "mlflow": f"{self.mlflow}/health",
            "worker": f"http://127.0.0.1:{self.worker}/health",
            "watch": f"http://127.0.0.1:{self.webhook}/health",
        }


def running() -> Running | None:
    """What runs in this home and answers; None where nothing does."""
    found = under_way()
    return found if found is not None and found.ready else None


def under_way() -> Running | None:
    """What runs in this home or is just starting."""
    found = _told()
    return found if found is not None and LOCKS.is_locked(LOCK) else None


def killed() -> Running | None:
    """What ran here until its process was killed, if nobody has cleared it away since."""
    found = _told()
    return found if found is not None and not LOCKS.is_locked(LOCK) else None


def forget() -> None:
    """Clear away what a killed one had told."""
    _file().unlink(missing_ok=True)


def _told() -> Running | None:
    try:
        return Running(**json.loads(_file().read_text(encoding="utf-8")))
    except (ValueError, TypeError, OSError):  # nothing, or just being taken down
        return None


def chosen(folder: Path) -> Running:
    """Addresses for what is about to run: the usual ports, or free ones where those are taken.

    Args:
        folder: Where `gadfly up` was typed.
    """
    return Running(
        pid=os.getpid(),
        prefect=f"http://127.0.0.1:{_reserved_port(PREFECT_PORT)}",
        mlflow=f"http://127.0.0.1:{_reserved_port(MLFLOW_PORT)}",
        webhook=_reserved_port(WEBHOOK_PORT),
        worker=_reserved_port(WORKER_PORT),
        folder=str(folder),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        ready=False,
    )


def claim(servers: Running) -> bool:
    """Take the lock for this process, and say that it is starting; False where another has it."""
    is_taken = LOCKS.acquire_lock(LOCK, str(os.getpid()), acquire_timeout=0)
    if is_taken:
        replace_json(_file(), asdict(servers))
    return is_taken


def tell(servers: Running) -> None:
    """Let others find the servers; they are up."""
    replace_json(_file(), asdict(replace(servers, ready=True)))


def withdraw() -> None:
    """Nothing runs any more."""
    _file().unlink(missing_ok=True)
    LOCKS.release_lock(LOCK, str(os.getpid()))
    while _reserved:
        _reserved.pop().close()


def _file() -> Path:
    return home.state_folder() / "services.json"


def only_own_pages(address: str) -> dict[str, str]:
    """What makes a Prefect server answer its own pages alone: else any page in the user's browser could start runs.

    Args:
        address: The server's, on loopback, with its port.
    """
    port = address.rpartition(":")[2]
    return {"PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://127.0.0.1:{port},http://localhost:{port}"}


def host_names() -> list[str]:
    """The names by which a request on loopback may call its server, without ports; another one is a trick.

    `GADFLY_ALLOWED_HOSTS` adds some, such as a proxy's, with commas between them.
    """
    more = os.environ.get("GADFLY_ALLOWED_HOSTS", "").split(",")
    return ["127.0.0.1", "localhost", *(name.strip() for name in more if name.strip())]


def _reserved_port(usual: int) -> int:
    """The usual port or a free one; no other `up` gets the usual one before a server of this one listens there."""
    if sys.platform == "linux":  # names that begin with a zero byte are the kernel's, and gone with the process
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0gadfly-up-{usual}")
        except OSError:
            name.close()
            return free_port()
        _reserved.append(name)
    return free_port(usual)


def free_port(usual: int = 0) -> int:
    """The usual port on loopback, or another where that is taken."""
    for port in (usual, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServerError("no port on 127.0.0.1 is free")
