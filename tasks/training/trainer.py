"""The training loop.

A step's loss is the sum over its supervised tokens divided by their number, so that neither packing nor the
micro-batch changes what is learned. Trained weights are float32; arithmetic is bfloat16 where that is faster.
On one host, with the same threads, the same bits come out.
"""

from __future__ import annotations

import contextlib
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.documents import Document, num_supervised
from tasks.likelihood import document_likelihood, summed_nll
from tasks.packing import pack_evenly
from tasks.tokenized import Tokens
from tasks.training.config import TrainingConfig
from tasks.training.schedule import batches, learning_rate_factor, num_steps

MICRO_BATCH_TOKENS = 4096
"""Tokens computed at once, padding included."""
HOLDOUT_ROWS = 500
"""Held-out rows that the curve is measured on, the first ones; evaluation uses them all."""
WIDE_ENOUGH = 256
"""Hidden size from which bfloat16 arithmetic pays on a processor that has it."""


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
    optimizer = _optimizer(model, config)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_factor(step, total, config))
    held_out = tokens.holdout[:HOLDOUT_ROWS]
    pad_id = tokens.facts["pad_id"]
    curve, padding, training_seconds = Curve(), _Padding(), 0.0
    torch.manual_seed(config.seed)
    for step, indices in enumerate(batches(len(tokens.train), config)):
        if step % steps_per_epoch == 0:
            curve.holdout.append(_measured(model, held_out, pad_id, step, steps_per_epoch))
        started = time.perf_counter()
        documents = [tokens.train[index] for index in indices]
        nll = _step(model, documents, tokens.facts, precision, padding)
        torch.nn.utils.clip_grad_norm_(_trainable(model), config.max_grad_norm)
        rate = float(scheduler.get_last_lr()[0])
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        scheduler.step()
        training_seconds += time.perf_counter() - started
        curve.train.append({"step": step, "epoch": step / steps_per_epoch, "nll": nll, "learning_rate": rate})
        report(step + 1, total, loss=nll)
    curve.holdout.append(_measured(model, held_out, pad_id, total, steps_per_epoch))
    curve.padding_fraction = padding.fraction
    curve.supervised_tokens = padding.supervised
    return curve, Cost(
        seconds=round(training_seconds, 3),
        tokens_per_second=round(padding.supervised / training_seconds, 1),
        peak_memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        precision=precision,
        device=str(model.device),
        threads=torch.get_num_threads(),
    )


def choose_precision(model: Any, config: TrainingConfig) -> str:
    """The arithmetic's precision, by rule and not by timing."""
    if config.precision != "auto":
        return config.precision
    import torch

    cuda = model.device.type == "cuda" and torch.cuda.is_bf16_supported()
    cpu = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    wide = getattr(model.config, "hidden_size", 0) >= WIDE_ENOUGH
    return "bfloat16" if cuda or (model.device.type == "cpu" and cpu and wide) else "float32"


@dataclass
class _Padding:
    tokens: int = 0
    positions: int = 0
    supervised: int = 0

    @property
    def fraction(self) -> float:
        return round(1 - self.tokens / max(1, self.positions), 6)


def _step(model: Any, documents: Sequence[Document], facts: dict[str, Any], precision: str, padding: _Padding) -> float:
    """Gradients of one step's mean loss; returns that loss in nats a token."""
    import torch

    from tasks.errors import TrainingError

    model.train()
    lengths = [len(document.input_ids) for document in documents]
    by_length = sorted(range(len(documents)), key=lambda index: lengths[index])
    rows = pack_evenly(lengths) if facts["packing"] else [[index] for index in by_length]
    supervised = sum(num_supervised(document) for document in documents)
    autocast: Any = contextlib.nullcontext()
    if precision == "bfloat16":
        autocast = torch.autocast(model.device.type, dtype=torch.bfloat16)
    total = 0.0
    for micro_batch in _micro_batches(rows, lengths):
        with autocast:
            nll = summed_nll(model, documents, micro_batch, facts["pad_id"]).sum() / max(1, supervised)
        nll.backward()
        total += float(nll.detach())
        padding.positions += len(micro_batch) * max(_row_length(row, lengths) for row in micro_batch)
    padding.tokens += sum(lengths)
    padding.supervised += supervised
    if total != total or total == float("inf"):
        raise TrainingError(
            f"the loss became {total}\n  lower training.learning_rate, or use training.precision=float32"
        )
    return total


def _micro_batches(rows: Sequence[list[int]], lengths: Sequence[int]) -> list[list[list[int]]]:
    micro_batches: list[list[list[int]]] = []
    longest = 0
    for row in rows:
        longest = max(longest, _row_length(row, lengths))
        if not micro_batches or (len(micro_batches[-1]) + 1) * longest > MICRO_BATCH_TOKENS:
            micro_batches.append([])
            longest = _row_length(row, lengths)
        micro_batches[-1].append(row)
    return micro_batches


def _row_length(row: Sequence[int], lengths: Sequence[int]) -> int:
    return sum(lengths[index] for index in row)


def _optimizer(model: Any, config: TrainingConfig) -> Any:
    import torch

    matrices = [parameter for parameter in _trainable(model) if parameter.dim() >= 2]
    others = [parameter for parameter in _trainable(model) if parameter.dim() < 2]
    groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=config.learning_rate, fused=True)


def _trainable(model: Any) -> list[Any]:
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def _measured(model: Any, documents: Sequence[Document], pad_id: int, step: int, per_epoch: int) -> dict[str, float]:
    model.eval()
    return {"step": step, "epoch": step / per_epoch, "nll": document_likelihood(model, documents, pad_id).nll}
