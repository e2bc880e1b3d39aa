"""The curve of losses as a drawing: where lines, points and ticks go. The template draws it as SVG inside the page.

By hand, as the data report's charts and for the same reasons (`tasks/validation/data_report/charts.py`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 720.0, 240.0
"""Of the drawing's inner part, in SVG units."""
MAX_POINTS = 180
"""Steps are averaged to no more than this many points: a line of thousands is a smear."""
Y_TICKS, X_TICKS = 5, 8


@dataclass(frozen=True)
class Point:
    """A place in the drawing, with what it says."""

    x: float
    y: float
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Training and held-out loss over the steps."""

    train: str
    """The training line as SVG `points`."""
    holdout: list[Point]
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    epochs: list[float]
    """Where epochs end, those inside the drawing."""

    @property
    def holdout_line(self) -> str:
        """The held-out points joined, as SVG `points`."""
        return _points((point.x, point.y) for point in self.holdout)


def curve(training: Mapping[str, Any]) -> Curve | None:
    """The drawing of a training's curve, or None where it has no points."""
    train = [(point["step"], point["nll"]) for point in training.get("train", [])]
    holdout = training.get("holdout", [])
    if not train or not holdout:
        return None
    thinned = _averaged(train, -(-len(train) // MAX_POINTS))
    last = max(train[-1][0] + 1, holdout[-1]["step"], 1)
    losses = [nll for _, nll in thinned] + [point["nll"] for point in holdout]
    ticks = nice_ticks(min(losses), max(losses), Y_TICKS)
    low, high = min(ticks[0], *losses), max(ticks[-1], *losses)

    def x(step: float) -> float:
        return WIDTH * step / float(last)

    def y(nll: float) -> float:
        return float(HEIGHT * (high - nll) / max(high - low, 1e-12))

    per_epoch = next((point["step"] / point["epoch"] for point in holdout if point["epoch"] > 0), 0.0)
    ends = [per_epoch * number for number in range(1, math.ceil(last / per_epoch))] if per_epoch else []
    return Curve(
        train=_points((x(step), y(nll)) for step, nll in thinned),
        holdout=[
            Point(x(point["step"]), y(point["nll"]), f"epoch {point['epoch']:g}: held-out NLL {point['nll']:.4f}")
            for point in holdout
        ],
        x_ticks=[(x(step), f"{step:,g}") for step in nice_ticks(0, last, X_TICKS) if 0 <= step <= last],
        y_ticks=[(y(nll), f"{nll:.3g}") for nll in ticks],
        epochs=[x(step) for step in ends] if len(ends) < 40 else [],
    )


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers around a range, at most about `most`: steps of 1, 2 or 5 times a power of ten (Heckbert, 1990)."""
    span = max(high - low, 1e-9 * max(1.0, abs(high)))
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= most)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def _averaged(points: Sequence[tuple[float, float]], size: int) -> list[tuple[float, float]]:
    """Means of `size` neighbours, at their middle."""
    means = []
    for start in range(0, len(points), size):
        group = points[start : start + size]
        means.append((sum(step for step, _ in group) / len(group), sum(nll for _, nll in group) / len(group)))
    return means


def _points(places: Any) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
