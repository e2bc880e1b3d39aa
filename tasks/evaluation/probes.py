"""What a model writes: continuations of prompts from the data and of prompts unlike it, and what they are like.

Shown are a few samples of each probe; measured in domain are the judged samples, of which there are enough to count.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from tasks.evaluation.config import EvaluationConfig
from tasks.evaluation.judged_samples import begun_rows, read_back, samples_table
from tasks.evaluation.written_form import WrittenForm
from tasks.evaluation.written_text import measured, share
from tasks.generation import Sample, generate_all
from tasks.prompt_format import generation_prompt, records, render
from tasks.tokenized import Tokens

DEFAULT_PROBES = 8
"""Beginnings of held-out rows that are used where the recipe names no in-domain probes."""
MEASURED_HOLDOUT = 1000
"""Held-out rows, the first by row id, that say how much copying is natural and how near to its style the data is."""


class Probed(NamedTuple):
    """What was written."""

    facts: dict[str, Any]
    """The `generation` of `scores.json`."""
    samples: pa.Table
    """The judged samples, for `samples.parquet`."""


def probe_model(
    model: Any,
    tokenizer: Any,
    tokens: Tokens,
    accepted: pd.DataFrame,
    config: EvaluationConfig,
    report: Callable[[int, int], None],
) -> Probed:
    """Let a model write, seeded: every model is given the same prompts and draws the same numbers."""
    settings, form = config.settings, WrittenForm(config.prompt)
    held_out = accepted[accepted["split"] == "holdout"].sort_values("row_id")
    probes = [("in_domain", prompt) for prompt in in_domain_probes(config, accepted)]
    probes += [("out_of_domain", prompt) for prompt in settings.probes.out_of_domain]
    probes = [probe for probe in probes for _ in range(settings.samples_per_probe if settings.temperature > 0 else 1)]
    begun = begun_rows(held_out, config.prompt, settings.judged_samples, settings.seed)
    longest = settings.max_new_tokens or 2 * statistics.median_high(tokens.holdout.lengths())

    def write(prompts: Sequence[str], already: int) -> list[Sample]:
        return generate_all(
            model,
            tokenizer,
            prompts,
            max_new_tokens=longest,
            temperature=settings.temperature,
            seed=settings.seed,
            told=lambda done, _: report(already + done, len(probes) + len(begun)),
        )

    shown = write([prompt for _, prompt in probes], 0)
    judged = read_back(begun, write([one.prompt for one in begun], len(probes)), form)
    domains = [domain for domain, _ in probes]
    facts = {
        "samples": [{"domain": domain, **one._asdict()} for domain, one in zip(domains, shown, strict=True)],
        "stop_rate": share([one.sample.stopped for one in judged]),
        "judged": {"samples": len(judged), "written": form.written, "given": form.given},
        "probes": measured(
            judged,
            [one for domain, one in zip(domains, shown, strict=True) if domain == "out_of_domain"],
            ["".join(render(config.prompt, row)) for row in records(accepted[accepted["split"] == "train"])],
            [form.holdout_text(row) for row in records(held_out.head(MEASURED_HOLDOUT))],
        ),
    }
    return Probed(facts, samples_table(judged, form))


def in_domain_probes(config: EvaluationConfig, accepted: pd.DataFrame) -> list[str]:
    """The recipe's in-domain probes, or the distinct beginnings of the first held-out rows."""
    if config.settings.probes.in_domain:
        return list(config.settings.probes.in_domain)
    held_out = accepted[accepted["split"] == "holdout"].sort_values("row_id")
    prompts = dict.fromkeys(generation_prompt(config.prompt, row) for row in records(held_out))
    return [prompt for prompt in prompts if prompt.strip()][:DEFAULT_PROBES] or [""]
