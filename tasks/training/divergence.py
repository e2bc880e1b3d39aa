"""When a training has left the road: its loss is no number, jumped and stays up, or rose above where it began."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

WINDOW = 100
"""Losses that say what is usual. Pretraining takes 1,000 (2 OLMo 2 Furious, 2025, arXiv:2501.00656, "spike score");
a fine-tuning often has fewer steps."""
IN_A_ROW = 3
"""Losses that must be up: one odd batch is no divergence."""
SEEN = WINDOW + IN_A_ROW
"""Losses that are looked at."""
FEWEST = 20
"""Below so many losses, nothing is usual yet."""
RISE = 1.0
"""Nats a token by which the mean of the last `FEWEST` losses lies above the first: worse than no training. In trainings
of `demo/base` with half and with five times its recipe's rate, no loss was above the first at all."""


class Diverged(Exception):
    """Training left the road; the text says how it shows."""


def check_number(nll: float, of: str) -> None:
    """Make sure that a loss is a number.

    Raises:
        Diverged: It is not.
    """
    if not math.isfinite(nll):
        raise Diverged(f"the loss of {of} became {nll}")


def check_course(losses: Sequence[float], first: float, deviations: float) -> None:
    """Make sure that the losses neither jumped nor rose above the first, which is the base's.

    A jump is a loss more than `deviations` standard deviations above the mean of what came before: 7 in OLMo 2's spike
    score. Here `IN_A_ROW` have to be, which no batch of odd rows does alone. A rate that is too high from the start
    shows in no jump; then the loss ends up above the base's.

    Args:
        losses: Of the last `SEEN` steps or more, as far as there are so many, nats a token.
        first: The first step's.
        deviations: Standard deviations of the usual losses.

    Raises:
        Diverged: They did.
    """
    if len(losses) < FEWEST + IN_A_ROW:
        return
    last, usual = losses[-IN_A_ROW:], losses[-IN_A_ROW - WINDOW : -IN_A_ROW]
    mean, deviation = statistics.fmean(usual), statistics.pstdev(usual)
    if min(last) > mean + deviations * deviation:
        raise Diverged(
            f"the loss jumped to {last[-1]:.3f} nats a token and stayed up for {IN_A_ROW} steps; "
            f"in the {len(usual)} steps before it was {mean:.3f} ± {deviation:.3f}"
        )
    risen = statistics.fmean(losses[-FEWEST:])
    if risen > first + RISE:
        raise Diverged(f"the loss of the last {FEWEST} steps was {risen:.3f} nats a token, and {first:.3f} at first")
