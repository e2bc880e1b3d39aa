"""A causal model taken apart at its output head, so that the loss needs the logits of a few tokens at a time.

Logits are by far the largest tensor of a step: 4,096 tokens × 50,257 words × 4 bytes = 0.8 GB, several times over with
softmax and gradients. Only supervised positions have a loss, and each position's loss stands alone, so they are
computed in chunks. Where a gradient is wanted, a chunk's is computed at once and only the sums are kept (of the hidden
states, and of the head's weights where they are trained). A linear head's vocabulary is gone through in blocks besides:
what softmax makes of a block stays in the processor's cache. Other heads compute their chunks twice.

Shapes: N supervised positions, D hidden size, V words, B words of a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch

CHUNK_BYTES = 2**27
"""Logits held at once: 667 positions of GPT-2's vocabulary in float32, twice as many in bfloat16."""
WHOLE_BYTES = 2**25
"""Logits in float32 that autograd takes as a whole: up to there that is as fast, though it holds three of them."""
BLOCK_WORDS = 2048
"""Words whose gradients are computed at once."""
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
        parts = _chunks(len(targets_N), split.vocabulary)
        chunks = [nll(split.head(hidden_ND[part]), targets_N[part]) for part in parts]
    return torch.cat(chunks) if chunks else hidden_ND.new_zeros(0, dtype=torch.float32)


def total_nll(split: SplitModel, hidden_ND: torch.Tensor, targets_N: torch.Tensor) -> torch.Tensor:
    """The sum of the positions' NLL: a scalar with a gradient to the hidden states and the head's trained weights."""
    import torch
    from torch.utils.checkpoint import checkpoint

    if 4 * len(targets_N) * split.vocabulary <= WHOLE_BYTES:
        return nll(split.head(hidden_ND), targets_N).sum()
    if type(split.head) is torch.nn.Linear:
        found: torch.Tensor = _linear_nll_function().apply(hidden_ND, targets_N, split.head.weight, split.head.bias)
        return found

    def of_chunk(chunk_ND: torch.Tensor, chunk_targets_N: torch.Tensor) -> torch.Tensor:
        return nll(split.head(chunk_ND), chunk_targets_N).sum()

    total = hidden_ND.new_zeros((), dtype=torch.float32)
    for part in _chunks(len(targets_N), split.vocabulary):
        total = total + checkpoint(of_chunk, hidden_ND[part], targets_N[part], use_reentrant=False)
    return total


@cache
def _linear_nll_function() -> Any:
    """The autograd function of `total_nll` for a linear head; made when needed: importing this file loads no torch."""
    import torch

    class LinearNll(torch.autograd.Function):
        """Gradients are made on the way forward and scaled on the way back."""

        @staticmethod
        def forward(ctx: Any, hidden_ND: Any, targets_N: Any, weight_VD: Any, bias_V: Any) -> Any:
            wanted, device = ctx.needs_input_grad, hidden_ND.device.type
            dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else weight_VD.dtype
            inputs_ND, weights_VD = hidden_ND.to(dtype), weight_VD.to(dtype)
            biases_V = None if bias_V is None else bias_V.to(dtype)
            total = hidden_ND.new_zeros((), dtype=torch.float32)
            by_hidden_ND = torch.zeros_like(hidden_ND) if wanted[0] else None
            by_weight_VD = torch.empty_like(weight_VD) if wanted[2] else None
            by_bias_V = torch.zeros_like(bias_V) if wanted[3] else None
            for chunk in _chunks(len(targets_N), len(weight_VD), dtype.itemsize):
                rows_ND, columns_N = inputs_ND[chunk], targets_N[chunk]
                softmax = _Softmax(rows_ND, weights_VD, biases_V, columns_N)
                total += softmax.nll
                for block, gradient_NB in softmax.gradients():
                    if by_hidden_ND is not None:
                        by_hidden_ND[chunk] += gradient_NB @ weights_VD[block]
                    if by_weight_VD is not None:
                        by_block_BD = gradient_NB.T @ rows_ND
                        by_weight_VD[block] = by_block_BD if chunk.start == 0 else by_weight_VD[block] + by_block_BD
                    if by_bias_V is not None:
                        by_bias_V[block] += gradient_NB.sum(dim=0)
            ctx.gradients = [by_hidden_ND, None, by_weight_VD, by_bias_V]
            return total

        @staticmethod
        def backward(ctx: Any, *outer: Any) -> Any:
            scaled = [None if gradient is None else gradient.mul_(outer[0]) for gradient in ctx.gradients]
            ctx.gradients = None
            return tuple(scaled)

    return LinearNll


class _Softmax:
    """The softmax of a linear head's logits, block by block: kept as the powers over each block's largest.

    By hand it takes fewer passes over the largest tensor than autograd's.
    """

    def __init__(self, rows_ND: Any, weight_VD: Any, bias_V: Any, columns_N: Any) -> None:
        import torch

        self.columns_N, self.blocks = columns_N, list(_blocks(len(weight_VD)))
        self.powers: list[Any] = []
        sums, maxima = [], []
        at_target = rows_ND.new_zeros((), dtype=torch.float32)
        for block in self.blocks:
            logits_NB = torch.nn.functional.linear(rows_ND, weight_VD[block], None if bias_V is None else bias_V[block])
            exact_NB = logits_NB.float()
            at_target = at_target + exact_NB[self._targets(block)].sum()
            maxima.append(exact_NB.amax(dim=1))
            powers_NB = exact_NB.sub_(maxima[-1][:, None]).exp_()
            sums.append(powers_NB.sum(dim=1))
            self.powers.append(powers_NB.to(rows_ND.dtype))
        self.maxima_KN = torch.stack(maxima)
        self.log_sum_N = (torch.stack(sums).log() + self.maxima_KN).logsumexp(dim=0)
        self.nll = self.log_sum_N.sum() - at_target
        """In all."""

    def gradients(self) -> Iterator[tuple[slice, Any]]:
        """Each block and the gradient of `nll` by its logits: the softmax, less one at the target."""
        for block, powers_NB, maximum_N in zip(self.blocks, self.powers, self.maxima_KN, strict=True):
            gradient_NB = powers_NB.mul_((maximum_N - self.log_sum_N).exp_()[:, None])
            gradient_NB[self._targets(block)] -= 1
            yield block, gradient_NB

    def _targets(self, block: slice) -> tuple[Any, Any]:
        """Where the targets are that are in a block: rows, and columns of the block."""
        columns_N = self.columns_N - block.start
        (rows_n,) = ((columns_N >= 0) & (columns_N < block.stop - block.start)).nonzero(as_tuple=True)
        return rows_n, columns_N[rows_n]


def _blocks(words: int) -> Iterator[slice]:
    for start in range(0, words, BLOCK_WORDS):
        yield slice(start, min(start + BLOCK_WORDS, words))


def _chunks(positions: int, vocabulary: int, logit_bytes: int = 4) -> Iterator[slice]:
    size = max(1, CHUNK_BYTES // (logit_bytes * vocabulary))
    for start in range(0, positions, size):
        yield slice(start, start + size)
