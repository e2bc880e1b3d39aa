"""The look at the registry that every run takes, in a process of its own.

Importing MLflow takes 2 s, as long as a wholly cached run needs for everything else: `start_look` lets another process
import it meanwhile and wait for the question. Where none was started, or it doesn't answer, the caller looks itself.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

WAIT_S = 60
"""How long the process waits for its question: a run that trains has no use for it."""

_started: list[subprocess.Popen[str]] = []


class Seen(NamedTuple):
    """What the registry holds of a training artifact."""

    name: str
    version: int
    aliases: list[str]
    run_id: str
    """The MLflow run that registered it."""
    made_by: str
    """The flow run that registered it."""
    is_logged: bool
    """Whether a finished MLflow run bears the digests asked for."""


def start_look() -> None:
    """Begin to import MLflow in another process."""
    _started.append(
        subprocess.Popen(
            [sys.executable, "-m", "tasks.registration.look"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    )


def look(model: str, training_digest: str, digests: Mapping[str, str]) -> Seen | None:
    """The version that holds a training artifact, or None. Called under the registry's lock.

    Args:
        model: The registered model.
        training_digest: The digest of what was trained.
        digests: Tags that an MLflow run bears which logged the same findings.
    """
    if _started:
        try:
            answer, _ = _started.pop().communicate(json.dumps([model, training_digest, dict(digests)]))
            seen = json.loads(answer)
            return Seen(**seen) if seen else None
        except (OSError, ValueError):
            pass  # it gave up waiting, or failed: what failed there is told here
    return _look(model, training_digest, digests)


def _look(model: str, training_digest: str, digests: Mapping[str, str]) -> Seen | None:
    from tasks.registration.registry import find_version
    from tasks.tracking import connect, end_stale_runs, has_run

    client = connect()
    end_stale_runs(client, model)
    version = find_version(client, model, training_digest)
    if version is None:
        return None
    return Seen(
        name=version.name,
        version=int(version.version),
        aliases=sorted(version.aliases),
        run_id=version.run_id or "",
        made_by=version.tags.get("gadfly.run_id", ""),
        is_logged=has_run(client, model, digests),
    )


def main() -> None:
    """Import MLflow, answer one question from standard input, and end."""
    sys.modules["pandas"] = None  # type: ignore[assignment]  # MLflow does without it: a quarter of the time
    import mlflow.store.model_registry.sqlalchemy_store
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401

    asked, _, _ = select.select([sys.stdin], [], [], WAIT_S)
    question = sys.stdin.read() if asked else ""
    if question:
        seen = _look(*json.loads(question))
        print(json.dumps(seen._asdict() if seen else None))


if __name__ == "__main__":
    main()
