"""What a training process takes beside what is counted: `python -m tasks.training.bare_process`.

It imports what training imports and trains a small model for two steps. What it then held at most, less what its
forecast counts, are the libraries with their buffers and what the allocator keeps.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any, NamedTuple

USUAL_BYTES = 520_000_000
"""Where it isn't measured: torch 2.13 for processors with transformers and peft."""


SMALL: dict[str, Any] = {"model_type": "gpt2", "n_embd": 128, "n_layer": 4, "n_head": 4, "vocab_size": 4000}
ROWS, TOKENS = 40, 64


class Bare(NamedTuple):
    """A process with its libraries."""

    beside_bytes: int
    """What it held beside what is counted."""
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
            return Bare(json.loads(told)["beside_bytes"], time.perf_counter() - self._began)
        return Bare(USUAL_BYTES, time.perf_counter() - self._began)


def main() -> None:
    """Train the small model, and print what the process held beside what is counted."""
    import peft  # noqa: F401
    import torch

    from tasks.documents import Document
    from tasks.tokenized import Tokens
    from tasks.training.config import TrainingConfig
    from tasks.training.memory import peak_bytes
    from tasks.training.probe import random_model
    from tasks.training.trainer import train

    config = TrainingConfig(method="full", precision="float32", batch_size=ROWS, max_steps=2)
    documents: Any = [Document(ids, ids) for ids in torch.randint(SMALL["vocab_size"], (2 * ROWS, TOKENS)).tolist()]
    tokens = Tokens(documents, documents[:ROWS], {"pad_id": 0, "packing": True})
    train(random_model(SMALL), tokens, config, lambda done, total, **measures: None)
    peak = peak_bytes()
    from tasks.training.forecast import forecast  # only now: a training doesn't import it

    counted = forecast(SMALL, config, documents, documents[:ROWS], rows=2 * ROWS, packing=True, half=False).memory(0)
    print(json.dumps({"beside_bytes": peak - counted.total}))


if __name__ == "__main__":
    main()
