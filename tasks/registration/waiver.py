"""What stays with a version that became champion though the gate refused it: its tag, its page and its card say so."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tasks.registration.model_card import CARD, with_waiver
from tasks.registration.promotion_log import Entry

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

WAIVER = "gadfly.waiver"
"""A version's tag: what the gate refused, who overruled it, and why."""


def note_waiver(client: MlflowClient, model: str, entry: Entry) -> None:
    """Say on a version's page and card that the gate was overruled for it; said once, however often it is asked."""
    number, waiver = str(entry.version), f"gate {entry.gate}; overruled by {entry.who}: {entry.why}"
    client.set_model_version_tag(model, number, WAIVER, waiver)
    version = client.get_model_version(model, number)
    client.update_model_version(model, number, description=with_waiver(version.description or "", waiver))
    card = read_card(client, version)
    if card:
        client.log_text(version.run_id or "", with_waiver(card, waiver), CARD)


def read_card(client: MlflowClient, version: ModelVersion) -> str:
    """A version's card; empty where it was registered before there were cards, or by another program."""
    from mlflow.exceptions import MlflowException

    with TemporaryDirectory() as folder:
        try:
            path = client.download_artifacts(version.run_id or "", CARD, folder)
        except (MlflowException, OSError):
            return ""
        return Path(path).read_text(encoding="utf-8")
