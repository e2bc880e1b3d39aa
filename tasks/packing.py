"""Packing: many documents in one row, so that almost no computing goes into padding.

The documents of one optimizer step are dealt into as few rows as fit, evenly: a batch means the same documents and the
same loss whether it is packed or not, and the price is only the uneven ends of its rows. Each document attends to
itself alone, by attention over one document at a time where the model has it (`tasks.training.kernels`), else through
an explicit block-diagonal mask, and its positions start at 0; transformers' own boundary detection from `position_ids`
is wrong for OPT, both of these are right for every architecture.

Shapes: R rows, L tokens a row.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tasks.documents import IGNORE_INDEX, Document

if TYPE_CHECKING:
    import torch

ROW_TOKENS = 512
"""Attention over a row of 512 costs a GPT-2 small about a tenth of its arithmetic; shorter rows pad more."""


class PackedRows(NamedTuple):
    """Model inputs."""

    input_ids_RL: torch.Tensor
    labels_RL: torch.Tensor
    position_ids_RL: torch.Tensor
    document_lengths: list[list[int]]
    """Tokens of each row's documents, in order."""

    @property
    def is_packed(self) -> bool:
        """Whether a row holds more than one document; where none does, causal order suffices."""
        return any(len(lengths) > 1 for lengths in self.document_lengths)

    @property
    def attention_mask_R1LL(self) -> torch.Tensor | None:
        """True where a position may see another: its own document's past; padding sees padding. None: not packed."""
        import torch

        if not self.is_packed:
            return None
        row_length = self.input_ids_RL.shape[1]
        owners = [
            torch.repeat_interleave(torch.tensor([*lengths, row_length - sum(lengths)]))
            for lengths in self.document_lengths
        ]
        owner_RL = torch.stack(owners)
        same_RLL = owner_RL[:, :, None] == owner_RL[:, None, :]
        return (same_RLL & torch.ones(row_length, row_length, dtype=torch.bool).tril())[:, None]


def pack_evenly(lengths: Sequence[int], row_tokens: int = ROW_TOKENS) -> list[list[int]]:
    """Deal documents into rows of about `row_tokens` tokens, each in turn to the emptiest row, longest first.

    Never splits a document. Rows end up nearly equal, so that padding to the longest costs little. A row may be longer
    than the model's context: positions start again with each document.

    Args:
        lengths: Tokens per document, shape (num_documents,), each >= 1.
        row_tokens: Tokens a row should hold. Longer rows pad less and attend over more.

    Returns:
        Rows of document indices. Every index appears exactly once.

    Source: longest processing time first, Graham (1969).
    """
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    rows: list[list[int]] = [[] for _ in range(max(1, round(sum(lengths) / row_tokens)))]
    loads = [(0, row) for row in range(len(rows))]
    for index in order:
        load, row = heapq.heappop(loads)
        rows[row].append(index)
        heapq.heappush(loads, (load + lengths[index], row))
    return [row for row in rows if row]


def collate(documents: Sequence[Document], rows: Sequence[Sequence[int]], pad_id: int) -> PackedRows:
    """Lay documents out in rows of equal length.

    Padding carries `pad_id`, is never a label, and is told apart by length: an end token that doubles as padding
    is still learned.
    """
    import numpy as np
    import torch

    def as_tensor(values: Sequence[int]) -> torch.Tensor:
        return torch.as_tensor(np.asarray(values, dtype=np.int64))

    length = max(sum(len(documents[index].input_ids) for index in row) for row in rows)
    input_ids_RL = torch.full((len(rows), length), pad_id)
    labels_RL = torch.full((len(rows), length), IGNORE_INDEX)
    position_ids_RL = torch.zeros((len(rows), length), dtype=torch.long)
    for number, row in enumerate(rows):
        start = 0
        for index in row:
            document = documents[index]
            end = start + len(document.input_ids)
            input_ids_RL[number, start:end] = as_tensor(document.input_ids)
            labels_RL[number, start:end] = as_tensor(document.labels)
            position_ids_RL[number, start:end] = torch.arange(end - start)
            labels_RL[number, start] = IGNORE_INDEX  # its predecessor is another document
            start = end
    document_lengths = [[len(documents[index].input_ids) for index in row] for row in rows]
    return PackedRows(input_ids_RL, labels_RL, position_ids_RL, document_lengths)
