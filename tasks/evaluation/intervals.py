"""How sure a figure is: documents are resampled (Efron 1979), and a training's seed adds its own spread.

Documents are drawn whole, since tokens of one document go together. A figure is a ratio of sums over documents (nats a
token), and each resample gives one such ratio.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

CONFIDENCE = 0.95
RESAMPLES = 1000
"""Enough for percentiles (Efron and Tibshirani 1993, ch. 19); a standard deviation comes out within about 2 %."""
RESAMPLING_SEED = 0
CHUNK = 4_000_000
"""Numbers drawn at once, to bound memory."""

Floats = npt.NDArray[np.float64]


def resampled_sums(columns: Sequence[npt.ArrayLike]) -> Floats:
    """Sums of each column over documents drawn with replacement, the same ones for all columns.

    Args:
        columns: Each of shape (num_documents,), at least one document.

    Returns:
        Shape (RESAMPLES, num_columns).
    """
    values = np.stack([np.asarray(column, np.float64) for column in columns])
    documents = values.shape[1]
    draw = np.random.Generator(np.random.PCG64(RESAMPLING_SEED))
    step = max(1, CHUNK // documents)
    parts = []
    for start in range(0, RESAMPLES, step):
        chosen = draw.integers(documents, size=(min(step, RESAMPLES - start), documents))
        parts.append(np.stack([column[chosen].sum(axis=1) for column in values], axis=1))
    return np.concatenate(parts)


def percentile_interval(resampled: Floats) -> list[float]:
    """The middle `CONFIDENCE` of resampled figures, low and high."""
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(resampled, [tail, 100 - tail])
    return [float(low), float(high)]


def spread(resampled: Floats, documents: int) -> float:
    """The standard deviation of resampled figures; the factor is what resampling takes off in small sets."""
    return float(resampled.std() * math.sqrt(documents / max(1, documents - 1)))


FLOOR_FREEDOM = 1
"""Degrees of freedom that the stated floor brings to an estimate. Ours: standard deviations of recipes lie so far apart
(0.003 to 0.06) that what is known of others is worth about one, by the rule in the source of `seed_noise`."""


class SeedNoise(NamedTuple):
    """How far the held-out NLL wanders with training's seed."""

    sd: float
    """Nats a token."""
    seeds: int
    """Trainings it was estimated from; 0: it is the stated floor, and counts as known."""
    source: str

    @property
    def freedom(self) -> int:
        """Degrees of freedom of an estimate; 0: known."""
        return self.seeds - 1 + FLOOR_FREEDOM if self.seeds else 0


def seed_noise(nlls: Sequence[float], floor: float) -> SeedNoise:
    """Estimate the noise from trainings that differ by their seed, or take the floor where there is but one.

    Three trainings that happen to lie close together would show next to none: one choice of three in four or five
    promotes more than 5 % of pairs that differ by nothing else. So the estimate is pulled towards the floor.

    Source: moderated variance, Smyth 2004, Statistical Applications in Genetics and Molecular Biology 3(1).
    """
    if len(nlls) < 2:
        return SeedNoise(floor, 0, "stated floor")
    own = len(nlls) - 1
    variance = (FLOOR_FREEDOM * floor**2 + own * float(np.var(nlls, ddof=1))) / (FLOOR_FREEDOM + own)
    return SeedNoise(math.sqrt(variance), len(nlls), f"{len(nlls)} seeds of this recipe")


def degrees_of_freedom(
    document_variance: float, documents: int, seed_variance: float, seed_freedom: int
) -> float | None:
    """Of the sum of both variances; None where nothing of it was estimated.

    Source: Welch (1947), Satterthwaite (1946).
    """
    uncertainty = document_variance**2 / max(1, documents - 1)
    if seed_freedom:
        uncertainty += seed_variance**2 / seed_freedom
    return (document_variance + seed_variance) ** 2 / uncertainty if uncertainty else None


def half_width(document_variance: float, documents: int, seed_variance: float, seed_freedom: int) -> float:
    """Half of the two-sided interval around a difference, in the variances' unit."""
    from scipy.special import ndtri, stdtrit

    upper = (1 + CONFIDENCE) / 2
    freedom = degrees_of_freedom(document_variance, documents, seed_variance, seed_freedom)
    quantile = ndtri(upper) if freedom is None else stdtrit(freedom, upper)
    return float(quantile) * math.sqrt(document_variance + seed_variance)
