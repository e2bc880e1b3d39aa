"""One optimizer step's gradients, over as many micro-batches as memory asks for.

A step's loss is the sum over its supervised tokens divided by their number, so that neither packing nor the
micro-batch changes what is learned.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasks.documents import Document, num_supervised
from tasks.likelihood import summed_nll
from tasks.output_head import SplitModel
from tasks.packing import pack_evenly
from tasks.training.config import TrainingConfig

if TYPE_CHECKING:
    from torch.amp import GradScaler

MICRO_BATCH_TOKENS = 4096
"""Tokens computed at once, padding included."""
WIDE_ENOUGH = 256
"""Hidden size from which bfloat16 arithmetic pays on a processor that has it."""


@dataclass
class Counts:
    """What was computed so far."""

    tokens: int = 0
    positions: int = 0
    """Tokens and padding."""
    supervised: int = 0

    @property
    def padding_fraction(self) -> float:
        """Share of computed positions that held no token."""
        return round(1 - self.tokens / max(1, self.positions), 6)


def choose_precision(model: Any, config: TrainingConfig) -> str:
    """The arithmetic's precision, by rule and not by timing."""
    if config.precision != "auto":
        return config.precision
    import torch

    if model.device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    cpu = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    wide = getattr(model.config, "hidden_size", 0) >= WIDE_ENOUGH
    return "bfloat16" if model.device.type == "cpu" and cpu and wide else "float32"


def autocast_in(precision: str, device: str) -> Any:
    """A context in which matrix products have this precision."""
    import torch

    return (
        contextlib.nullcontext() if precision == "float32" else torch.autocast(device, dtype=getattr(torch, precision))
    )


def add_gradients(
    model: Any,
    split: SplitModel | None,
    documents: Sequence[Document],
    facts: dict[str, Any],
    precision: str,
    counts: Counts,
    micro_batch_tokens: int = MICRO_BATCH_TOKENS,
    scaler: GradScaler | None = None,
) -> float:
    """Add the gradients of one step's mean loss to the parameters'; returns that loss in nats a token.

    Args:
        model: Prepared by `make_trainable`.
        split: Of `split_at_head`.
        documents: What the step learns from.
        facts: Of the `tokens` artifact: `packing` and `pad_id`.
        precision: Of `choose_precision`.
        counts: Told what was computed.
        micro_batch_tokens: Computed at once, padding included.
        scaler: Of `loss_scaler`; the gradients are multiplied by its scale. None: they aren't.
    """
    model.train()
    lengths = [len(document.input_ids) for document in documents]
    supervised = sum(num_supervised(document) for document in documents)
    total = 0.0
    for micro_batch in micro_batches(rows_of(lengths, packing=facts["packing"]), lengths, micro_batch_tokens):
        with autocast_in(precision, model.device.type):
            mean = summed_nll(model, split, documents, micro_batch, facts["pad_id"]) / max(1, supervised)
        (scaler.scale(mean) if scaler else mean).backward()
        total += float(mean.detach())
        counts.positions += len(micro_batch) * max(_row_length(row, lengths) for row in micro_batch)
    counts.tokens += sum(lengths)
    counts.supervised += supervised
    return total


def rows_of(lengths: Sequence[int], *, packing: bool) -> list[list[int]]:
    """Documents by their number, in rows that hold about as many tokens each, or a row each by length."""
    if packing:
        return pack_evenly(lengths)
    return [[index] for index in sorted(range(len(lengths)), key=lambda index: lengths[index])]


def micro_batches(
    rows: Sequence[list[int]], lengths: Sequence[int], limit: int = MICRO_BATCH_TOKENS
) -> list[list[list[int]]]:
    """Rows in groups of at most `limit` tokens, padding included; a longer row is alone."""
    dealt: list[list[list[int]]] = []
    longest = 0
    for row in rows:
        longest = max(longest, _row_length(row, lengths))
        if not dealt or (len(dealt[-1]) + 1) * longest > limit:
            dealt.append([])
            longest = _row_length(row, lengths)
        dealt[-1].append(row)
    return dealt


def _row_length(row: Sequence[int], lengths: Sequence[int]) -> int:
    return sum(lengths[index] for index in row)
