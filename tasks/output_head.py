"""A causal model taken apart at its output head, so that the loss needs the logits of a few tokens at a time.

Logits are by far the largest tensor of a step: 4,096 tokens × 50,257 words × 4 bytes = 0.8 GB, several times over with
softmax and gradients. Only supervised positions have a loss, and each position's loss stands alone, so they are
computed in chunks. Where a gradient is wanted, a chunk's is computed at once and only the sums are kept (of the hidden
states, and of the head's weights where they are trained): nothing is computed twice.

Shapes: N supervised positions, D hidden size, V words.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch

CHUNK_LOGITS = 2**25
"""Logits held at once: 128 MiB in float32, 667 positions of GPT-2's vocabulary."""
PROBE_TOKENS = 4


class SplitModel(NamedTuple):
    """The part that makes hidden states, and the one that makes logits of them."""

    decoder: Any
    head: Any
    vocabulary: int
    """Logits a position."""


def split_at_head(model: Any) -> SplitModel | None:
    """A model's decoder and head; None where its logits are more than the head applied to the last hidden state.

    Some architectures scale or cap their logits. A few tokens go through both ways, and only equal bits will do: no
    list of architectures has to be kept. The price is two passes over 4 tokens.
    """
    import torch

    inner = model.get_base_model() if hasattr(model, "get_base_model") else model  # what peft wraps
    decoder, head = getattr(inner, inner.base_model_prefix, None), inner.get_output_embeddings()
    if decoder is None or head is None:
        return None
    input_ids = torch.arange(PROBE_TOKENS, device=model.device)[None]
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad(), torch.autocast(model.device.type, enabled=False):
            whole = model(input_ids=input_ids, use_cache=False).logits
            hidden = decoder(input_ids=input_ids, use_cache=False).last_hidden_state
            is_plain = hidden.shape[:2] == whole.shape[:2] and torch.equal(head(hidden), whole)
    finally:
        for module, training in modes:
            module.training = training
    return SplitModel(decoder, head, whole.shape[-1]) if is_plain else None


def nll(logits_NV: torch.Tensor, targets_N: torch.Tensor) -> torch.Tensor:
    """The NLL of each position in nats, shape (N,), float32."""
    from torch.nn.functional import cross_entropy

    return cross_entropy(logits_NV.float(), targets_N, reduction="none")


def position_nll(split: SplitModel, hidden_ND: torch.Tensor, targets_N: torch.Tensor) -> torch.Tensor:
    """The NLL of each position in nats, shape (N,), float32; without a gradient."""
    import torch

    with torch.no_grad():
        chunks = [nll(split.head(hidden_ND[part]), targets_N[part]) for part in _chunks(split, len(targets_N))]
    return torch.cat(chunks) if chunks else hidden_ND.new_zeros(0, dtype=torch.float32)


def total_nll(split: SplitModel, hidden_ND: torch.Tensor, targets_N: torch.Tensor) -> torch.Tensor:
    """The sum of the positions' NLL: a scalar with a gradient to the hidden states and the head's trained weights."""
    if len(targets_N) * split.vocabulary <= CHUNK_LOGITS:
        return nll(split.head(hidden_ND), targets_N).sum()
    weights = [weight for weight in split.head.parameters() if weight.requires_grad]
    total: torch.Tensor = _total_nll_function().apply(split, hidden_ND, targets_N, *weights)
    return total


def _with_gradient(logits_NV: torch.Tensor, targets_N: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The positions' NLL in all and its gradient by the logits, softmax less one at the target, in their dtype.

    By hand it takes fewer passes over the largest tensor than autograd's, for the softmax overwrites its logarithm.
    """
    import torch

    log_softmax_NV = torch.log_softmax(logits_NV.float(), dim=-1)
    columns_N1 = targets_N[:, None]
    total = -log_softmax_NV.gather(1, columns_N1).sum()
    gradient_NV = log_softmax_NV.exp_()
    gradient_NV.scatter_add_(1, columns_N1, gradient_NV.new_full((1, 1), -1.0).expand_as(columns_N1))
    return total, gradient_NV.to(logits_NV.dtype)


@cache
def _total_nll_function() -> Any:
    """The autograd function of `total_nll`, made when it is needed: importing this file loads no torch."""
    import torch

    class TotalNll(torch.autograd.Function):
        """Gradients are made on the way forward, chunk by chunk, and scaled on the way back."""

        @staticmethod
        def forward(ctx: Any, split: SplitModel, hidden_ND: Any, targets_N: Any, *weights: Any) -> Any:
            passed_on = ctx.needs_input_grad[1]
            hidden_gradient_ND = torch.zeros_like(hidden_ND) if passed_on else None
            gradients: list[Any] = [None] * len(weights)
            total = hidden_ND.new_zeros((), dtype=torch.float32)
            for part in _chunks(split, len(targets_N)):
                with torch.enable_grad():
                    chunk_ND = hidden_ND[part].detach().requires_grad_(passed_on)
                    logits_NV = split.head(chunk_ND)
                sum_of_chunk, gradient_NV = _with_gradient(logits_NV.detach(), targets_N[part])
                inputs = [*weights, *([chunk_ND] if passed_on else [])]
                found = torch.autograd.grad(logits_NV, inputs, gradient_NV)
                total += sum_of_chunk
                for number in range(len(weights)):
                    gradients[number] = found[number] if part.start == 0 else gradients[number].add_(found[number])
                if hidden_gradient_ND is not None:
                    hidden_gradient_ND[part] = found[-1]
            ctx.gradients = [hidden_gradient_ND, None, *gradients]
            return total

        @staticmethod
        def backward(ctx: Any, *outer: Any) -> Any:
            scaled = [None if gradient is None else gradient.mul_(outer[0]) for gradient in ctx.gradients]
            ctx.gradients = None
            return None, *scaled

    return TotalNll


def _chunks(split: SplitModel, positions: int) -> Iterator[slice]:
    size = max(1, CHUNK_LOGITS // split.vocabulary)
    for start in range(0, positions, size):
        yield slice(start, start + size)
