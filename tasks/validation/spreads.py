"""How a signal's values spread, from any number of shards: counts of values rounded to three digits.

Rounded values are few (at most about 900 a power of ten), so a spread stays small however many rows there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from tasks.validation.text_column import Floats

DIGITS = 3
BINS = 40
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

    def summary(self) -> dict[str, Any]:
        """Quantiles, and a histogram of at most `BINS` bins of equal width: `edges` and, one fewer, `counts`."""
        values = np.array(sorted(self.counts))
        counts = np.array([self.counts[value] for value in values.tolist()])
        places = np.searchsorted(np.cumsum(counts), np.array(list(QUANTILES.values())) * counts.sum(), side="left")
        found = {name: float(values[place]) for name, place in zip(QUANTILES, places.tolist(), strict=True)}
        edges = _edges(values, counts)
        return found | {
            "histogram": {
                "edges": [float(f"{edge:.6g}") for edge in edges],
                "counts": np.histogram(values, edges, weights=counts)[0].astype(int).tolist(),
            }
        }


def summaries(spreads: Iterable[tuple[str, Spread]]) -> dict[str, dict[str, Any]]:
    """The summary of each spread that has values, by name."""
    return {name: spread.summary() for name, spread in spreads if spread.counts}


def _rounded(values: Floats) -> Floats:
    """To `DIGITS` significant digits; whole numbers below 10,000 stay."""
    magnitude = np.floor(np.log10(np.abs(values), out=np.zeros(len(values)), where=values != 0))
    scale = 10.0 ** np.maximum(magnitude - DIGITS + 1, -12)
    whole = (values == np.round(values)) & (np.abs(values) < 10_000)
    return np.where(whole, values, np.round(values / scale) * scale)


def _edges(values: Floats, counts: Any) -> Floats:
    """Bins up to the 99.9 % quantile, and the last one for all beyond."""
    low = min(float(values[0]), 0.0)
    high = float(values[np.searchsorted(np.cumsum(counts), 0.999 * counts.sum())])
    if high <= low:
        high = low + 1.0
    bins = int(min(BINS, high - low + 1)) if (values == np.round(values)).all() else BINS
    edges = np.linspace(low, high, max(bins, 1) + 1)
    return np.append(edges, float(values[-1])) if values[-1] > high else edges
