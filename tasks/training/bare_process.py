"""What a training process takes beside what is counted: `python -m tasks.training.bare_process`.

It imports what training imports and trains a small model for some steps. What it held at most, less what its forecast
counts, are the libraries with their buffers and what the allocator keeps. How long a step took, over what its
operations take one by one, is what operations cost each other: each finds the caches filled by the one before.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks.documents import Document
from tasks.training.config import TrainingConfig

if TYPE_CHECKING:
    from tasks.training.forecast import Forecast
    from tasks.training.operations import Stopwatch

USUAL_BYTES = 520_000_000
"""Where it isn't measured: torch 2.13 for processors with transformers and peft."""
STARTUP_SECONDS = 8.0
"""Where it isn't measured."""
SMALL: dict[str, Any] = {"model_type": "gpt2", "n_embd": 128, "n_layer": 4, "n_head": 4, "vocab_size": 4000}
ROWS, TOKENS = 40, 64
STEPS = 5


class Bare(NamedTuple):
    """A process with its libraries."""

    beside_bytes: int = USUAL_BYTES
    """What it held beside what is counted."""
    seconds: float = STARTUP_SECONDS
    """From its start to the end of its first step: libraries set themselves up in it."""
    step_seconds: float | None = None
    """The fastest of its other steps; None where that isn't known."""


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
        seconds = time.perf_counter() - self._began
        with suppress(ValueError, KeyError):
            found = json.loads(told)
            counted = forecast_of_small().memory(0).total
            return Bare(found["peak_bytes"] - counted, seconds - sum(found["steps"]), min(found["steps"]))
        return Bare()


def forecast_of_small(stopwatch: Stopwatch | None = None) -> Forecast:
    """What is counted of the process's training."""
    from tasks.training.forecast import forecast

    config, documents = _small_training()
    held_out, rows = documents[:ROWS], len(documents)
    return forecast(SMALL, config, documents, held_out, rows=rows, packing=True, half=False, stopwatch=stopwatch)


def _small_training() -> tuple[TrainingConfig, Any]:
    """Its settings, and documents."""
    size = SMALL["vocab_size"]
    rows = [[(row * TOKENS + place) % size for place in range(TOKENS)] for row in range(STEPS * ROWS)]
    config = TrainingConfig(method="full", precision="float32", batch_size=ROWS, epochs=1)
    return config, [Document(ids, ids) for ids in rows]


def main() -> None:
    """Train the small model, and print the peak and the seconds of each step but the first."""
    import peft  # noqa: F401

    from tasks.tokenized import Tokens
    from tasks.training.adapters import make_trainable
    from tasks.training.memory import peak_bytes
    from tasks.training.probe import random_model
    from tasks.training.trainer import train

    config, documents = _small_training()
    tokens = Tokens(documents, documents[:ROWS], {"pad_id": 0, "packing": True})
    told: list[float] = []

    def report(done: int, total: int, **measures: Any) -> None:
        if "loss" in measures:
            told.append(time.perf_counter())

    train(make_trainable(random_model(SMALL), config), tokens, config, report)
    steps = [after - before for before, after in pairwise(told)]
    print(json.dumps({"peak_bytes": peak_bytes(), "steps": steps}))


if __name__ == "__main__":
    main()
