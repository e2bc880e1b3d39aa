"""What the benchmarks count with: precision, recall and F1, edit similarity, the exponent of growth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """Counts of one yes-or-no decision; undefined shares are 0, so that nothing found never looks good."""

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    @property
    def precision(self) -> float:
        flagged = self.true_positives + self.false_positives
        return self.true_positives / flagged if flagged else 0.0

    @property
    def recall(self) -> float:
        actual = self.true_positives + self.false_negatives
        return self.true_positives / actual if actual else 0.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def score(actual: Iterable[bool], flagged: Iterable[bool]) -> Score:
    """Compare decisions with the truth, row by row."""
    pairs = list(zip(actual, flagged, strict=True))
    return Score(
        sum(truth and found for truth, found in pairs),
        sum(found and not truth for truth, found in pairs),
        sum(truth and not found for truth, found in pairs),
    )


def score_reason(reason: str, truths: Sequence[Truth], found: Sequence[Iterable[str]]) -> Score:
    """How well one reason is named: a row caught for another reason is a miss, one named without cause is an error.

    A reason that a row also deserves by definition (`Truth.also`) counts neither for nor against.
    """
    named = [(truth, reason in set(reasons)) for truth, reasons in zip(truths, found, strict=True)]
    return Score(
        sum(hit and truth.reason == reason for truth, hit in named),
        sum(hit and truth.reason != reason and reason not in truth.also for truth, hit in named),
        sum(not hit and truth.reason == reason for truth, hit in named),
    )


@dataclass(frozen=True)
class Truth:
    """What is wrong with a row: one reason, or none for a clean row."""

    reason: str = ""
    also: frozenset[str] = frozenset()
    """Reasons that are right as well, by their definition."""


def token_edit_similarity(a: str, b: str) -> float:
    """1 minus the Levenshtein distance over tokens, divided by the longer text's number of tokens.

    Tokens are runs of non-space. Quadratic in the tokens.
    """
    first, second = a.split(), b.split()
    if not first and not second:
        return 1.0
    previous = list(range(len(second) + 1))
    for row, token in enumerate(first, 1):
        current = [row]
        for column, other in enumerate(second, 1):
            current.append(min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (token != other)))
        previous = current
    return 1.0 - previous[-1] / max(len(first), len(second))


def growth_exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The b of cost = a · size^b by least squares on logarithms: 1 is linear, 2 quadratic."""
    x, y = [math.log(size) for size in sizes], [math.log(cost) for cost in costs]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((value - mean_x) ** 2 for value in x)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread
