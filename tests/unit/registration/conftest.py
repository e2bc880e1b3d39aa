"""A real registry on SQLite, with versions that hold nothing: what is tested is who becomes champion, and the log."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


@pytest.fixture
def registry(gadfly_home: Path, empty_registry: Path) -> Any:
    """A client of a registry of the test's own: model `demo` with versions 1 to 4, the last one challenger."""
    (gadfly_home / "mlruns").mkdir()
    shutil.copy(empty_registry, gadfly_home / "mlruns" / "mlflow.db")
    from tasks.registration.registry import create_version
    from tasks.tracking import connect, start_run

    client = connect()
    for number in range(1, 5):
        run_id = start_run(client, "demo", f"run {number}", {})
        client.set_terminated(run_id, "FINISHED")
        tags = {"gadfly.training_digest": f"sha256:{number}"}
        create_version(client, "demo", f"file:///nowhere/{number}", run_id, tags, "")
    return client


@pytest.fixture
def verdict() -> Callable[..., dict[str, Any]]:
    """Makes a verdict on a version, passed unless a clause is named."""

    def make(version: int, champion: int | None, refused: str = "") -> dict[str, Any]:
        clause = {"name": refused or "improvement", "passed": not refused, "seen": "a", "allowed": "b", "why": "c"}
        return {
            "model": "demo",
            "version": version,
            "champion": champion,
            "against": "its base" if champion is None else f"champion version {champion}",
            "outcome": f"refused ({refused})" if refused else "passed",
            "passed": not refused,
            "clauses": [clause],
            "key": f"key of {version}",
        }

    return make
