"""A run's report: one self-contained HTML file, rendered each time, so that it shows today's data counts.

Row text and samples are escaped by the template engine; nothing is fetched from anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from tasks.artifacts import ArtifactRef, ArtifactStore

SHOWN_SAMPLES = 8
"""Probes of a kind (in domain, out of domain) that are shown side by side."""


def render_report(
    store: ArtifactStore,
    run_id: str,
    recipe: str,
    artifacts: Mapping[str, ArtifactRef],
    mask: Callable[[str], str],
) -> str:
    """The report's HTML; `mask` replaces personal data in prompts and samples."""

    def read(name: str, file: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((store.open(artifacts[name]) / file).read_text(encoding="utf-8"))
        return content

    base, tuned = read("base_scores", "scores.json"), read("tuned_scores", "scores.json")
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    return environment.get_template("report.html").render(
        run_id=run_id,
        recipe=recipe,
        verdict=verdict(base, tuned),
        rows=read("validation_report", "report.json"),
        training=read("trained", "training.json"),
        base=base,
        tuned=tuned,
        samples={
            kind: [{name: mask(text) for name, text in pair.items()} for pair in pairs]
            for kind, pairs in _side_by_side(base, tuned).items()
        },
        artifacts={name: ref.digest for name, ref in artifacts.items()},
    )


def verdict(base: Mapping[str, Any], tuned: Mapping[str, Any]) -> str:
    """What came of it, in a sentence. No claim beyond the rows it was measured on."""
    before, after = base["holdout"]["nll"], tuned["holdout"]["nll"]
    rows = tuned["holdout"]["rows"]
    change = f"from {before:.3f} to {after:.3f} nats a token on {rows:,} held-out rows"
    if after < before:
        return f"The tuned model predicts held-out rows better than its base: {change}."
    return f"The tuned model predicts held-out rows no better than its base: {change}."


def _side_by_side(base: Mapping[str, Any], tuned: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """The first sample of each probe, by the probe's kind: many of one kind never hide the other."""
    kinds: dict[str, dict[str, dict[str, str]]] = {}
    for name, scores in (("base", base), ("tuned", tuned)):
        for sample in scores["generation"]["samples"]:
            pairs = kinds.setdefault(sample["domain"].replace("_", " "), {})
            pairs.setdefault(sample["prompt"], {"prompt": sample["prompt"]}).setdefault(name, sample["text"])
    return {kind: list(pairs.values())[:SHOWN_SAMPLES] for kind, pairs in kinds.items()}
