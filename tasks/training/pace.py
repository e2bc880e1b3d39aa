"""How fast a training goes: tokens a second, the share of the machine's peak, the time left."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from tasks.documents import Document, num_supervised
from tasks.training.model_flops import ModelFlops

RECENT_STEPS = 20
"""Steps over which the rates that are told live are taken."""


class Pace:
    """Counts the steps that this process does; what was done before a kill is not in it.

    Args:
        flops: What the model needs.
        peak: The machine's, operations a second; 0 where nobody measured it.
    """

    def __init__(self, flops: ModelFlops, peak: float) -> None:
        self.flops, self.peak = flops, peak
        self._recent: deque[tuple[int, float, float]] = deque(maxlen=RECENT_STEPS)
        self._work = self._seconds = 0.0
        self._steps = 0
        self._began_s = self._now_s = 0.0

    def count(self, documents: Sequence[Document], seconds: float, now_s: float) -> None:
        """A step on some documents was done, and when: evaluations lie between the steps."""
        if not self._steps:
            self._began_s = now_s - seconds
        self._now_s = now_s
        work = self.flops.of(documents)
        self._recent.append((sum(map(num_supervised, documents)), work, seconds))
        self._work, self._seconds, self._steps = self._work + work, self._seconds + seconds, self._steps + 1

    @property
    def peak_share(self) -> float | None:
        """Share of the peak in all steps; None where there is no peak or no step."""
        return round(self._work / self._seconds / self.peak, 4) if self.peak and self._seconds else None

    def measures(self, steps_left: int, budget_left_s: float | None = None) -> dict[str, float]:
        """What is worth telling after a step; evaluations so far are in the time left.

        Args:
            steps_left: Of those that are planned.
            budget_left_s: Seconds after which training ends whatever is left.
        """
        tokens, work, seconds = (sum(column) for column in zip(*self._recent, strict=True))
        left = steps_left * (self._now_s - self._began_s) / self._steps
        told = {
            "tokens_per_second": tokens / max(seconds, 1e-9),
            "seconds_left": left if budget_left_s is None else max(0.0, min(left, budget_left_s)),
        }
        return told | ({"peak_share": work / max(seconds, 1e-9) / self.peak} if self.peak else {})
