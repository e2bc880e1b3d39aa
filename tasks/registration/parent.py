"""A registered version as the base of another training.

Base and adapter are merged once and kept as a model folder of this machine. What it is known by are the digests of the
two, and the hashes of the files that came of them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tasks import home
from tasks.base_files import RegisteredBase, base_digest, folder_hashes, note_registered, registered_base
from tasks.locks import exclusively


def merged_base(name: str) -> str:
    """Make a version's merged folder, unless it is there and whole; returns the version as `NAME@7`.

    Args:
        name: `NAME@alias` or `NAME@7`.

    Raises:
        RecipeError: There is no such version.
        ArtifactError: Its base is gone or was changed.
        GateError: Merged, its logits are others.
    """
    import mlflow
    from mlflow.models import Model

    from tasks.registration.export import export_version
    from tasks.registration.registry import version_named
    from tasks.tracking import connect

    client = connect()
    version = version_named(client, name)
    pinned = f"{version.name}@{version.version}"
    uri = f"models:/{version.name}/{version.version}"
    described = mlflow.artifacts.download_artifacts(artifact_uri=f"{uri}/MLmodel")
    settings = Model.load(described).flavors["python_function"]["config"]
    parent = {"base": base_digest(settings["base_identity"]), "trained": str(settings["training_digest"])}
    folder = home.state_folder() / "bases" / "merged" / parent["trained"].removeprefix("sha256:")
    with exclusively(f"merge {parent['trained']}"):
        known = registered_base(pinned)
        if known is None or known.parent != parent or not _is_whole(known):
            shutil.rmtree(folder, ignore_errors=True)
            export_version(client, version, folder, merge=True)
            note_registered(pinned, RegisteredBase(str(folder), folder_hashes(folder), parent))
    return pinned


def _is_whole(known: RegisteredBase) -> bool:
    return Path(known.path).is_dir() and folder_hashes(Path(known.path)) == known.files
