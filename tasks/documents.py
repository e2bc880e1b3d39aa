"""A tokenized row: what tokenization makes, and training and evaluation read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

IGNORE_INDEX = -100
"""The label of a token that is not learned; torch's own default."""


class Document(NamedTuple):
    """One tokenized row."""

    input_ids: Sequence[int]
    labels: Sequence[int]
    """As `input_ids`, with `IGNORE_INDEX` where nothing is to be learned."""


def num_supervised(document: Document) -> int:
    """Tokens of a document that are predicted and learned; its first token has no predecessor."""
    return int(np.count_nonzero(np.asarray(document.labels[1:]) != IGNORE_INDEX))
