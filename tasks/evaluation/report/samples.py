"""What the models write after the same prompts, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

SHOWN_SAMPLES = 8
"""Prompts of a kind (in domain, out of domain) that are shown."""


@dataclass(frozen=True)
class Continuation:
    """What one model wrote."""

    model: str
    text: str
    ending: str


@dataclass(frozen=True)
class Comparison:
    """One prompt, and each model's first sample of it."""

    prompt: str
    continuations: list[Continuation] = field(default_factory=list)


def side_by_side(scores: Mapping[str, Any], mask: Callable[[str], str]) -> dict[str, list[Comparison]]:
    """The first sample of each prompt by the prompt's kind: many of one kind never hide the other."""
    kinds: dict[str, dict[str, Comparison]] = {}
    for model, found in scores.items():
        for sample in found["generation"]["samples"]:
            shown = kinds.setdefault(sample["domain"], {})
            compared = shown.setdefault(sample["prompt"], Comparison(mask(sample["prompt"])))
            if all(made.model != model for made in compared.continuations):
                compared.continuations.append(Continuation(model, mask(sample["text"]), _ending(sample)))
    return {kind: list(shown.values())[:SHOWN_SAMPLES] for kind, shown in kinds.items()}


def _ending(sample: Mapping[str, Any]) -> str:
    how = "ended by itself" if sample["stopped"] else "cut"
    return f"{how} after {sample['num_tokens']:,} token{'' if sample['num_tokens'] == 1 else 's'}"


def samples_on_the_way(training: Mapping[str, Any], mask: Callable[[str], str]) -> list[dict[str, Any]]:
    """What the model wrote at evaluations while it was trained, a prompt at a time; empty where it wrote nothing."""
    written = [(point["step"], sample) for point in training.get("holdout", []) for sample in point.get("samples", ())]
    prompts = list(dict.fromkeys(sample["prompt"] for _, sample in written))
    return [
        {
            "prompt": mask(prompt),
            "texts": [(step, mask(sample["text"])) for step, sample in written if sample["prompt"] == prompt],
        }
        for prompt in prompts
    ]
