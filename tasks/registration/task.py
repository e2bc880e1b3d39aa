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
    from tasks.registration.registry import TRAINING_DIGEST, find_version
    from tasks.registration.run_record import digest_tags
    from tasks.tracking import connect, end_stale_runs, has_run

    trained = artifacts["trained"]
    with exclusively(f"registry {config.model}"):
        client = connect()
        version = find_version(client, config.model, trained.digest)
        state = "cached" if version is not None else "ran"
        mlflow_run = version.run_id if version is not None else ""
        end_stale_runs(client, config.model)
        if version is None or facts.something_ran or not has_run(client, config.model, digest_tags(artifacts)):
            from tasks.registration.publish import publish

            tags = {TRAINING_DIGEST: trained.digest, "gadfly.run_id": facts.run_id, "gadfly.recipe": facts.recipe}
            mlflow_run, version = publish(client, config.model, facts, artifacts, home.store(), version, tags)
    return {
        "state": state,
        "name": version.name,
        "version": int(version.version),
        "aliases": sorted(version.aliases),
        "mlflow_run_id": mlflow_run,
        "made_by": version.tags.get("gadfly.run_id", ""),
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
