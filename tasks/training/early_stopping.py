"""The weights with the lowest held-out loss, kept while training goes on."""

from __future__ import annotations

import math
from typing import Any

from tasks.training.config import EarlyStopping
from tasks.training.optimizer import trained


class BestWeights:
    """Watches the held-out loss. The price is one copy of what is trained, and of nothing else."""

    def __init__(self, settings: EarlyStopping) -> None:
        self.settings = settings
        self.step = 0
        """Steps done when the loss was lowest."""
        self._lowest = math.inf
        self._since = 0
        self._kept: list[Any] = []

    def see(self, model: Any, step: int, nll: float) -> bool:
        """Look at an evaluation, keep the weights if it is the best, and tell whether it is time to stop."""
        if nll < self._lowest - self.settings.min_delta or not self._kept:
            self._lowest, self.step, self._since = nll, step, 0
            self._kept = [parameter.detach().clone() for parameter in trained(model)]
        else:
            self._since += 1
        return self._since >= self.settings.patience

    def restore(self, model: Any) -> None:
        """Put the best weights back."""
        import torch

        with torch.no_grad():
            for parameter, kept in zip(trained(model), self._kept, strict=True):
                parameter.copy_(kept)
