"""The look at the registry that every run takes.

Importing MLflow takes 2 s, as long as a wholly cached run needs for everything else, so `gadfly run` starts this module
as a process beside itself (`tasks.side_process`).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import NamedTuple

from tasks.side_process import NoAnswer, answer, ask


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


def look(model: str, training_digest: str, digests: Mapping[str, str]) -> Seen | None:
    """The version that holds a training artifact, or None. Called under the registry's lock.

    Args:
        model: The registered model.
        training_digest: The digest of what was trained.
        digests: Tags that an MLflow run bears which logged the same findings.
    """
    try:
        seen = ask("tasks.registration.look", model, training_digest, dict(digests))
    except NoAnswer:
        seen = _look(model, training_digest, digests)
    return Seen(*seen) if seen else None


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
    """Import MLflow, and answer one question."""
    sys.modules["pandas"] = None  # type: ignore[assignment]  # MLflow does without it: a quarter of the time
    import mlflow.store.model_registry.sqlalchemy_store
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401

    answer(_look)


if __name__ == "__main__":
    main()
