"""The weights with the lowest held-out loss, kept while training goes on."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from tasks.training.config import EarlyStopping
from tasks.training.optimizer import trained


class Watched(NamedTuple):
    """What was seen so far."""

    lowest: float = math.inf
    """Held-out loss, nats a token."""
    step: int = 0
    """Steps done when it was lowest."""
    since: int = 0
    """Evaluations after that one."""


class BestWeights:
    """Watches the held-out loss. The price is one copy of what is trained, and of nothing else."""

    def __init__(self, settings: EarlyStopping) -> None:
        self.settings = settings
        self.watched = Watched()
        self.kept: list[Any] = []
        """The best weights, in the model's order; never changed, only replaced."""

    @property
    def is_hopeless(self) -> bool:
        """Whether it is time to stop."""
        return self.watched.since >= self.settings.patience

    def see(self, model: Any, step: int, nll: float) -> None:
        """Look at an evaluation, and keep the weights if it is the best."""
        lowest, best, since = self.watched
        if nll < lowest - self.settings.min_delta or not self.kept:
            self.watched = Watched(nll, step, 0)
            self.kept = [parameter.detach().clone() for parameter in trained(model)]
        else:
            self.watched = Watched(lowest, best, since + 1)

    def restore(self, model: Any) -> None:
        """Put the best weights back."""
        import torch

        with torch.no_grad():
            for parameter, kept in zip(trained(model), self.kept, strict=True):
                parameter.copy_(kept)
