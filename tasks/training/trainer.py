"""The training loop.

Trained weights are float32; arithmetic is bfloat16 where that is faster. On one host, with the same threads, the same
bits come out.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.documents import Document
from tasks.likelihood import document_likelihood
from tasks.output_head import split_at_head
from tasks.tokenized import Tokens
from tasks.training.config import TrainingConfig
from tasks.training.optimizer import make_optimizer, trained
from tasks.training.schedule import batches, learning_rate_factor, num_steps
from tasks.training.step import Counts, add_gradients, choose_precision

HOLDOUT_ROWS = 500
"""Held-out rows that the curve is measured on, the first ones; evaluation uses them all."""


@dataclass
class Curve:
    """What happened, step by step: part of the artifact, so it holds nothing that differs between equal runs."""

    train: list[dict[str, float]] = field(default_factory=list)
    """`step`, `epoch`, `nll` (nats a token, of the step's rows before the step), `learning_rate`."""
    holdout: list[dict[str, float]] = field(default_factory=list)
    """`step`, `epoch`, `nll` on the first held-out rows, before the first step and after each epoch."""
    padding_fraction: float = 0.0
    """Share of computed positions that held no token."""
    supervised_tokens: int = 0
    """Tokens learned from, counted each time."""


@dataclass
class Cost:
    """What the run took: kept beside the artifact."""

    seconds: float
    tokens_per_second: float
    """Supervised tokens, optimizer steps included, evaluation not."""
    peak_memory_bytes: int
    precision: str
    device: str
    threads: int


def train(model: Any, tokens: Tokens, config: TrainingConfig, report: Callable[..., None]) -> tuple[Curve, Cost]:
    """Train the model's trainable parameters in place.

    Args:
        model: The base, prepared by `make_trainable`.
        tokens: Both splits' documents.
        config: The recipe's training section.
        report: Told steps done, steps in all, and `loss`.

    Raises:
        TrainingError: The loss is no number.
    """
    import torch

    total = num_steps(len(tokens.train), config)
    steps_per_epoch = -(-len(tokens.train) // config.batch_size)
    precision = choose_precision(model, config)
    optimizer = make_optimizer(model, config)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_factor(step, total, config))
    held_out = tokens.holdout[:HOLDOUT_ROWS]
    pad_id = tokens.facts["pad_id"]
    split = split_at_head(model)
    curve, counts, training_seconds = Curve(), Counts(), 0.0
    torch.manual_seed(config.seed)
    for step, indices in enumerate(batches(len(tokens.train), config)):
        if step % steps_per_epoch == 0:
            curve.holdout.append(_measured(model, held_out, pad_id, step, steps_per_epoch))
        started = time.perf_counter()
        documents = [tokens.train[index] for index in indices]
        nll = add_gradients(model, split, documents, tokens.facts, precision, counts)
        torch.nn.utils.clip_grad_norm_(trained(model), config.max_grad_norm)
        rate = float(scheduler.get_last_lr()[0])
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        scheduler.step()
        training_seconds += time.perf_counter() - started
        curve.train.append({"step": step, "epoch": step / steps_per_epoch, "nll": nll, "learning_rate": rate})
        report(step + 1, total, loss=nll)
    curve.holdout.append(_measured(model, held_out, pad_id, total, steps_per_epoch))
    curve.padding_fraction = counts.padding_fraction
    curve.supervised_tokens = counts.supervised
    return curve, Cost(
        seconds=round(training_seconds, 3),
        tokens_per_second=round(counts.supervised / training_seconds, 1),
        peak_memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        precision=precision,
        device=str(model.device),
        threads=torch.get_num_threads(),
    )


def _measured(model: Any, documents: Sequence[Document], pad_id: int, step: int, per_epoch: int) -> dict[str, float]:
    model.eval()
    return {"step": step, "epoch": step / per_epoch, "nll": document_likelihood(model, documents, pad_id).nll}
