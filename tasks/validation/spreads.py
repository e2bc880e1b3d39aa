"""How a signal's values spread, from any number of shards: counts of values rounded to seven digits.

Counts and shares of short texts take few values, so a spread stays small however many rows there are.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from tasks.validation.text_column import Floats

DIGITS = 7
QUANTILES = {"p01": 0.01, "p50": 0.5, "p99": 0.99}


class Spread:
    """Rounded values and how often each was measured."""

    def __init__(self, counts: Counter[float] | None = None) -> None:
        self.counts: Counter[float] = counts if counts is not None else Counter()

    @classmethod
    def of(cls, values: Floats) -> Spread:
        """The spread of measured values; NaN is none."""
        rounded, counts = np.unique(_rounded(values[~np.isnan(values)]), return_counts=True)
        return cls(Counter(dict(zip(rounded.tolist(), counts.tolist(), strict=True))))

    def add(self, other: Spread) -> None:
        """Take in another shard's."""
        self.counts.update(other.counts)

    def quantiles(self) -> dict[str, float]:
        """The 1 %, 50 % and 99 % quantile; there must be values."""
        values = np.array(sorted(self.counts))
        running = np.cumsum([self.counts[value] for value in values.tolist()])
        places = np.searchsorted(running, np.array(list(QUANTILES.values())) * running[-1], side="left")
        return {name: float(values[place]) for name, place in zip(QUANTILES, places.tolist(), strict=True)}


def _rounded(values: Floats) -> Floats:
    """To `DIGITS` significant digits; whole numbers below 10,000 stay."""
    magnitude = np.floor(np.log10(np.abs(values), out=np.zeros(len(values)), where=values != 0))
    scale = 10.0 ** np.maximum(magnitude - DIGITS + 1, -300)
    whole = (values == np.round(values)) & (np.abs(values) < 10_000)
    return np.where(whole, values, np.round(values / scale) * scale)
