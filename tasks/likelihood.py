"""Negative log-likelihood of documents under a model: the one way it is computed, for training curves and evaluation.

Documents are batched by length and padded on the right, where a causal model can't see it; sums are kept in float64
over documents, so that the result doesn't depend on the batch size. Logits are computed at supervised positions only,
a chunk at a time (`tasks.output_head`); packing may lay several documents in a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tasks.document_attention import attends_by_document
from tasks.documents import IGNORE_INDEX, Document, num_supervised
from tasks.output_head import SplitModel, nll, position_nll, split_at_head, total_nll
from tasks.packing import PackedRows, collate

EVALUATION_TOKENS = 8192
"""Tokens a batch, padding included."""


class DocumentLikelihood(NamedTuple):
    """One number a document, in the order given."""

    nll_sum: np.ndarray[Any, Any]
    """Nats over the document's supervised tokens, shape (num_documents,), float64."""
    num_tokens: np.ndarray[Any, Any]
    """Supervised tokens, shape (num_documents,), int64."""

    @property
    def nll(self) -> float:
        """Token-weighted mean, nats a token."""
        return float(self.nll_sum.sum() / max(1, self.num_tokens.sum()))


def summed_nll(
    model: Any, split: SplitModel | None, documents: Sequence[Document], rows: Sequence[Sequence[int]], pad_id: int
) -> Any:
    """The NLL of packed rows' supervised tokens in all: a scalar with a gradient, nats.

    Args:
        model: In the mode it is to run in.
        split: Of `split_at_head`; None computes all logits at once.
        documents: What the rows hold.
        rows: Indices of documents.
        pad_id: Fills rows up.
    """
    packed = collate(documents, rows, pad_id)
    targets_RL, learned_RL = _targets(model, packed)
    if split is None:
        return nll(_logits(model, packed)[learned_RL], targets_RL[learned_RL]).sum()
    return total_nll(split, _hidden(model, split, packed)[learned_RL], targets_RL[learned_RL])


def document_likelihood(
    model: Any, documents: Sequence[Document], pad_id: int, batch_tokens: int = EVALUATION_TOKENS
) -> DocumentLikelihood:
    """The NLL of each document on its own, from its first token on (the first token itself has no predecessor)."""
    import torch

    order = sorted(range(len(documents)), key=lambda index: len(documents[index].input_ids))
    nll_sum = np.zeros(len(documents))
    num_tokens = np.array([num_supervised(document) for document in documents], dtype=np.int64)
    split = split_at_head(model)
    with torch.inference_mode():
        for batch in _batches(order, documents, batch_tokens):
            nll_RL = position_losses(model, split, collate(documents, [[index] for index in batch], pad_id))
            nll_sum[batch] = nll_RL.cpu().double().sum(dim=1).numpy()  # MPS has no float64
    return DocumentLikelihood(nll_sum, num_tokens)


def position_losses(model: Any, split: SplitModel | None, packed: PackedRows) -> Any:
    """The NLL at every position, 0 where nothing is learned: shape (R, L - 1)."""
    import torch

    targets_RL, learned_RL = _targets(model, packed)
    if split is None:
        nll_N = nll(_logits(model, packed)[learned_RL], targets_RL[learned_RL])
    else:
        nll_N = position_nll(split, _hidden(model, split, packed)[learned_RL], targets_RL[learned_RL])
    nll_RL = torch.zeros(targets_RL.shape, device=model.device)
    nll_RL[learned_RL] = nll_N
    return nll_RL


def _targets(model: Any, packed: PackedRows) -> tuple[Any, Any]:
    """The token that each position predicts, and whether it is learned: both (R, L - 1)."""
    targets_RL = packed.labels_RL[:, 1:].to(model.device)
    return targets_RL, targets_RL != IGNORE_INDEX


def _logits(model: Any, packed: PackedRows) -> Any:
    return model(**_inputs(model, packed)).logits[:, :-1]


def _hidden(model: Any, split: SplitModel, packed: PackedRows) -> Any:
    return split.decoder(**_inputs(model, packed)).last_hidden_state[:, :-1]


def _inputs(model: Any, packed: PackedRows) -> dict[str, Any]:
    inputs = {
        "input_ids": packed.input_ids_RL.to(model.device),
        "position_ids": packed.position_ids_RL.to(model.device),
        "use_cache": False,
    }
    if packed.is_packed and attends_by_document(model):
        return inputs | {"document_lengths": packed.document_lengths}
    mask_R1LL = packed.attention_mask_R1LL
    return inputs | {"attention_mask": None if mask_R1LL is None else mask_R1LL.to(model.device)}


def _batches(order: Sequence[int], documents: Sequence[Document], batch_tokens: int) -> list[list[int]]:
    batches: list[list[int]] = []
    for index in order:
        length = len(documents[index].input_ids)
        if not batches or (len(batches[-1]) + 1) * length > batch_tokens:
            batches.append([])
        batches[-1].append(index)
    return batches
