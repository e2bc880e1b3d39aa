"""When a training has left the road: its loss is no number, or jumped and stays up."""

from __future__ import annotations

import math
from collections.abc import Sequence

WINDOW = 100
"""Losses that say what is usual. Pretraining takes 1,000 (2 OLMo 2 Furious, 2025, arXiv:2501.00656, "spike score");
a fine-tuning often has fewer steps."""
FEWEST = 20
"""Below so many losses, nothing is usual yet."""
IN_A_ROW = 3
"""Losses that must be up: one odd batch is no divergence."""


class Diverged(Exception):
    """Training left the road; the text says how it shows."""


def check_number(nll: float, of: str) -> None:
    """Make sure that a loss is a number.

    Raises:
        Diverged: It is not.
    """
    if not math.isfinite(nll):
        raise Diverged(f"the loss of {of} became {nll}")


def check_course(losses: Sequence[float], deviations: float) -> None:
    """Make sure that the last losses are not far above those before them.

    A spike is a loss more than `deviations` standard deviations above the mean of what came before: 7 in OLMo 2's
    spike score. Here `IN_A_ROW` have to be, which no batch of odd rows does alone.

    Args:
        losses: Of all steps so far, nats a token.
        deviations: Standard deviations of the usual losses.

    Raises:
        Diverged: They are.
    """
    last, usual = losses[-IN_A_ROW:], losses[-IN_A_ROW - WINDOW : -IN_A_ROW]
    if len(usual) < FEWEST:
        return
    mean = sum(usual) / len(usual)
    deviation = math.sqrt(sum((loss - mean) ** 2 for loss in usual) / len(usual))
    if min(last) > mean + deviations * deviation:
        raise Diverged(
            f"the loss rose to {last[-1]:.3f} nats a token and stayed up for {IN_A_ROW} steps; "
            f"in the {len(usual)} steps before it was {mean:.3f} ± {deviation:.3f}"
        )
