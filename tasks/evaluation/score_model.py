"""One model's scores: likelihood of held-out rows and general text, and what it writes after the probes."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from tasks.evaluation.config import EvaluationConfig
from tasks.evaluation.likelihood import general_likelihood, summary
from tasks.generation import generate
from tasks.likelihood import DocumentLikelihood, document_likelihood
from tasks.prompt_format import generation_prompt, records
from tasks.tokenized import Tokens

DEFAULT_PROBES = 8
"""Beginnings of held-out rows that are used where the recipe names no in-domain probes."""


class Scores(NamedTuple):
    """What evaluation found."""

    facts: dict[str, Any]
    """The content of `scores.json`."""
    holdout: DocumentLikelihood
    """Row by row, in the order of the held-out tokens."""


def score_model(
    model: Any,
    tokenizer: Any,
    tokens: Tokens,
    accepted: pd.DataFrame,
    config: EvaluationConfig,
    report: Callable[[int, int], None],
) -> Scores:
    """Measure a model; base and tuned are measured by this same function on the same rows and probes."""
    settings = config.settings
    pad_id, max_seq_len = tokens.facts["pad_id"], tokens.facts["max_seq_len"]
    holdout = document_likelihood(model, tokens.holdout[:], pad_id)
    facts: dict[str, Any] = {"holdout": summary(holdout), "general": None}
    if settings.general is not None:
        general = general_likelihood(
            model,
            tokenizer,
            Path(settings.general.path),
            max_paragraphs=settings.general.max_paragraphs,
            max_seq_len=max_seq_len,
            pad_id=pad_id,
        )
        facts["general"] = summary(general)
    prompts = [("in_domain", prompt) for prompt in in_domain_probes(config, accepted)]
    prompts += [("out_of_domain", prompt) for prompt in settings.probes.out_of_domain]
    samples: list[dict[str, Any]] = []
    longest = settings.max_new_tokens or 2 * statistics.median_high(tokens.holdout.lengths())
    for number, (domain, prompt) in enumerate(prompts):
        made = generate(
            model,
            tokenizer,
            prompt,
            num_samples=settings.samples_per_probe,
            max_new_tokens=longest,
            temperature=settings.temperature,
            seed=settings.seed + number,
        )
        samples += [{"domain": domain, **sample._asdict()} for sample in made]
        report(number + 1, len(prompts))
    facts["generation"] = {"samples": samples, "stop_rate": stop_rate(samples)}
    return Scores(facts, holdout)


def in_domain_probes(config: EvaluationConfig, accepted: pd.DataFrame) -> list[str]:
    """The recipe's in-domain probes, or the distinct beginnings of the first held-out rows."""
    if config.settings.probes.in_domain:
        return list(config.settings.probes.in_domain)
    held_out = accepted[accepted["split"] == "holdout"].sort_values("row_id")
    prompts = dict.fromkeys(generation_prompt(config.prompt, row) for row in records(held_out))
    return [prompt for prompt in prompts if prompt.strip()][:DEFAULT_PROBES] or [""]


def stop_rate(samples: list[dict[str, Any]]) -> float:
    """Share of in-domain samples that the model ended by itself."""
    stopped = [sample["stopped"] for sample in samples if sample["domain"] == "in_domain"]
    return round(float(sum(stopped)) / max(1, len(stopped)), 6)
