"""How much more junk one model writes than another, by the samples that were judged of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

BENEFIT_OF_DOUBT = 2
"""Times the margin up to which a difference is let through that the samples' number can't tell from the margin."""


class JunkAbove(NamedTuple):
    """Shares of samples, as differences."""

    rate: float
    at_least: float
    """The lower end of the difference's 95 % interval."""

    def exceeds(self, margin: float) -> bool:
        """Whether it is beyond the margin: surely, or so far that few samples are no excuse."""
        within = self.rate <= margin or (self.at_least <= margin and self.rate <= BENEFIT_OF_DOUBT * margin)
        return not within


def junk_above(samples: Mapping[str, Any], base_samples: Mapping[str, Any]) -> JunkAbove:
    """How far a model's share of junk lies above its base's.

    Source: Newcombe 1998, Statistics in Medicine 17, method 10 (from two Wilson intervals).

    Args:
        samples: What the contract says of the model's samples: `verdict.json`.
        base_samples: The same of its base's.
    """
    rate, base_rate = samples["junk_rate"], base_samples["junk_rate"]
    spread = math.hypot(rate - samples["interval"][0], base_samples["interval"][1] - base_rate)
    return JunkAbove(rate - base_rate, rate - base_rate - spread)
