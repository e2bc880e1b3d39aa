"""How well a model predicts held-out rows and general text.

Perplexity is computed from the NLL where it is written, so the two can't contradict each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tasks.documents import Document
from tasks.errors import SourceError
from tasks.likelihood import DocumentLikelihood, document_likelihood


def summary(likelihood: DocumentLikelihood) -> dict[str, float]:
    """Token-weighted NLL (nats a token), its perplexity, and what it was measured on."""
    return {
        "nll": likelihood.nll,
        "perplexity": math.exp(likelihood.nll),
        "tokens": int(likelihood.num_tokens.sum()),
        "rows": len(likelihood.num_tokens),
    }


def general_likelihood(
    model: Any, tokenizer: Any, path: Path, *, max_paragraphs: int, max_seq_len: int, pad_id: int
) -> DocumentLikelihood:
    """The NLL of a plain text's paragraphs, each cut to `max_seq_len` tokens and without an end token.

    Raises:
        SourceError: The file holds no paragraph of two tokens.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n") if part.strip()][:max_paragraphs]
    documents = [
        _document(tokenizer(part, split_special_tokens=True, verbose=False)["input_ids"][:max_seq_len])
        for part in paragraphs
    ]
    documents = [document for document in documents if len(document.input_ids) > 1]
    if not documents:
        raise SourceError(f"evaluation.general.path: {path} holds no paragraph of text")
    return document_likelihood(model, documents, pad_id)


def _document(input_ids: Sequence[int]) -> Document:
    return Document(input_ids, input_ids)
