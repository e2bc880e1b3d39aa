"""The drawings: every point lies inside, round ticks enclose the values, long trainings are thinned."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tasks.evaluation.report.curves import HEIGHT, MAX_POINTS, WIDTH, curve, nice_ticks
from tasks.evaluation.report.forest import forest


def places(points: str) -> list[tuple[float, float]]:
    """SVG `points` as numbers."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]


def training(steps: int, epochs: int = 3) -> dict:
    """A curve that falls from 5 to 1."""
    per_epoch = steps / epochs
    return {
        "train": [
            {"step": step, "epoch": step / per_epoch, "nll": 1 + 4 * (1 - step / steps)} for step in range(steps)
        ],
        "holdout": [
            {"step": round(epoch * per_epoch), "epoch": epoch, "nll": 1 + 4 * (1 - epoch / epochs)}
            for epoch in range(epochs + 1)
        ],
    }


@pytest.mark.parametrize("steps", [3, 60, 5000])
def test_every_point_lies_inside_the_drawing(steps):
    drawn = curve(training(steps))
    assert drawn is not None
    points = places(drawn.train) + [(point.x, point.y) for point in drawn.holdout]
    assert len(places(drawn.train)) <= MAX_POINTS
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert drawn.holdout[0].x == 0
    assert drawn.holdout[-1].x == WIDTH
    assert drawn.holdout[0].y < drawn.holdout[-1].y, "a falling loss falls: y grows downwards"
    assert len(drawn.epochs) == 2, "the ends of epochs that lie inside"


def test_thinning_keeps_the_mean():
    points = training(5000)["train"]
    drawn = curve(training(5000))
    assert drawn is not None
    top, bottom = drawn.y_ticks[-1], drawn.y_ticks[0]
    scale = (float(top[1]) - float(bottom[1])) / (bottom[0] - top[0])
    heights = [float(bottom[1]) + (bottom[0] - y) * scale for _, y in places(drawn.train)]
    assert sum(heights) / len(heights) == pytest.approx(sum(point["nll"] for point in points) / len(points), abs=0.02)


def test_a_loss_that_never_moves_is_drawn():
    flat = {"train": [{"step": 0, "nll": 2.0}], "holdout": [{"step": 0, "epoch": 0.0, "nll": 2.0}]}
    assert curve(flat) is not None
    assert curve({"train": [], "holdout": []}) is None


@pytest.mark.parametrize(("low", "high"), [(0, 1), (2.41, 3.02), (-0.4, 0.6), (0, 12345), (2.0, 2.0), (-1e-5, 2e-5)])
def test_ticks_are_round_and_enclose_the_range(low, high):
    ticks = nice_ticks(low, high, 5)
    assert 2 <= len(ticks) <= 8 or low == high
    assert ticks[0] <= low + 1e-12
    assert ticks[-1] >= high - 1e-12
    steps = {round(after - before, 12) for before, after in pairwise(ticks)}
    assert len(steps) <= 1
    for step in steps:
        digits = f"{step:.6e}".partition("e")[0].rstrip("0").rstrip(".")
        assert digits in {"1", "2", "5"}


def test_forgetting_is_a_loss_among_the_gains(content):
    comparison = content["comparison"][1]
    comparison["general"] = {"forgetting": 0.2, "low": 0.1, "high": 0.3}
    drawn = forest(comparison)
    assert drawn is not None
    assert [(whisker.name, whisker.tone) for whisker in drawn.whiskers] == [
        ("held-out rows", "good"),
        ("general text", "bad"),
        ("benchmark", "open"),
    ]
    assert all(whisker.low <= whisker.at <= whisker.high for whisker in drawn.whiskers)
    assert drawn.whiskers[1].high < drawn.zero < drawn.whiskers[0].low
    assert forest({}) is None
