"""Negative log-likelihood of documents under a model: the one way it is computed, for training curves and evaluation.

Documents are batched by length and padded on the right, where a causal model can't see it; sums are kept in float64
over documents, so that the result doesn't depend on the batch size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tasks.documents import IGNORE_INDEX, Document, num_supervised
from tasks.packing import collate

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


def summed_nll(model: Any, documents: Sequence[Document], rows: Sequence[Sequence[int]], pad_id: int) -> Any:
    """The NLL at every position of packed rows, 0 where nothing is learned: a tensor of shape (R, L - 1)."""
    import torch

    packed = collate(documents, rows, pad_id)
    mask_R1LL = packed.attention_mask_R1LL
    logits_RLV = model(
        input_ids=packed.input_ids_RL.to(model.device),
        position_ids=packed.position_ids_RL.to(model.device),
        attention_mask=None if mask_R1LL is None else mask_R1LL.to(model.device),
        use_cache=False,
    ).logits
    targets_RL = packed.labels_RL[:, 1:].to(model.device)
    return torch.nn.functional.cross_entropy(
        logits_RLV[:, :-1].float().transpose(1, 2), targets_RL, ignore_index=IGNORE_INDEX, reduction="none"
    )


def document_likelihood(
    model: Any, documents: Sequence[Document], pad_id: int, batch_tokens: int = EVALUATION_TOKENS
) -> DocumentLikelihood:
    """The NLL of each document on its own, from its first token on (the first token itself has no predecessor)."""
    import torch

    order = sorted(range(len(documents)), key=lambda index: len(documents[index].input_ids))
    nll_sum = np.zeros(len(documents))
    num_tokens = np.array([num_supervised(document) for document in documents], dtype=np.int64)
    with torch.inference_mode():
        for batch in _batches(order, documents, batch_tokens):
            nll_RL = summed_nll(model, documents, [[index] for index in batch], pad_id)
            nll_sum[batch] = nll_RL.double().sum(dim=1).cpu().numpy()
    return DocumentLikelihood(nll_sum, num_tokens)


def _batches(order: Sequence[int], documents: Sequence[Document], batch_tokens: int) -> list[list[int]]:
    batches: list[list[int]] = []
    for index in order:
        length = len(documents[index].input_ids)
        if not batches or (len(batches[-1]) + 1) * length > batch_tokens:
            batches.append([])
        batches[-1].append(index)
    return batches
