"""One MLflow run for a flow run, and a new version where what was trained has none yet."""

from __future__ import annotations

from collections.abc import Mapping

from tasks.artifacts import ArtifactRef, ArtifactStore
from tasks.registration.card_content import read_card_content
from tasks.registration.config import RunFacts
from tasks.registration.logged_model import RELOAD_DOCUMENTS, check_reload, log_model
from tasks.registration.model_card import CARD, model_card, short_description
from tasks.registration.registry import create_version
from tasks.registration.run_record import log_results, read_results, run_tags
from tasks.registration.version_page import log_datasets, read_source, version_tags
from tasks.tokenized import read_tokens
from tasks.tracking import connect, run_name, set_tags, start_run


def publish(
    model: str, facts: RunFacts, artifacts: Mapping[str, ArtifactRef], store: ArtifactStore, *, is_new: bool
) -> str:
    """Log the run, into the one in which its training was watched if it was, and register what `is_new`.

    Returns:
        The MLflow run's id.

    Raises:
        GateError: The reload check failed; the MLflow run is marked as failed and nothing is registered.
    """
    client = connect()
    results = read_results(store, artifacts)
    mlflow_run = facts.mlflow_run or start_run(client, model, run_name(facts.recipe, facts.run_id), {})
    status = "FAILED"
    try:
        set_tags(client, mlflow_run, run_tags(facts, artifacts, results))
        log_results(client, mlflow_run, facts, results)
        card = read_card_content(store, artifacts)
        client.log_text(mlflow_run, model_card(model, facts, card), CARD)
        source = read_source(store, artifacts["rows"])
        log_datasets(client, mlflow_run, facts, artifacts, source, results.validation["split"])
        if is_new:
            base, trained = artifacts["base"], artifacts["trained"]
            folder = store.open(trained)
            uri = log_model(mlflow_run, base, trained, folder)
            held_out = read_tokens(store.open(artifacts["tokens"])).holdout[:RELOAD_DOCUMENTS]
            check_reload(uri, base, trained, folder, held_out)
            tags = version_tags(store, facts, artifacts, results.validation)
            create_version(client, model, uri, mlflow_run, tags, short_description(facts, card))
        status = "FINISHED"
    finally:
        client.set_terminated(mlflow_run, status)
    return mlflow_run
