"""The registration stage: a version in MLflow for what was trained.

Not a pure stage: it always looks at the registry, does its work once for a training digest, and then says `cached`.
"""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.locks import exclusively
from tasks.registration.config import RegistrationConfig, RunFacts
from tasks.registration.look import look


@task(name="register-model", cache_policy=NO_CACHE, persist_result=False, tags=["gadfly"])
def register_model(config: RegistrationConfig, facts: RunFacts, artifacts: dict[str, ArtifactRef]) -> dict[str, Any]:
    """Register the trained model as challenger, unless a version of it exists, and log the run if anything ran.

    Args:
        config: The registered model's name.
        facts: The run this belongs to.
        artifacts: What the run used and made, by name.

    Returns:
        `state` (ran or cached), `name`, `version`, `aliases`, `mlflow_run_id`, and `made_by`: the version's run.

    Raises:
        GateError: Reloaded from MLflow, the model is not what was trained.
    """
    from tasks.registration.run_record import digest_tags

    trained = artifacts["trained"]
    digests = digest_tags(artifacts)
    with exclusively(f"registry {config.model}"):
        seen = look(config.model, trained.digest, digests)
        state = "cached" if seen else "ran"
        mlflow_run = seen.run_id if seen else ""
        if seen is None or facts.something_ran or not seen.is_logged:
            from tasks.registration.publish import publish

            mlflow_run = publish(config.model, facts, artifacts, home.store(), is_new=seen is None)
            seen = look(config.model, trained.digest, digests)
    if seen is None:
        raise AssertionError(f"{config.model}: the version just made isn't in the registry")
    return {
        "state": state,
        "name": seen.name,
        "version": seen.version,
        "aliases": seen.aliases,
        "mlflow_run_id": mlflow_run,
        "made_by": seen.made_by,
    }


def load_registered(name: str) -> tuple[Any, Any]:
    """The model and tokenizer of a registered version, `NAME@alias` or `NAME@7`.

    Raises:
        RecipeError: There is no such version.
    """
    from tasks.registration.logged_model import model_of
    from tasks.registration.registry import version_named
    from tasks.tracking import connect

    version = version_named(connect(), name)
    served = model_of(f"models:/{version.name}/{version.version}")
    return served.model, served.tokenizer


def registered_versions(model: str = "") -> list[dict[str, Any]]:
    """Registered versions, newest first, of one model or of all."""
    from tasks.registration.registry import versions
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
