"""The curve of losses over the steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tasks.artifacts import ArtifactStore
from tasks.charts import CARD, LINE, OK, SOFT, draw, drawn_once, tell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_POINTS = 180
"""Steps are averaged to no more than this many points: a line of thousands is a smear."""
MAX_EPOCHS = 40
"""More ends of epochs than this aren't marked."""


def curve(store: ArtifactStore, training: Mapping[str, Any]) -> Markup | None:
    """Training and held-out loss, or None where there are no points."""
    train = [(point["step"], point["nll"]) for point in training.get("train", [])]
    holdout = training.get("holdout", [])
    if not train or not holdout:
        return None
    label = f"Loss over {len(train):,} training steps"
    return drawn_once(store, [train, holdout], lambda: draw(8, 2.9, label, lambda axes: _fill(axes, train, holdout)))


def _fill(axes: Axes, train: Sequence[tuple[float, float]], holdout: Sequence[Mapping[str, Any]]) -> None:
    steps, losses = zip(*averaged(train, -(-len(train) // MAX_POINTS)), strict=True)
    axes.grid(axis="y")
    for step in epoch_ends(train[-1][0], holdout):
        axes.axvline(step, color=LINE, linestyle=":")
    axes.plot(steps, losses, color=SOFT, linewidth=1)
    axes.plot([point["step"] for point in holdout], [point["nll"] for point in holdout], color=OK, linewidth=1.8)
    for point in holdout:
        (dot,) = axes.plot(point["step"], point["nll"], "o", color=OK, markeredgecolor=CARD, markersize=6)
        tell(dot, f"epoch {point['epoch']:g}: held-out NLL {point['nll']:.4f}")
    axes.margins(x=0.01)


def epoch_ends(last: float, holdout: Sequence[Mapping[str, Any]]) -> list[float]:
    """The steps that end epochs, those before the last step; none where they are many."""
    per_epoch = next((point["step"] / point["epoch"] for point in holdout if point["epoch"] > 0), 0.0)
    count = math.ceil(max(last, holdout[-1]["step"]) / per_epoch) - 1 if per_epoch else 0
    return [per_epoch * number for number in range(1, count + 1)] if count < MAX_EPOCHS else []


def averaged(points: Sequence[tuple[float, float]], size: int) -> list[tuple[float, float]]:
    """Means of `size` neighbours, at their middle."""
    groups = [points[start : start + size] for start in range(0, len(points), size)]
    return [(sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group)) for group in groups]
