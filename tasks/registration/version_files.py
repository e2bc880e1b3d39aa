"""The files of a registered version: what was trained, and the base it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks.artifacts import ArtifactRef
from tasks.base_files import base_digest, checked_folder

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion


class VersionFiles(NamedTuple):
    """Where they are."""

    trained: ArtifactRef
    trained_folder: Path
    base: Path
    """The base's folder, checked against its identity."""
    location: dict[str, str]
    """Where that base is to be had."""
    base_digest: str


def version_files(version: ModelVersion, downloads: Path) -> VersionFiles:
    """Fetch what was trained from MLflow, and find its base.

    Raises:
        ArtifactError: The base is gone or was changed.
    """
    import mlflow
    from mlflow.models import Model

    uri = f"models:/{version.name}/{version.version}"
    logged = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(downloads)))
    flavour = Model.load(str(logged / "MLmodel")).flavors["python_function"]
    settings: dict[str, Any] = flavour["config"]
    return VersionFiles(
        trained=ArtifactRef(kind=settings["trained_kind"], digest=settings["training_digest"]),
        trained_folder=logged / flavour["artifacts"]["trained"]["path"],
        base=checked_folder(settings["base_identity"], settings["base_location"]),
        location=settings["base_location"],
        base_digest=base_digest(settings["base_identity"]),
    )
