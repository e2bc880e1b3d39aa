"""What a version was judged on: its artifacts and the configs that made them, kept with it in MLflow.

A promotion months later measures the then champion as the challenger was measured. What the artifact store lost of the
trained model and its base's identity comes back from MLflow, if it still is what it was to the bit.
"""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict

from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.base_files import base_identity, base_location, checked_folder, note_base
from tasks.errors import GadflyError, GateError, RecipeError
from tasks.json_files import canonical_json
from tasks.manifest import MANIFEST, copy_files, folder_damage
from tasks.tracking import connect
from tasks.trained_model import check_made_for

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger("gadfly.registration")
Config = TypeVar("Config", bound=BaseModel)
RECORD_FORMAT = 1
FILE = "promotion.json"
LOGGED_MODEL = "models:/"
"""What the source of a version begins with that was registered from a logged model; its id follows."""
EVIDENCE_RUN = "gadfly.evidence_run"
"""A version's tag: the MLflow run whose `promotion.json` and `gate.json` are its newest."""


class VersionRecord(BaseModel):
    """A registered version, and what it takes to measure it again."""

    model_config = ConfigDict(frozen=True)

    model: str
    version: int
    run_id: str
    """The MLflow run that bears the evidence."""
    recipe: str
    artifacts: dict[str, ArtifactRef]
    """What its run used and made, by name."""
    configs: dict[str, Any]
    """The recipe's evaluation, tokenization, validation and registration, as JSON."""
    base: dict[str, Any]
    """The base's `identity`, and its `location` on the machine that trained."""

    @property
    def name(self) -> str:
        """As the command line has it."""
        return f"{self.model}@{self.version}"

    def config(self, kind: type[Config], section: str) -> Config:
        """A section of its configs."""
        return kind.model_validate_json(json.dumps(self.configs[section]))


def new_record(
    registered: Mapping[str, Any], recipe: str, artifacts: Mapping[str, ArtifactRef], configs: dict[str, Any]
) -> VersionRecord:
    """The record of a version that a run has just registered or found."""
    base = artifacts["base"]
    return VersionRecord(
        model=registered["name"],
        version=registered["version"],
        run_id=registered["mlflow_run_id"],
        recipe=recipe,
        artifacts=dict(artifacts),
        configs=configs,
        base={"identity": base_identity(base), "location": base_location(base)},
    )


def write_record(client: MlflowClient, record: VersionRecord) -> None:
    """Keep the record with its MLflow run, and name that run on the version."""
    client.log_dict(record.run_id, {"format": RECORD_FORMAT, **record.model_dump(mode="json")}, FILE)
    client.set_model_version_tag(record.model, str(record.version), EVIDENCE_RUN, record.run_id)


def read_record(model: str, version: int) -> VersionRecord:
    """The record of a version.

    Raises:
        RecipeError: It has none: another program registered it, or its run was stopped before it was judged.
    """
    client = connect()
    run_id = client.get_model_version(model, str(version)).tags.get(EVIDENCE_RUN, "")
    content = read_logged(client, run_id, FILE) if run_id else None
    if content is None or content.pop("format") != RECORD_FORMAT:
        raise RecipeError(
            f"{model} version {version} has no record of what it was measured on\n"
            "  run its recipe again: what is cached isn't done twice"
        )
    return VersionRecord.model_validate(content)


def ancestors(record: VersionRecord) -> list[VersionRecord]:
    """The versions that a version was trained further from, the nearest first; one that was deleted ends the line."""
    from mlflow.exceptions import MlflowException

    found: list[VersionRecord] = []
    while parent := record.base["location"].get("parent"):
        model, _, version = parent.rpartition("@")
        try:
            record = read_record(model, int(version))
        except (RecipeError, MlflowException):
            log.warning("what %s was trained on is not known any more: %s has no record", record.name, parent)
            break
        found.append(record)
    return found


def measured_apart_from(champion: VersionRecord, challenger: VersionRecord) -> list[VersionRecord]:
    """The versions whose training rows count in no comparison of the two: the champion, and what both descend from."""
    found = [champion, *ancestors(champion), *ancestors(challenger)]
    return list({record.name: record for record in found}.values())


def read_logged(client: MlflowClient, run_id: str, file: str) -> dict[str, Any] | None:
    """A JSON file of an MLflow run; None where there is none."""
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as folder:
        try:
            path = client.download_artifacts(run_id, file, folder)
            content: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        except (MlflowException, OSError, ValueError):
            return None
    return content


def reload_damage(record: VersionRecord) -> str:
    """Why what MLflow holds of a version isn't what was trained; empty where it is.

    Registration compared the reloaded model's logits bit by bit. Here the bytes are compared, of what was trained and
    of its base: what has equal bytes has equal logits.
    """
    trained, base = record.artifacts["trained"], record.artifacts["base"]
    try:
        with _logged_model(record) as logged:
            folder = _trained_folder(logged)
            if damage := folder_damage(folder, trained.digest, hash_files=True):
                return f"the {trained.kind} in MLflow: {damage}"
            check_made_for(folder, base.digest)
            if (served := _served_base(logged)) != record.base["identity"]:
                return f"MLflow would serve it on another base: {_named(served)}, not {_named(record.base['identity'])}"
        checked_folder(record.base["identity"], record.base["location"])
    except GadflyError as error:
        return str(error).splitlines()[0]
    return ""


def restore(record: VersionRecord) -> None:
    """Put what was trained, and its base's identity, back into the store where it lost them.

    Raises:
        GateError: What MLflow holds is not what was trained either.
    """
    store, trained, base = home.store(), record.artifacts["trained"], record.artifacts["base"]
    if not store.is_whole(trained):
        with _logged_model(record) as logged:
            folder = _trained_folder(logged)
            if damage := folder_damage(folder, trained.digest, hash_files=True):
                raise GateError(
                    f"{record.name} can't be measured: the store lost its {trained.kind}, and in MLflow {damage}\n"
                    f"  run its recipe again: {record.recipe}"
                )
            store.discard(trained)
            store.put(trained.kind, lambda target: copy_files(folder, target))
    if not store.is_whole(base):
        store.discard(base)
        note_base(record.base["identity"], record.base["location"])


@contextmanager
def _logged_model(record: VersionRecord) -> Iterator[Path]:
    import mlflow
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as folder:
        try:
            client = connect()
            place = str(client.get_model_version(record.model, str(record.version)).source)
            if place.startswith(LOGGED_MODEL):
                place = client.get_logged_model(place.removeprefix(LOGGED_MODEL)).artifact_location
            path = Path(mlflow.artifacts.download_artifacts(artifact_uri=place, dst_path=folder))
        except (MlflowException, OSError) as error:
            raise GateError(f"{record.name} can't be read from MLflow: {error}") from error
        yield path


def _trained_folder(logged: Path) -> Path:
    folders = [path.parent for path in logged.glob(f"artifacts/*/{MANIFEST}")]
    if len(folders) != 1:
        raise GateError(f"the model in MLflow holds {len(folders)} trained artifacts; 1 is allowed")
    return folders[0]


def _served_base(logged: Path) -> dict[str, Any]:
    from mlflow.models import Model

    flavour = Model.load(str(logged / "MLmodel")).flavors["python_function"]
    identity: dict[str, Any] = flavour.get("config", {}).get("base_identity", {})
    return identity


def _named(identity: Mapping[str, Any]) -> str:
    if "hub" in identity:
        return f"{identity['hub']} at {identity['commit'][:12]}"
    return f"files {hashlib.sha256(canonical_json(dict(identity)).encode()).hexdigest()[:12]}"
