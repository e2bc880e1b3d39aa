"""The held-out loss on the way: the curve's second line, and what early stopping looks at; and samples beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tasks.likelihood import document_likelihood
from tasks.tokenized import Tokens
from tasks.training.divergence import check_number
from tasks.training.live_samples import SampleWriter
from tasks.training.memory import give_back
from tasks.training.out_of_memory import within_memory
from tasks.training.state import TrainingState

HOLDOUT_ROWS = 500
"""Held-out rows that the curve is measured on, the first ones; evaluation uses them all."""


class HeldOut:
    """The rows that are measured.

    Args:
        tokens: Both splits' documents.
        steps_per_epoch: Steps of a pass over the training rows.
        clock: Seconds.
        samples: Writes with the model at evaluations; None: nobody does.
        tell: Told the steps done, and what was found after them.
    """

    def __init__(
        self,
        tokens: Tokens,
        steps_per_epoch: int,
        clock: Callable[[], float],
        samples: SampleWriter | None,
        tell: Callable[..., None],
    ) -> None:
        self.samples, self.tell = samples, tell
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
        give_back()
        state.model.eval()

        def attempt(limit: int) -> float:
            return document_likelihood(state.model, self.documents, self.pad_id, limit).nll

        longest = max((len(document.input_ids) for document in self.documents), default=1)
        fitting = within_memory(attempt, state.limits.evaluation_tokens, longest, "an evaluation")
        nll, state.limits.evaluation_tokens = fitting
        check_number(nll, "the held-out rows")
        point: dict[str, Any] = {"step": state.step, "epoch": state.step / self.steps_per_epoch, "nll": nll}
        if self.samples and (written := self.samples.write(state.model, len(points))):
            point["samples"] = written  # in the digest: they follow from the weights, which are in it too
        points.append(point)
        self.tell(state.step, holdout_nll=nll, samples=point.get("samples", ()))
        state.spent.evaluation_s = self.clock() - started
        if state.best:
            state.best.see(state.model, state.step, nll)
