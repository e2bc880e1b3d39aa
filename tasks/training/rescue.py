"""What happens to a training that diverged: it ends, or goes back and on with a lower learning rate."""

from __future__ import annotations

import logging

from tasks.errors import TrainingError
from tasks.training.config import TrainingConfig
from tasks.training.divergence import Diverged
from tasks.training.state import Mark, TrainingState, copied

log = logging.getLogger("gadfly.training")


class Rescue:
    """Goes back to the evaluation with the lowest held-out loss: a matter of steps, not of time, so that equal runs go
    back to the same one, and before the loss began to climb. The rows come again in the same order; only the learning
    rate is another."""

    def __init__(self, config: TrainingConfig) -> None:
        self.settings, self.learning_rate = config.divergence, config.learning_rate

    def keep(self, state: TrainingState, mark: Mark) -> None:
        """Keep the state to go back to, where the step began with the best evaluation so far and had a sound loss."""
        points = state.curve.holdout
        if self.settings.action == "stop" or points[-1]["step"] != state.step:
            return
        if state.refuge is None or points[-1]["nll"] < points[state.refuge.facts["evaluations"] - 1]["nll"]:
            state.refuge = copied(state.snapshot(mark))

    def roll_back(self, state: TrainingState, divergence: Diverged) -> None:
        """Go back.

        Raises:
            TrainingError: The recipe says to stop, or there is nothing to go back to.
        """
        settings, done = self.settings, len(state.curve.rolled_back)
        if settings.action == "stop" or state.refuge is None or done == settings.max_roll_backs:
            raise TrainingError(self._message(state, divergence))
        step = state.step
        state.restore(state.refuge)
        factor = settings.rate_factor ** (done + 1)
        went = {"step": step, "why": str(divergence), "to_step": state.step, "learning_rate_factor": factor}
        state.curve.rolled_back.append(went)
        log.warning("%s; back to step %d, with %g of the learning rate", divergence, state.step, factor)

    def _message(self, state: TrainingState, divergence: Diverged) -> str:
        times = len(state.curve.rolled_back)
        told = [f"training diverged after {state.step:,} steps: {divergence}"]
        if times:
            told.append(f"it had gone back and lowered the learning rate {times} times (training.divergence)")
        told.append(f"use training.learning_rate={self.learning_rate / 5:.1e}, or training.precision=float32")
        if self.settings.action == "stop":
            told.append("or training.divergence.action=roll_back: back to the best evaluation and on at a lower rate")
        return "\n  ".join(told)
