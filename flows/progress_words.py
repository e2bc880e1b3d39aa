"""How far a training is, in words: for the terminal and for the run's page in Prefect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tasks.plain_text import markdown, one_line
from tasks.quantities import duration

SHOWN_MEASURES: dict[str, Callable[[float], str]] = {
    "loss": lambda nll: f"loss {nll:.3f}",
    "holdout_nll": lambda nll: f"held-out {nll:.3f}",
    "tokens_per_second": lambda rate: f"{rate:,.0f} tokens/s",
    "peak_share": lambda share: f"{share:.0%} of peak",
    "seconds_left": lambda seconds: f"{duration(seconds)} left",
}
"""What of a stage's measures is shown, in this order, and how."""
LONGEST_TEXT = 200
"""Characters of a sample that are shown."""


def measures_in_words(measures: Mapping[str, float], without: Sequence[str] = ()) -> str:
    """A training's measures on one line; empty where there are none."""
    shown = [told(measures[name]) for name, told in SHOWN_MEASURES.items() if name in measures and name not in without]
    return " · ".join(shown)


def sample_on_a_line(samples: Sequence[Mapping[str, str]], step: int) -> str:
    """The first sample, as one plain line."""
    if not samples:
        return ""
    prompt, text = (one_line(samples[0][part], LONGEST_TEXT // 2) for part in ("prompt", "text"))
    return f"step {step:,}: {prompt} → {text}"


def samples_as_markdown(samples: Sequence[Mapping[str, str]], step: int) -> str:
    """The samples as a table that a page shows as plain text; empty where there are none."""
    if not samples:
        return ""
    rows = "\n".join(
        "| " + " | ".join(markdown(one_line(sample[part], LONGEST_TEXT)) for part in ("prompt", "text")) + " |"
        for sample in samples
    )
    return f"What it writes after {step:,} steps:\n\n| after | it writes |\n|---|---|\n{rows}"
