"""What happened in a training: part of its artifact, so it holds nothing that differs between equal runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass
class Curve:
    """What happened, step by step."""

    train: list[dict[str, float]] = field(default_factory=list)
    """`step`, `epoch`, `nll` (nats a token, of the step's rows before the step), `learning_rate`."""
    holdout: list[dict[str, Any]] = field(default_factory=list)
    """`step`, `epoch`, `nll` on the first held-out rows, before the first step and at each interval; and `samples`,
    what the model writes by then (`prompt`, `text`), where that is cheap enough."""
    padding_fraction: float = 0.0
    """Share of computed positions that held no token."""
    supervised_tokens: int = 0
    """Tokens learned from, counted each time."""
    ended_by: Literal["steps", "early_stopping", "max_minutes"] = "steps"
    """What ended the run; `steps` are all that epochs and `max_steps` allow."""
    replay: dict[str, float] | None = None
    """Of `Replayed`; None where nothing was."""
    kept_step: int | None = None
    """Steps done when the weights were best, which are the ones kept; None: the last ones are."""
    rolled_back: list[dict[str, Any]] = field(default_factory=list)
    """Where training diverged and went back: `step`, `why`, `to_step`, `learning_rate_factor` from there on. What was
    gone back over is in none of the other fields."""

    def cut(self, train: int, holdout: int) -> None:
        """Keep so many points."""
        del self.train[train:]
        del self.holdout[holdout:]
