"""The gate's verdict on a version: given once for what it was judged on, and kept with the version in MLflow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.json_files import canonical_json
from tasks.locks import exclusively
from tasks.registration.config import Provenance, RegistrationConfig
from tasks.registration.gate import GATE_FORMAT, Clause, Evidence, judge, outcome, unjudged
from tasks.registration.registry import GATE, lock_name
from tasks.registration.version_record import VersionRecord, read_logged, write_record
from tasks.tracking import connect

if TYPE_CHECKING:
    from mlflow import MlflowClient

FILE = "gate.json"
GATE_KEY = "gadfly.gate_key"
"""A version's tag: the digest of all that its verdict was given on."""
GATE_AGAINST = "gadfly.gate_against"
"""A version's tag: `base`, or `champion version 2`."""
EVIDENCE = ("comparison", "tuned_scores", "tuned_samples", "base_samples", "trained")
"""The artifacts of its own run that a version is judged on."""


def verdict_key(
    artifacts: Mapping[str, ArtifactRef], config: RegistrationConfig, champion: int | None, provenance: Provenance
) -> str:
    """The digest of all that decides a verdict and what follows from it, known without measuring anything."""
    material = {
        "format": GATE_FORMAT,
        "artifacts": {name: artifacts[name].digest for name in EVIDENCE if name in artifacts},
        "settings": config.model_dump(mode="json", include={"gate", "manual", "waive"}),
        "provenance": provenance.model_dump(mode="json"),
        "champion": champion,
    }
    return hashlib.sha256(canonical_json(material).encode()).hexdigest()[:32]


def settings_of(record: VersionRecord) -> RegistrationConfig:
    """The registration section of the recipe that made a version."""
    return record.config(RegistrationConfig, "registration")


def provenance_of(record: VersionRecord) -> Provenance:
    """What the recipe that made a version states of its data; nothing where the record is older than the question."""
    return Provenance.model_validate(record.configs.get("provenance", {}))


def give_verdict(
    record: VersionRecord, champion: int | None, against: Mapping[str, ArtifactRef], damage: str
) -> dict[str, Any]:
    """Judge a version.

    Args:
        record: The version.
        champion: The version it is held against; None: its base.
        against: Where there is a champion: `comparison` with it, and the champion's `scores` and `samples`.
        damage: Why what MLflow holds is not what was trained.

    Raises:
        ArtifactDamaged: The store lost the evidence.
    """
    store, own = home.store(), record.artifacts
    config = settings_of(record)
    evidence = Evidence(
        comparison=store.read_json(against.get("comparison", own["comparison"]), "comparison.json"),
        from_base=store.read_json(own["comparison"], "comparison.json"),
        scores=store.read_json(own["tuned_scores"], "scores.json"),
        samples=store.read_json(own["tuned_samples"], "verdict.json"),
        base_samples=store.read_json(own["base_samples"], "verdict.json"),
        reload_damage=damage,
        provenance=provenance_of(record),
        unstated_because=config.waive.provenance,
    )
    measured = {"comparison": evidence.comparison, "samples": evidence.samples, "base_samples": evidence.base_samples}
    if "samples" in against:
        measured["champion_samples"] = store.read_json(against["samples"], "verdict.json")
    verdict = _verdict(record.model, record.version, champion, judge(evidence, config.gate))
    key = (
        "" if damage else verdict_key(own, config, champion, provenance_of(record))
    )  # damage may be mended: judged again then
    refs = {name: ref.model_dump() for name, ref in against.items()}
    return {**verdict, "key": key, "measured": measured, "champion_artifacts": refs}


def unjudged_verdict(model: str, version: int, champion: int | None, why: str) -> dict[str, Any]:
    """The verdict on a version that brings no evidence: refused."""
    return {**_verdict(model, version, champion, unjudged(why)), "key": "", "measured": {}}


def _verdict(model: str, version: int, champion: int | None, clauses: list[Clause]) -> dict[str, Any]:
    told = outcome(clauses)
    return {
        "format": GATE_FORMAT,
        "model": model,
        "version": version,
        "champion": champion,
        "against": "its base" if champion is None else f"champion version {champion}",
        "outcome": told,
        "passed": told == "passed",
        "clauses": [clause.model_dump() for clause in clauses],
    }


def keep_verdict(client: MlflowClient, verdict: Mapping[str, Any], run_id: str) -> None:
    """Keep a verdict with the version and its MLflow run."""
    model, version = verdict["model"], str(verdict["version"])
    if run_id:
        client.log_dict(run_id, dict(verdict), FILE)
    client.set_model_version_tag(model, version, GATE_AGAINST, verdict["against"])
    client.set_model_version_tag(model, version, GATE, verdict["outcome"])
    client.set_model_version_tag(model, version, GATE_KEY, verdict["key"])


def keep_judged(record: VersionRecord, verdict: Mapping[str, Any]) -> None:
    """Keep a version's record and its verdict, so that a later promotion has both."""
    with exclusively(lock_name(record.model)):
        client = connect()
        write_record(client, record)
        keep_verdict(client, verdict, record.run_id)
    home.store().write_note(_note(verdict["key"]), dict(verdict))


def noted_verdict(key: str) -> dict[str, Any] | None:
    """A verdict that a run of this home was given, without asking MLflow; None where there is none under this key."""
    return home.store().read_note(_note(key)) if key else None


def _note(key: str) -> str:
    return f"verdicts/{key}"


def kept_verdict(record: VersionRecord, champion: int | None) -> dict[str, Any] | None:
    """The verdict that was given on the same evidence against the same champion; None where there is none."""
    key = verdict_key(record.artifacts, settings_of(record), champion, provenance_of(record))
    kept = read_logged(connect(), record.run_id, FILE)
    return kept if kept and kept.get("key") == key else None
