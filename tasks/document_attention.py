"""Attention one document at a time: what packed rows need on a processor.

A row of 512 tokens may hold a dozen documents; a masked kernel computes all pairs of its positions and then ignores
most. Here each document's part is cut out and attended alone, without a mask, which is exact for any architecture that
hands its keyword arguments on to transformers' attention. A few tokens tell whether one does; the others keep the mask.
On a graphics card one masked kernel beats many small ones, so nothing changes there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

BY_DOCUMENT = "by_document"
"""The name that it has among transformers' attention functions."""
FIRST, SECOND = ((3, 4, 5, 6), (6, 5, 4, 3)), (7, 8, 9)
"""Ids of the documents that are tried."""


def attends_by_document(model: Any) -> bool:
    """Whether the model takes `document_lengths` instead of a mask."""
    return bool(model.config._attn_implementation == BY_DOCUMENT)


def attend_by_document(model: Any) -> None:
    """Switch a model over, where it is on a processor (or has no weights yet) and keeps documents apart."""
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

    before = model.config._attn_implementation
    if before != "sdpa" or model.device.type not in ("cpu", "meta"):
        return
    AttentionInterface.register(BY_DOCUMENT, attention_by_document)
    AttentionMaskInterface.register(BY_DOCUMENT, sdpa_mask)
    model.set_attn_implementation(BY_DOCUMENT)
    if model.device.type != "meta" and not _is_kept_apart(model):
        model.set_attn_implementation(before)


def _is_kept_apart(model: Any) -> bool:
    """Whether a document's hidden states don't depend on the one before it.

    Positions go on from one to the other, so that transformers' own detection of boundaries has nothing to go by.
    """
    import torch

    decoder = getattr(model, model.base_model_prefix)
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            one, other = (
                decoder(
                    input_ids=torch.tensor([[*first, *SECOND]]),
                    position_ids=torch.arange(len(first) + len(SECOND))[None],
                    document_lengths=[[len(first), len(SECOND)]],
                    use_cache=False,
                ).last_hidden_state[:, len(first) :]
                for first in FIRST
            )
    except (TypeError, ValueError):
        return False  # it takes no such argument
    finally:
        for module, training in modes:
            module.training = training
    return torch.equal(one, other)


def attention_by_document(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,
    document_lengths: Sequence[Sequence[int]] | None = None,
    **settings: Any,
) -> tuple[Any, None]:
    """Attention inside each document, as transformers calls it; without `document_lengths` its usual one.

    In float32 also where autocast is on: on a processor small products are faster in it.

    Args:
        module: The attention module.
        query: Shape (R, heads, L, width of a head); so are `key` and `value`, with their own heads.
        key: See above.
        value: See above.
        attention_mask: Only read without `document_lengths`.
        document_lengths: Tokens of each row's documents in order; what is left of a row is padding.
        settings: Passed on: dropout, scaling.

    Returns:
        Shape (R, L, heads, width of a head), and no weights.
    """
    import torch
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    if document_lengths is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **settings)
    settings["is_causal"] = True
    attended = []
    with torch.autocast(query.device.type, enabled=False):
        for row, lengths in enumerate(document_lengths):
            sizes = [*lengths, query.shape[2] - sum(lengths)]
            parts = zip(
                *(whole[row : row + 1].float().split(sizes, dim=2) for whole in (query, key, value)), strict=True
            )
            pieces = [
                sdpa_attention_forward(module, q, k, v, None, **settings)[0] if q.shape[2] else q.transpose(1, 2)
                for q, k, v in parts
            ]
            attended.append(torch.cat(pieces, dim=1))
        return torch.cat(attended).to(query.dtype), None
