"""What a training process takes before its model is there: `python -m tasks.training.bare_process`.

It imports what training imports and trains a tiny model for one step, so that whatever is
made at the first use is made.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from typing import NamedTuple

USUAL_BYTES = 520_000_000
"""Where it isn't measured: torch 2.13 for processors with transformers and peft."""


class Bare(NamedTuple):
    """A process with its libraries."""

    resident_bytes: int
    seconds: float
    """From its start to its end."""


class Started:
    """A bare process under way."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        command = [sys.executable, "-W", "ignore", "-m", "tasks.training.bare_process"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ended(self) -> Bare:
        """Wait for it; the usual figures where it failed."""
        told, _ = self._process.communicate()
        with suppress(ValueError, KeyError):
            return Bare(json.loads(told)["resident_bytes"] or USUAL_BYTES, time.perf_counter() - self._began)
        return Bare(USUAL_BYTES, time.perf_counter() - self._began)


def main() -> None:
    """Train a step of the tiny model, and print what the process holds."""
    import peft  # noqa: F401

    from tasks.documents import Document
    from tasks.output_head import split_at_head
    from tasks.training.memory import resident_bytes
    from tasks.training.optimizer import make_optimizer
    from tasks.training.probe import tiny_model, training_loss

    model, config = tiny_model()
    optimizer = make_optimizer(model, config)
    loss = training_loss(split_at_head(model))
    loss(model.train(), [Document([1, 2, 3], [1, 2, 3])], [[0]]).backward()
    optimizer.step()
    print(json.dumps({"resident_bytes": resident_bytes()}))


if __name__ == "__main__":
    main()
