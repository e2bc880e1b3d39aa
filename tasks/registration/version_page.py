"""What a version's page in MLflow tells a stranger: the data it learned from, its licence, its parent, its contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tasks.artifacts import ArtifactRef, ArtifactStore
from tasks.base_files import base_identity, base_location
from tasks.registration.config import RunFacts
from tasks.registration.registry import TRAINING_DIGEST

if TYPE_CHECKING:
    from mlflow import MlflowClient

SPLITS = {"training": "train", "evaluation": "holdout"}
"""MLflow's names of what data is for, and ours of the splits."""
DIGEST_LENGTH = 36
"""As much of a dataset's digest as MLflow takes."""


def version_tags(
    store: ArtifactStore, facts: RunFacts, artifacts: Mapping[str, ArtifactRef], validation: Mapping[str, Any]
) -> dict[str, str]:
    """The tags of a new version."""
    source, base, contract = read_source(store, artifacts["rows"]), artifacts["base"], validation["contract"]
    tags = {
        TRAINING_DIGEST: artifacts["trained"].digest,
        "gadfly.run_id": facts.run_id,
        "gadfly.recipe": facts.recipe,
        "dataset": _dataset_name(facts),
        "dataset.identity": source["identity"],
        "dataset.revision": source["revision"],
        "dataset.licence": source["licence"] or "not stated",
        "dataset.origin": facts.provenance.origin or "not stated",
        "dataset.accepted": artifacts["accepted"].digest,
        "contract": f"{contract['name']} v{contract['version']}",
        "base": _base_name(base),
        "base.digest": base.digest,
        **_parent(base),
    }
    return {name: value for name, value in tags.items() if value}


def _dataset_name(facts: RunFacts) -> str:
    path = facts.params.get("source.path") or ""
    return str(facts.params.get("source.hub") or (path if isinstance(path, str) else ", ".join(path)))


def read_source(store: ArtifactStore, rows: ArtifactRef) -> dict[str, Any]:
    """What is known of the data's source."""
    return store.read_json(rows, "source.json")


def log_datasets(
    client: MlflowClient,
    run_id: str,
    facts: RunFacts,
    artifacts: Mapping[str, ArtifactRef],
    source: Mapping[str, Any],
    split: Mapping[str, int],
) -> None:
    """Log both splits as the run's datasets: the accepted rows, by digest; their source by name and identity.

    Args:
        client: MLflow's.
        run_id: The MLflow run.
        facts: Names the source.
        artifacts: The run's.
        source: What is known of the source.
        split: Rows by split.
    """
    from mlflow.entities import Dataset, DatasetInput, InputTag

    name = _dataset_name(facts) or facts.recipe
    told = {"name": name, **{key: source[key] for key in ("identity", "revision", "licence")}}
    inputs = [
        DatasetInput(
            dataset=Dataset(
                name=f"{facts.recipe} {split_name}",
                digest=f"{split_name} {artifacts['accepted'].hex}"[:DIGEST_LENGTH],
                source_type="huggingface" if facts.params.get("source.hub") else "local",
                source=json.dumps(told, sort_keys=True),
                profile=json.dumps({"num_rows": split[split_name], "accepted": artifacts["accepted"].digest}),
            ),
            tags=[InputTag("mlflow.data.context", context)],
        )
        for context, split_name in SPLITS.items()
    ]
    client.log_inputs(run_id, inputs)


def _parent(base: ArtifactRef) -> dict[str, str]:
    """Which version was trained further, and the digest of what had been trained then; nothing for any other base."""
    parent = base_identity(base).get("parent")
    return {"parent": base_location(base)["parent"], "parent.training_digest": parent["trained"]} if parent else {}


def _base_name(base: ArtifactRef) -> str:
    identity, location = base_identity(base), base_location(base)
    if "hub" in identity:
        return f"{identity['hub']} at {identity['commit'][:12]}"
    return location.get("parent", location["path"])
