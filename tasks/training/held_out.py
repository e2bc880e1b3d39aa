"""The held-out loss on the way: the curve's second line, and what early stopping looks at."""

from __future__ import annotations

from collections.abc import Callable

from tasks.likelihood import document_likelihood
from tasks.tokenized import Tokens
from tasks.training.divergence import check_number
from tasks.training.out_of_memory import within_memory
from tasks.training.state import TrainingState

HOLDOUT_ROWS = 500
"""Held-out rows that the curve is measured on, the first ones; evaluation uses them all."""


class HeldOut:
    """The rows that are measured."""

    def __init__(self, tokens: Tokens, steps_per_epoch: int, clock: Callable[[], float]) -> None:
        self.documents, self.pad_id = tokens.holdout[:HOLDOUT_ROWS], tokens.facts["pad_id"]
        self.steps_per_epoch, self.clock = steps_per_epoch, clock

    def measure(self, state: TrainingState) -> None:
        """Measure the loss after the steps done, once, in batches as large as memory allows.

        Raises:
            Diverged: It is no number.
        """
        points = state.curve.holdout
        if points and points[-1]["step"] == state.step:
            return
        started = self.clock()
        state.model.eval()

        def attempt(limit: int) -> float:
            return document_likelihood(state.model, self.documents, self.pad_id, limit).nll

        longest = max((len(document.input_ids) for document in self.documents), default=1)
        fitting = within_memory(attempt, state.limits.evaluation_tokens, longest, "an evaluation")
        nll, state.limits.evaluation_tokens = fitting
        check_number(nll, "the held-out rows")
        points.append({"step": state.step, "epoch": state.step / self.steps_per_epoch, "nll": nll})
        state.spent.evaluation_s = self.clock() - started
        if state.best:
            state.best.see(state.model, state.step, nll)
