"""What MLflow keeps of the run behind a version that lets it be done again, or be held against another one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from tasks.artifacts import ArtifactRef
from tasks.registration.run_record import RECIPE, STAGES
from tasks.registration.version_record import VersionRecord, read_logged
from tasks.tracking import connect
from tasks.yaml_values import read_yaml


class RecordedStage(BaseModel):
    """A stage as the run had it."""

    model_config = ConfigDict(frozen=True)

    key: dict[str, Any]
    """The parts of its cache key."""
    outputs: dict[str, ArtifactRef]


class RecordedRun(BaseModel):
    """The run behind a version."""

    model_config = ConfigDict(frozen=True)

    recipe: dict[str, Any]
    """The recipe with every default and override filled in; empty where MLflow lost it."""
    stages: dict[str, RecordedStage]
    """Empty where MLflow has no record of them: an older program made the version."""
    commit: str
    """The checkout's commit, empty where it was none."""

    @property
    def keys(self) -> dict[str, dict[str, Any]]:
        """Stage to the parts of its key."""
        return {name: stage.key for name, stage in self.stages.items()}


def read_run(record: VersionRecord) -> RecordedRun:
    """The run behind a version's record."""
    client = connect()
    tags = client.get_run(record.run_id).data.tags
    return RecordedRun(
        recipe=_read_recipe(record.run_id),
        stages=read_logged(client, record.run_id, STAGES) or {},
        commit=tags.get("gadfly.git_commit", ""),
    )


def _read_recipe(run_id: str) -> dict[str, Any]:
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as folder:
        try:
            path = connect().download_artifacts(run_id, RECIPE, folder)
            return dict(read_yaml(Path(path).read_text(encoding="utf-8")))
        except (MlflowException, OSError):
            return {}
