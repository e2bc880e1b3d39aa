"""Attention one document at a time: what packed rows need on a processor.

A row of 512 tokens may hold a dozen documents; a masked kernel computes all pairs of its positions and then ignores
most. Here documents of similar length are laid beside each other, filled up on the right where a causal model can't see
it, and attended without a mask: a kernel a length, not a document. That is exact for any architecture that hands its
keyword arguments on to transformers' attention. A few tokens tell whether one does; the others keep the mask.
On a graphics card one masked kernel beats many small ones, so nothing changes there.

Shapes: N tokens of a micro-batch in order, M places they are laid into, D documents of one group.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

BY_DOCUMENT = "by_document"
"""The name that it has among transformers' attention functions."""
FIRST, SECOND = ((3, 4, 5, 6), (6, 5, 4, 3)), (7, 8, 9)
"""Ids of the documents that are tried."""
SIMILAR = 0.7
"""Shortest of a group's documents as a share of its longest: an eighth of the places are filling, on average."""

Ints = npt.NDArray[np.int64]


class Layout(NamedTuple):
    """Where tokens are laid for attention."""

    tokens: Ints
    """The token at each place, shape (M,); filling repeats its document's last one."""
    places: Ints
    """The place of each token, shape (N,)."""
    filling: Ints
    """The places that are filling."""
    groups: tuple[tuple[int, int], ...]
    """Documents and length of each group, one after the other."""


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
    num_rows, _, row_length, _ = query.shape
    layout = lay_out(tuple(map(tuple, document_lengths)), row_length)
    tokens, places, filling = (torch.from_numpy(part).to(query.device) for part in layout[:3])
    sizes = [documents * length for documents, length in layout.groups]
    settings["is_causal"] = True
    with torch.autocast(query.device.type, enabled=False):
        laid = [
            _moved(whole.transpose(1, 2).flatten(0, 1), tokens, places).float().split(sizes)
            for whole in (query, key, value)
        ]
        attended = []
        for group, *parts in zip(layout.groups, *laid, strict=True):
            q, k, v = (part.unflatten(0, group).transpose(1, 2) for part in parts)
            attended.append(sdpa_attention_forward(module, q, k, v, None, **settings)[0].flatten(0, 1))
        back = _moved(torch.cat(attended), places, tokens, filling)
        return back.unflatten(0, (num_rows, row_length)).to(query.dtype), None


@lru_cache(maxsize=8)
def lay_out(document_lengths: tuple[tuple[int, ...], ...], row_length: int) -> Layout:
    """Lay documents beside others of similar length; what fills a row up counts as a document of its own.

    Args:
        document_lengths: Tokens of each row's documents in order.
        row_length: Of all rows.
    """
    lengths = [length for row in document_lengths for length in (*row, row_length - sum(row)) if length]
    starts = np.cumsum([0, *lengths])[:-1]
    order = sorted(range(len(lengths)), key=lambda document: -lengths[document])
    grouped: list[list[int]] = []
    for document in order:
        if not grouped or lengths[document] < SIMILAR * lengths[grouped[-1][0]]:
            grouped.append([])
        grouped[-1].append(document)
    groups = tuple((len(group), lengths[group[0]]) for group in grouped)
    within = np.concatenate([np.tile(np.arange(length), documents) for documents, length in groups])
    longest = np.repeat([lengths[group[0]] for group in grouped], [len(group) for group in grouped])
    own_length = np.repeat([lengths[document] for document in order], longest)
    tokens = np.repeat(starts[order], longest) + np.minimum(within, own_length - 1)
    is_filling = within >= own_length
    places = np.empty(sum(lengths), np.int64)
    places[tokens[~is_filling]] = np.flatnonzero(~is_filling)
    return Layout(tokens, places, np.flatnonzero(is_filling), groups)


def _moved(whole: Any, taken: Any, given: Any, filling: Any = None) -> Any:
    """Some rows of a matrix by number, the inverse known: without it a gradient would be summed row by row."""
    return _move().apply(whole, taken, given, filling)


@cache
def _move() -> Any:
    import torch

    class Move(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, whole: Any, taken: Any, given: Any, filling: Any) -> Any:
            ctx.save_for_backward(given, filling)
            return whole.index_select(0, taken)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            given, filling = ctx.saved_tensors
            moved = gradient.index_select(0, given)
            return moved if filling is None else moved.index_fill_(0, filling, 0.0), None, None, None

    return Move
