"""What training did to the model: whether it learned, and whether what it learned holds beyond its training rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tasks.evaluation.comparison import Difference

MAX_LEAK = 0.01
"""Share of held-out rows in the training rows above which held-out figures measure memory. Ours: a row in a hundred
moves the held-out NLL by a hundredth of what a memorised row gains."""
MIN_CARRIED = 0.5
"""Share of what was gained on training rows that must be gained on held-out rows too. Ours: below it the model learned
more about its rows than about what they have in common."""


class Fit(NamedTuple):
    """The judgement."""

    gap: float
    """Held-out NLL less training NLL, nats a token."""
    judgement: str
    """`fitting`, `overfitting`, `nothing learned` or `leak`."""
    why: str


def judge_fit(tuned: Mapping[str, Any], base: Mapping[str, Any], found: Difference, leak: float) -> Fit:
    """Judge a tuned model by its base, on training and held-out rows alike.

    Gains over the base are compared, not the two NLLs: training rows may be harder or easier than held-out ones for
    every model.

    Args:
        tuned: Its scores.
        base: Its base's.
        found: The improvement on held-out rows with its noise.
        leak: Share of held-out rows that stand in the training rows.
    """
    gap = tuned["holdout"]["nll"] - tuned["train"]["nll"]
    trained = base["train"]["nll"] - tuned["train"]["nll"]
    held_out = base["holdout"]["nll"] - tuned["holdout"]["nll"]
    gains = f"{trained:+.3f} nats a token gained on training rows, {held_out:+.3f} on held-out rows"
    if leak > MAX_LEAK:
        return Fit(gap, "leak", f"{leak:.1%} of the held-out rows stand in the training rows; allowed {MAX_LEAK:.0%}")
    if trained <= found.half_width and not found.is_better:
        return Fit(gap, "nothing learned", f"{gains}; noise alone makes {found.half_width:.3f}")
    if trained - held_out > found.half_width and held_out < MIN_CARRIED * trained:
        return Fit(gap, "overfitting", f"{gains}; at least {MIN_CARRIED:.0%} of the gain must carry over")
    return Fit(gap, "fitting", gains)
