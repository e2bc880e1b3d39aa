"""A run's findings, whole, as the report reads them; tests change what they are about."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest

from tasks.evaluation.report.findings import Findings


def likelihood(nll: float, rows: int = 40, half: float = 0.05) -> dict[str, Any]:
    """A text's likelihood, its interval `half` wide on each side."""

    def all_of(nll: float) -> dict[str, float]:
        return {"nll": nll, "perplexity": math.exp(nll), "bits_per_byte": nll / math.log(2) / 4}

    low, high = all_of(nll - half), all_of(nll + half)
    interval = {name: [low[name], high[name]] for name in low}
    return {
        **all_of(nll),
        "tokens": 25 * rows,
        "bytes": 100 * rows,
        "rows": rows,
        "interval": {**interval, "confidence": 0.95},
    }


def probes(**changes: Any) -> dict[str, Any]:
    """The measures of some samples."""
    return {
        "samples": 200,
        "stop_rate": 0.96,
        "format_adherence": 0.91,
        "mean_tokens": 24.3,
        "median_words": 11,
        "repetition": 0.02,
        "distinct_1": 0.41,
        "distinct_2": 0.83,
        "longest_copied_run": 7,
        "copying_fraction": 0.05,
        "holdout_copying_fraction": 0.04,
        **changes,
    }


def scores(nll: float, text: str = "a dream", general: float = 4.0, **measured: Any) -> dict[str, Any]:
    """A model's `scores.json`."""
    samples = [
        {"domain": "in_domain", "prompt": "Hope is", "text": text, "num_tokens": 3, "stopped": True},
        {
            "domain": "out_of_domain",
            "prompt": "A virus is",
            "text": " a thing that\nspreads",
            "num_tokens": 8,
            "stopped": False,
        },
    ]
    return {
        "format": 2,
        "holdout": likelihood(nll),
        "train": likelihood(nll - 0.04),
        "general": likelihood(general, rows=30),
        "files": {"benchmark": likelihood(nll + 0.4, rows=12)},
        "generation": {
            "samples": samples,
            "stop_rate": 0.96,
            "probes": {
                "in_domain": probes(**measured),
                "out_of_domain": probes(format_adherence=None, stop_rate=0.5),
                "spill_over": {"value": 0.12, "definition": "share of continuations that end in a quotation mark"},
            },
        },
    }


COMPARISON: dict[str, Any] = {
    "format": 1,
    "against": "base",
    "rows": 40,
    "tokens": 1000,
    "excluded_rows": 0,
    "improvement": {"nll": 0.5, "low": 0.42, "high": 0.58, "confidence": 0.95, "bits_per_byte": 0.18},
    "noise": {
        "document_sd": 0.03,
        "seed_sd": 0.01,
        "seeds": 3,
        "source": "3 seeds of this recipe",
        "degrees_of_freedom": 2,
    },
    "is_better": True,
    "judgement": "Better than its base by 0.500 nats a token (0.420 to 0.580) on 40 held-out rows.",
    "general": {"forgetting": 0.02, "low": -0.01, "high": 0.05},
    "files": {"benchmark": {"improvement": 0.1, "low": -0.05, "high": 0.25}},
    "fit": {"gap": 0.04, "judgement": "fitting", "why": "Held-out rows cost hardly more than training rows."},
    "leak": {"rows": 0, "fraction": 0.0},
}


def contents() -> dict[str, tuple[str, dict[str, Any]]]:
    """Artifact to its file and what the file holds."""
    report = {
        "ingested": 1200,
        "accepted": 1000,
        "quarantined": 200,
        "split": {"train": 900, "holdout": 100},
        "contract": {"name": "short_text", "version": 1},
        "reasons": {"duplicate": 150, "too_short": 60},
        "warnings": {"shouting": 3},
        "repaired": {"mojibake": 12},
        "rules": [],
        "failures": [],
        "success": True,
    }
    training = {
        "method": "lora",
        "trainable_parameters": 1234,
        "base_parameters": 56789,
        "steps": 60,
        "supervised_tokens": 4321,
        "padding_fraction": 0.012,
        "train": [
            {"step": step, "epoch": step / 20, "nll": 2.45 + 0.6 * math.exp(-step / 8), "learning_rate": 1e-3}
            for step in range(60)
        ],
        "holdout": [
            {"step": step, "epoch": step / 20, "nll": nll}
            for step, nll in ((0, 3.0), (20, 2.55), (40, 2.505), (60, 2.5))
        ],
    }
    counts = {"rows": 900, "left_out_rows": 0, "overlong_rows": 9, "tokens": 20000, "supervised_tokens": 20000}
    verdict = {
        "format": 1,
        "judged": 200,
        "junk": 6,
        "junk_rate": 0.03,
        "interval": [0.01, 0.06],
        "reasons": {"too_short": 6},
    }
    return {
        "rows": ("source.json", {"format": "csv", "licence": "MIT", "revision": "", "notes": []}),
        "validation_report": ("report.json", report),
        "tokens": ("tokens.json", {"max_seq_len": 128, "packing": True, "counts": {"train": counts}}),
        "trained": ("training.json", training),
        "base_scores": ("scores.json", scores(3.0)),
        "tuned_scores": ("scores.json", scores(2.5, general=4.02)),
        "comparison": ("comparison.json", copy.deepcopy(COMPARISON)),
        "base_samples": ("verdict.json", copy.deepcopy(verdict)),
        "tuned_samples": ("verdict.json", copy.deepcopy(verdict)),
    }


@pytest.fixture
def content() -> dict[str, tuple[str, dict[str, Any]]]:
    """The contents of a run's artifacts: artifact to its file and what that holds."""
    return contents()


@pytest.fixture
def findings_of() -> Callable[..., Findings]:
    """Makes findings from artifacts' contents."""

    def make(content: dict[str, tuple[str, dict[str, Any]]], **changes: Any) -> Findings:
        def of(name: str) -> dict[str, Any]:
            return content[name][1] if name in content else {}

        models = ("base", "tuned", "champion")
        facts: dict[str, Any] = {
            "rows": of("validation_report"),
            "source": of("rows"),
            "tokens": of("tokens"),
            "training": of("trained"),
            "scores": {model: of(f"{model}_scores") for model in models if f"{model}_scores" in content},
            "comparison": of("comparison"),
            "against_champion": of("champion_comparison"),
            "samples": {model: of(f"{model}_samples") for model in models if f"{model}_samples" in content},
            "clauses": [],
            "params": {"training.learning_rate": 0.001, "training.epochs": 3.0, "training.seed": 42},
        }
        return Findings(**facts | changes)

    return make
