"""How varied written texts are: repetition within one, and distinct words and pairs over all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

RUN = 4
"""Words. Rhetoric repeats pairs and threes; a run of four that comes again is seldom meant."""


def repeats(text: Sequence[str]) -> bool:
    """Whether a run of `RUN` words comes twice in a text."""
    runs = [tuple(text[start : start + RUN]) for start in range(len(text) - RUN + 1)]
    return len(set(runs)) < len(runs)


def distinct_1(texts: Sequence[Sequence[str]]) -> float | None:
    """Different words / words, over all texts; None where there are none. It falls as texts are added.

    Source: Li et al. 2016 (arXiv:1510.03055).
    """
    return _distinct([word for text in texts for word in text])


def distinct_2(texts: Sequence[Sequence[str]]) -> float | None:
    """Different pairs of neighbouring words / such pairs, over all texts."""
    return _distinct([pair for text in texts for pair in pairwise(text)])


def _distinct(items: Sequence[object]) -> float | None:
    return round(len(set(items)) / len(items), 6) if items else None
