"""What a model card is made from, read from a run's artifacts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tasks.artifacts import ArtifactRef, ArtifactStore
from tasks.base_files import base_folder, base_identity

Facts = dict[str, Any]


class CardContent(NamedTuple):
    """What the card is made from."""

    source: Facts
    validation: Facts
    training: Facts
    scores: dict[str, Facts]
    """`base` and `tuned`."""
    comparison: Facts
    samples: dict[str, Facts]
    """The contract's verdict on the samples of `base` and `tuned`, where they were judged."""
    base: Facts
    """The base's identity: `hub` and `commit`, or the hashes of its `files`."""
    base_licence: str
    """As the base's own card states it."""
    tokens: Facts = {}  # noqa: RUF012 (read only)
    """The settings and counts of `tokens.json`."""


def read_card_content(store: ArtifactStore, artifacts: Mapping[str, ArtifactRef]) -> CardContent:
    """Read what the stages found; comparison and judged samples may be missing."""

    def read(name: str, file: str) -> Facts:
        if name not in artifacts:
            return {}
        return store.read_json(artifacts[name], file)

    models = ("base", "tuned")
    return CardContent(
        source=read("rows", "source.json"),
        validation=read("validation_report", "report.json"),
        training=read("trained", "training.json"),
        scores={model: read(f"{model}_scores", "scores.json") for model in models},
        comparison=read("comparison", "comparison.json"),
        samples={model: found for model in models if (found := read(f"{model}_samples", "verdict.json"))},
        base=base_identity(artifacts["base"]),
        base_licence=licence_of(base_folder(artifacts["base"])),
        tokens=read("tokens", "tokens.json"),
    )


def licence_of(folder: Path) -> str:
    """The licence that a model folder's card states; empty where it states none."""
    card = folder / "README.md"
    if not card.is_file():
        return ""
    head = re.match(r"---\n(.*?)\n---", card.read_text(encoding="utf-8", errors="replace"), re.DOTALL)
    found = re.search(r"^license:\s*['\"]?([\w.+-]+)", head[1], re.MULTILINE) if head else None
    return found[1] if found else ""
