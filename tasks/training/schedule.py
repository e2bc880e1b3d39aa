"""The order of the rows and the course of the learning rate: known before the first step, unless time bounds them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from tasks.training.config import TrainingConfig


def num_steps(num_documents: int, config: TrainingConfig) -> int:
    """Optimizer steps of the whole run, if time allows."""
    steps = max(1, math.ceil(config.epochs * math.ceil(num_documents / config.batch_size)))
    return min(steps, config.max_steps or steps)


def batches(num_documents: int, config: TrainingConfig, first: int = 0) -> Iterator[list[int]]:
    """Document indices of each step from `first` on: every epoch is a new shuffle, its last batch may be smaller."""
    steps_per_epoch = math.ceil(num_documents / config.batch_size)
    order: list[int] = []
    for step in range(first, num_steps(num_documents, config)):
        epoch, place = divmod(step, steps_per_epoch)
        if place == 0 or not order:
            order = list(range(num_documents))
            random.Random(f"{config.seed}:{epoch}").shuffle(order)
        yield order[place * config.batch_size : (place + 1) * config.batch_size]


def learning_rate_factor(step: float, total: int, config: TrainingConfig) -> float:
    """The share of the peak rate at a step, counted from 0: linear warmup, then the schedule down to 0.

    Where time runs out before the steps do, `step` is the share of time gone, in steps (`TimeBudget.place`).
    """
    warmup = math.ceil(config.warmup_fraction * total)
    if step < warmup:
        return min(1.0, (step + 1) / warmup)
    progress = (step - warmup) / max(1, total - warmup)
    if config.schedule == "linear":
        return 1 - progress
    if config.schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * progress))
    return 1.0
