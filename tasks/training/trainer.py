"""The training loop.

Trained weights are float32; arithmetic is bfloat16 where that is faster. On one host, with the same threads, the same
bits come out.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tasks.likelihood import document_likelihood
from tasks.output_head import split_at_head
from tasks.tokenized import Tokens
from tasks.training.config import TrainingConfig
from tasks.training.early_stopping import BestWeights
from tasks.training.optimizer import make_optimizer, trained
from tasks.training.replay import Replay
from tasks.training.schedule import batches, learning_rate_factor, num_steps
from tasks.training.step import Counts, add_gradients, choose_precision
from tasks.training.time_budget import TimeBudget

HOLDOUT_ROWS = 500
"""Held-out rows that the curve is measured on, the first ones; evaluation uses them all."""


@dataclass
class Curve:
    """What happened, step by step: part of the artifact, so it holds nothing that differs between equal runs."""

    train: list[dict[str, float]] = field(default_factory=list)
    """`step`, `epoch`, `nll` (nats a token, of the step's rows before the step), `learning_rate`."""
    holdout: list[dict[str, float]] = field(default_factory=list)
    """`step`, `epoch`, `nll` on the first held-out rows, before the first step and at each interval."""
    padding_fraction: float = 0.0
    """Share of computed positions that held no token."""
    supervised_tokens: int = 0
    """Tokens learned from, counted each time."""
    ended_by: Literal["steps", "early_stopping", "max_minutes"] = "steps"
    """What ended the run; `steps` are all that epochs and `max_steps` allow."""
    replay: dict[str, float] | None = None
    """Of `Replayed`; None where nothing was."""
    kept_step: int | None = None
    """Steps done when the weights were best, which are the ones kept; None: the last ones are."""


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


def train(
    model: Any,
    tokens: Tokens,
    config: TrainingConfig,
    report: Callable[..., None],
    replay: Replay | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[Curve, Cost]:
    """Train the model's trainable parameters in place.

    Args:
        model: The base, prepared by `make_trainable`.
        tokens: Both splits' documents.
        config: The recipe's training section.
        report: Told steps done, steps in all, and `loss`.
        replay: Text to learn from besides the rows.
        clock: Seconds; it decides something only where `max_minutes` is set.

    Raises:
        TrainingError: The loss is no number.
    """
    import torch

    total = num_steps(len(tokens.train), config)
    budget = TimeBudget(config.max_minutes, total, clock)
    precision = choose_precision(model, config)
    optimizer = make_optimizer(model, config)
    split = split_at_head(model)
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    steps_per_epoch = -(-len(tokens.train) // config.batch_size)
    curve, counts, training_seconds = Curve(), Counts(), 0.0
    watch = _Watch(model, tokens, config, curve, steps_per_epoch, clock)
    torch.manual_seed(config.seed)
    for step, indices in enumerate(batches(len(tokens.train), config)):
        if step % (config.evaluate_every or steps_per_epoch) == 0 and watch.measure(step):
            curve.ended_by = "early_stopping"
            break
        if budget.is_spent(watch.seconds):
            curve.ended_by = "max_minutes"
            break
        started = clock()
        documents = [tokens.train[index] for index in indices]
        documents += replay.beside(documents) if replay else []
        nll = add_gradients(model, split, documents, tokens.facts, precision, counts)
        rate = config.learning_rate * learning_rate_factor(budget.place(step), total, config)
        _update(model, optimizer, rate, config.max_grad_norm)
        took = clock() - started
        budget.count(took)
        training_seconds += took
        curve.train.append({"step": step, "epoch": step / steps_per_epoch, "nll": nll, "learning_rate": rate})
        report(step + 1, total, loss=nll)
    watch.finish(len(curve.train))
    curve.padding_fraction = counts.padding_fraction
    curve.supervised_tokens = counts.supervised
    curve.replay = asdict(replay.told()) if replay else None
    return curve, Cost(
        seconds=round(training_seconds, 3),
        tokens_per_second=round(counts.supervised / max(training_seconds, 1e-9), 1),
        peak_memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        precision=precision,
        device=str(model.device),
        threads=torch.get_num_threads(),
    )


def _update(model: Any, optimizer: Any, rate: float, max_grad_norm: float) -> None:
    """One step of the optimizer on the gradients that are there, clipped; none are left."""
    import torch

    torch.nn.utils.clip_grad_norm_(trained(model), max_grad_norm)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


class _Watch:
    """Measures the held-out loss, and keeps the best weights where early stopping asks for them."""

    def __init__(
        self,
        model: Any,
        tokens: Tokens,
        config: TrainingConfig,
        curve: Curve,
        steps_per_epoch: int,
        clock: Callable[[], float],
    ) -> None:
        self.model, self.curve, self.steps_per_epoch, self.clock = model, curve, steps_per_epoch, clock
        self.documents, self.pad_id = tokens.holdout[:HOLDOUT_ROWS], tokens.facts["pad_id"]
        self.best = BestWeights(config.early_stopping) if config.early_stopping else None
        self.seconds = 0.0
        """What the last measurement took."""

    def measure(self, step: int) -> bool:
        """Measure after `step` steps; tells whether training should stop."""
        started = self.clock()
        self.model.eval()
        nll = document_likelihood(self.model, self.documents, self.pad_id).nll
        self.curve.holdout.append({"step": step, "epoch": step / self.steps_per_epoch, "nll": nll})
        self.seconds = self.clock() - started
        return self.best is not None and self.best.see(self.model, step, nll)

    def finish(self, step: int) -> None:
        """Measure the last weights where that hasn't been done, and go back to the best where they are wanted."""
        if self.curve.holdout[-1]["step"] != step:
            self.measure(step)
        if self.best:
            self.best.restore(self.model)
            self.curve.kept_step = self.best.step
