"""What is said of a training: gains on training rows and on held-out rows are held against each other and noise."""

from __future__ import annotations

import pytest

from tasks.evaluation.comparison import Difference
from tasks.evaluation.fit import MAX_LEAK, judge_fit


def scores(train: float, holdout: float) -> dict:
    return {"train": {"nll": train}, "holdout": {"nll": holdout}}


@pytest.mark.parametrize(
    ("base", "tuned", "leak", "expected"),
    [
        ((4.0, 4.0), (3.0, 3.1), 0.0, "fitting"),
        ((4.0, 4.3), (3.0, 3.3), 0.0, "fitting"),  # held-out rows are harder for both: no gap that training opened
        ((4.0, 4.0), (1.0, 4.1), 0.0, "overfitting"),  # learned its rows by heart
        ((4.0, 4.0), (2.0, 3.2), 0.0, "overfitting"),  # 0.8 of 2.0 carries over
        ((4.0, 4.0), (2.0, 2.9), 0.0, "fitting"),  # 1.1 of 2.0
        ((4.0, 4.0), (3.99, 4.0), 0.0, "nothing learned"),
        ((4.0, 4.0), (4.2, 4.2), 0.0, "nothing learned"),
        ((4.0, 4.0), (3.0, 3.0), MAX_LEAK, "fitting"),
        ((4.0, 4.0), (3.0, 3.0), 2 * MAX_LEAK, "leak"),
    ],
)
def test_a_training_is_judged(base, tuned, leak, expected):
    gain = base[1] - tuned[1]
    found = Difference(gain, 0.05, 0.0, 0.02, None, 100, 2000)
    fit = judge_fit(scores(*tuned), scores(*base), found, leak)
    assert fit.judgement == expected
    assert fit.gap == pytest.approx(tuned[1] - tuned[0])
    assert fit.why
