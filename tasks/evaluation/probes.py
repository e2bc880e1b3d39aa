"""What a model writes: continuations of prompts from the data and of prompts unlike it."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pandas as pd

from tasks.evaluation.config import EvaluationConfig
from tasks.generation import generate
from tasks.prompt_format import generation_prompt, records
from tasks.tokenized import Tokens

DEFAULT_PROBES = 8
"""Beginnings of held-out rows that are used where the recipe names no in-domain probes."""


def probe_model(
    model: Any,
    tokenizer: Any,
    tokens: Tokens,
    accepted: pd.DataFrame,
    config: EvaluationConfig,
    report: Callable[[int, int], None],
) -> dict[str, Any]:
    """Let a model continue the probes; seeded, and the same prompts for every model."""
    settings = config.settings
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
    return {"samples": samples, "stop_rate": stop_rate(samples)}


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
