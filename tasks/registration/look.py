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
    logged_run: str
    """The newest finished MLflow run that bears the digests asked for; empty where there is none."""
    champion: int | None
    """Who is champion by the promotion log."""
    gate: str
    """The gate's verdict, `passed` or `refused (clause, …)`; empty where there is none."""
    gate_against: str
    """What it was given against."""
    gate_key: str
    """The digest of all that it was given on."""


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
    from tasks.registration.promotion_log import logged_champion
    from tasks.registration.registry import GATE, find_version
    from tasks.registration.verdict import GATE_AGAINST, GATE_KEY
    from tasks.tracking import connect, end_stale_runs, find_run

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
        logged_run=find_run(client, model, digests),
        champion=logged_champion(client, model),
        gate=version.tags.get(GATE, ""),
        gate_against=version.tags.get(GATE_AGAINST, ""),
        gate_key=version.tags.get(GATE_KEY, ""),
    )


def main() -> None:
    """Import what the look needs, and answer one question."""
    sys.modules["pandas"] = None  # type: ignore[assignment]  # MLflow does without it: a quarter of the time
    import mlflow

    from tasks.registration import promotion_log, verdict  # noqa: F401
    from tasks.tracking import tracking_uri

    if tracking_uri().startswith("sqlite:"):  # else the server has the database: a third of the time
        import mlflow.store.model_registry.sqlalchemy_store
        import mlflow.store.tracking.sqlalchemy_store  # noqa: F401
    answer(_look)


if __name__ == "__main__":
    main()
