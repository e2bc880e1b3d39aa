"""The arithmetic that a training step can't do without: what its speed is held against the machine's peak by.

A multiply and an add a weight on the way forward; on the way back the same again for the gradient of what went in, and
again for the gradient of a weight that is trained. So 6 a trained weight, which with 12 a pair of positions and unit of
width for attention is the count of model FLOPs utilisation (Chowdhery et al. 2022, arXiv:2204.02311, appendix B; the 6
is Kaplan et al. 2020, arXiv:2001.08361, section 2.1). What an implementation does besides (recomputation, padding,
masked positions) isn't counted. Here also left out, since it isn't needed: the way back below the lowest trained
weight, logits where nothing is learned, and attention across documents. Mixtures of experts are counted as if every
token passed all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tasks.documents import Document, num_supervised

FORWARD = 2
"""Operations a weight and token: a multiply and an add."""


class ModelFlops(NamedTuple):
    """Floating-point operations of forward and backward."""

    token: float
    """A token, without attention and head."""
    learned_token: float
    """A supervised token's logits."""
    pair: float
    """Two positions of one document, in all blocks; a document of n tokens has n²."""

    def of(self, documents: Sequence[Document]) -> float:
        """For one pass over some documents."""
        lengths = [len(document.input_ids) for document in documents]
        learned = sum(num_supervised(document) for document in documents)
        pairs = sum(length * length for length in lengths)
        return self.token * sum(lengths) + self.learned_token * learned + self.pair * pairs


def model_flops(model: Any) -> ModelFlops:
    """Count a model that is prepared for training: its `requires_grad` says what is trained.

    Args:
        model: A causal model of transformers, with or without peft's adapters.
    """
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    head = inner.get_output_embeddings()
    body, learned_token, back, forward, goes_back = 0.0, 0.0, 0.0, 0.0, False
    for name, module in sorted(model.named_modules(), key=_place):
        own = dict(module.named_parameters(recurse=False))
        goes_back = goes_back or any(weight.requires_grad for weight in own.values())
        matrix: Any = own.get("weight")
        if matrix is None or not _multiplies(name, module, matrix):
            continue
        passed_back = FORWARD * matrix.numel() if goes_back else 0
        learned = FORWARD * matrix.numel() if matrix.requires_grad else 0
        work = FORWARD * matrix.numel() + passed_back + learned
        if module is head:
            learned_token = work
        else:
            body, back, forward = body + work, back + passed_back, forward + FORWARD * matrix.numel()
    settings = inner.config.get_text_config()
    width = settings.num_attention_heads * (getattr(settings, "head_dim", None) or 0) or settings.hidden_size
    share_back = back / forward if forward else 0.0
    return ModelFlops(body, learned_token, (4 + 8 * share_back) * width * settings.num_hidden_layers)


def _place(named: tuple[str, Any]) -> int:
    """Where a module stands on the way forward; the blocks' own keep their order. (OPT lists its last norm first.)"""
    import torch

    name, module = named
    return 0 if isinstance(module, torch.nn.Embedding) else 1 if any(map(str.isdigit, name.split("."))) else 2


def _multiplies(name: str, module: Any, matrix: Any) -> bool:
    """Whether a module multiplies what passes through it by a matrix: a table of embeddings only looks up."""
    import torch

    is_replaced = "original_module" in name  # peft keeps what it trains a copy of
    return matrix.dim() == 2 and not isinstance(module, torch.nn.Embedding) and not is_replaced
