"""Training as well as possible in a given time: the schedule runs with the clock where time is short."""

from __future__ import annotations

from collections.abc import Callable


class TimeBudget:
    """How far a run is, by its steps or by its time, whichever is further on.

    The learning rate must have come down when the run ends, and how many steps fit can't be known: other programs take
    their share of the machine. So each step's rate follows the time gone, and no step begins that wouldn't end in time.

    Args:
        minutes: The time there is; None for as long as it takes.
        total_steps: Steps where time suffices.
        clock: Seconds, such as `time.perf_counter`; the budget starts now.
    """

    def __init__(self, minutes: float | None, total_steps: int, clock: Callable[[], float]) -> None:
        self.seconds = None if minutes is None else 60 * minutes
        self.total_steps = total_steps
        self._clock = clock
        self._started = clock()
        self._stepping_s = 0.0
        self._steps = 0

    def go_on(self, elapsed_s: float, stepping_s: float, steps: int) -> None:
        """Count what was spent before a checkpoint, in seconds and steps."""
        self._started -= elapsed_s
        self._stepping_s, self._steps = stepping_s, steps

    def place(self, step: int) -> float:
        """The step that the schedule is at: `step`, or further where time is."""
        if self.seconds is None:
            return step
        return max(step, self.total_steps * min(1.0, self.elapsed_s() / self.seconds))

    def count(self, step_s: float) -> None:
        """Tell what a step took, in seconds."""
        self._stepping_s += step_s
        self._steps += 1

    def is_spent(self, reserve_s: float) -> bool:
        """Whether another step and `reserve_s` for the last evaluation would end too late; never before the first."""
        if self.seconds is None or self._steps == 0:
            return False
        return self.elapsed_s() + self._stepping_s / self._steps + reserve_s > self.seconds

    def elapsed_s(self) -> float:
        """Seconds gone, those before a checkpoint included."""
        return self._clock() - self._started
