"""The registration stage: a version in MLflow for what was trained, and what is asked of the registry later.

Not a pure stage: it always looks at the registry, does its work once for a training digest, and then says `cached`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.locks import exclusively
from tasks.registration.by_hand import ByHand, accept_removal, decide_by_hand, found_by_hand
from tasks.registration.config import RegistrationConfig, RunFacts
from tasks.registration.garbage import kept_artifacts, remove_runs, unneeded_runs
from tasks.registration.look import look
from tasks.registration.open_versions import OpenVersions
from tasks.registration.parent import merged_base
from tasks.registration.promotion import (
    challenger_of,
    champion_of,
    delete_version,
    never_champion,
    promote_version,
    promotion_log,
    roll_back,
)
from tasks.registration.promotion_log import Entry
from tasks.registration.recorded_run import RecordedRun, RecordedStage, read_run
from tasks.registration.registry import (
    CHALLENGER,
    champions_by_alias,
    existing_version,
    lock_name,
    version_named,
    versions,
)
from tasks.registration.verdict import (
    give_verdict,
    keep_judged,
    kept_verdict,
    noted_verdict,
    settings_of,
    unjudged_verdict,
    verdict_key,
)
from tasks.registration.version_record import (
    VersionRecord,
    measured_apart_from,
    new_record,
    read_record,
    reload_damage,
    restore,
)
from tasks.registration.webhook import (
    NotSigned,
    delivered_alias,
    is_loopback,
    register_webhook,
    server_settings,
    webhook_secret,
)

__all__ = [  # what flows ask of the registry
    "CHALLENGER",
    "ByHand",
    "Entry",
    "NotSigned",
    "OpenVersions",
    "RecordedRun",
    "RecordedStage",
    "VersionRecord",
    "accept_removal",
    "challenger_of",
    "champion_of",
    "champions_by_alias",
    "decide_by_hand",
    "delete_version",
    "delivered_alias",
    "existing_version",
    "export_registered",
    "found_by_hand",
    "give_verdict",
    "is_loopback",
    "keep_judged",
    "kept_artifacts",
    "kept_verdict",
    "load_registered",
    "log_report",
    "measured_apart_from",
    "merged_base",
    "never_champion",
    "new_record",
    "noted_verdict",
    "promote_version",
    "promotion_log",
    "read_record",
    "read_run",
    "register_model",
    "register_webhook",
    "registered_versions",
    "reload_damage",
    "remove_runs",
    "restore",
    "roll_back",
    "server_settings",
    "settings_of",
    "unjudged_verdict",
    "unneeded_runs",
    "versions_by_data",
    "webhook_secret",
]


@task(name="register-model", cache_policy=NO_CACHE, persist_result=False, tags=["gadfly"])
def register_model(config: RegistrationConfig, facts: RunFacts, artifacts: dict[str, ArtifactRef]) -> dict[str, Any]:
    """Register the trained model as challenger, unless a version of it exists, and log the run if anything ran.

    Args:
        config: The registered model's name.
        facts: The run this belongs to.
        artifacts: What the run used and made, by name.

    Returns:
        What is to be seen of the version (`Seen`), `state` (ran or cached), `mlflow_run_id`, `is_logged`: whether that
        run was made now, and `is_judged`: whether the gate has judged it on these artifacts against today's champion.

    Raises:
        GateError: Reloaded from MLflow, the model is not what was trained.
    """
    from tasks.registration.run_record import digest_tags

    trained = artifacts["trained"]
    digests = digest_tags(artifacts)
    with exclusively(lock_name(config.model)):
        seen = look(config.model, trained.digest, digests)
        state = "cached" if seen else "ran"
        mlflow_run = seen.logged_run if seen else ""
        is_logged = seen is None or facts.something_ran or not mlflow_run
        if is_logged:
            from tasks.registration.publish import publish

            mlflow_run = publish(config.model, facts, artifacts, home.store(), is_new=seen is None)
            seen = look(config.model, trained.digest, digests)
    if seen is None:
        raise AssertionError(f"{config.model}: the version just made isn't in the registry")
    key = verdict_key(artifacts, config, seen.champion, facts.provenance)
    told = {"state": state, "mlflow_run_id": mlflow_run, "is_logged": is_logged, "is_judged": seen.gate_key == key}
    return {**seen._asdict(), **told}


def log_report(mlflow_run: str, path: str) -> None:
    """Put a run's report, or a newer one in its place, among its MLflow run's files."""
    from tasks.registration.run_record import REPORT
    from tasks.tracking import connect

    connect().log_text(mlflow_run, Path(path).read_text(encoding="utf-8"), REPORT)


def load_registered(name: str) -> tuple[Any, Any]:
    """The model and tokenizer of a registered version, `NAME@alias` or `NAME@7`.

    Raises:
        RecipeError: There is no such version.
    """
    from tasks.registration.logged_model import model_of
    from tasks.tracking import connect

    version = version_named(connect(), name)
    served = model_of(f"models:/{version.name}/{version.version}")
    return served.model, served.tokenizer


def export_registered(name: str, folder: Path, *, merge: bool) -> dict[str, Any]:
    """Write a registered version, `NAME@alias` or `NAME@7`, to a new folder that plain transformers loads.

    Raises:
        RecipeError: There is no such version, or the folder isn't empty.
        GateError: Read back, the model is another.
    """
    from tasks.registration.export import check_empty, export_version
    from tasks.registration.registry import version_named
    from tasks.tracking import connect

    check_empty(folder)
    client = connect()
    version = version_named(client, name)
    exported = export_version(client, version, folder, merge=merge)
    return {"model": version.name, "version": int(version.version), **exported._asdict()}


def registered_versions(model: str = "") -> list[dict[str, Any]]:
    """Registered versions, newest first, of one model or of all."""
    from tasks.tracking import connect

    return versions(connect(), model)


def versions_by_data() -> list[tuple[str, str]]:
    """Every registered version, as `NAME@7`, with the digest of the accepted rows that it was trained on."""
    from tasks.tracking import connect, tracking_uri

    if tracking_uri().startswith("sqlite:") and not (home.mlflow_folder() / "mlflow.db").exists():
        return []
    client = connect()
    found = []
    for version in registered_versions():
        tags = client.get_run(version["run_id"]).data.tags
        found.append((f"{version['name']}@{version['version']}", tags.get("gadfly.digest.accepted", "")))
    return found
