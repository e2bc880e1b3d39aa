"""A few measured steps: what this machine takes for counted work.

The recipe's own model runs two micro-batches of different size and an update of the optimizer, each after one run that
isn't counted; their times give the rates that predict all other steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from tasks.training.cost import ADAM_MOVED_BYTES, WEIGHT_BYTES, Footprint

REPEATS = 2
"""Measured runs of each; the fastest counts, since other processes only slow it."""


def measured_seconds(run: Callable[[], object], device: str = "cpu") -> float:
    """The fastest of `REPEATS` runs, after one that isn't counted."""
    run()
    return min(_seconds(run, device) for _ in range(REPEATS))


def measured_update(model: Any, optimizer: Any, max_grad_norm: float) -> tuple[Footprint, float]:
    """An update of the optimizer with its gradient norm, as work and seconds."""
    import torch

    trained = [weight for weight in model.parameters() if weight.requires_grad]
    for weight in trained:
        weight.grad = torch.zeros_like(weight)

    def update() -> None:
        torch.nn.utils.clip_grad_norm_(trained, max_grad_norm)
        optimizer.step()

    taken = measured_seconds(update, model.device.type)
    optimizer.zero_grad(set_to_none=True)
    return update_work(sum(weight.numel() for weight in trained)), taken


def update_work(trainable: int) -> Footprint:
    """What an update moves."""
    moved = float((ADAM_MOVED_BYTES + 2 * WEIGHT_BYTES) * trainable)
    return Footprint(
        flops=0, flops_half=0, bytes=moved, operations=1,
        copies_bytes=0, gradient_bytes=0, activation_bytes=0, logit_bytes=0,
    )  # fmt: skip


def resident_bytes() -> int:
    """Memory that this process holds now; 0 where the system doesn't tell."""
    from pathlib import Path

    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    import resource

    return pages * resource.getpagesize()


def available_bytes() -> int:
    """Memory that could be had without swapping; 0 where the system doesn't tell."""
    from pathlib import Path

    try:
        lines: Sequence[str] = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else 0


def _seconds(run: Callable[[], object], device: str) -> float:
    import torch

    started = time.perf_counter()
    run()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started
