"""How well a model predicts documents: nats a token, and what follows from them.

Perplexity and bits per byte are computed from the NLL where they are written, so that no two figures can contradict
each other. Bits per byte compare across tokenizers, a token's NLL doesn't.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tasks.documents import IGNORE_INDEX, Document
from tasks.evaluation.intervals import CONFIDENCE, percentile_interval, resampled_sums
from tasks.likelihood import document_likelihood


class Texts(NamedTuple):
    """Documents to measure a model on."""

    ids: list[str]
    """Row ids, or numbers where documents have none; the same for every tokenizer."""
    documents: list[Document]


def measure(model: Any, tokenizer: Any, texts: Texts, pad_id: int) -> pd.DataFrame:
    """Each document on its own: `row_id`, `nll_sum` (nats), `num_tokens`, `num_bytes` (UTF-8) of what is predicted."""
    found = document_likelihood(model, texts.documents, pad_id)
    return pd.DataFrame(
        {
            "row_id": pd.Series(texts.ids, dtype="str"),
            "nll_sum": found.nll_sum,
            "num_tokens": found.num_tokens,
            "num_bytes": np.array(predicted_bytes(tokenizer, texts.documents), np.int64),
        }
    )


def predicted_bytes(tokenizer: Any, documents: Sequence[Document]) -> list[int]:
    """UTF-8 bytes of each document's supervised tokens: the whole text's less those of what is given.

    The end token is predicted and stands for no byte. A character whose bytes are divided between the two may count
    for two bytes more or less.
    """

    def sizes(ids: list[list[int]]) -> list[int]:
        texts = tokenizer.batch_decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return [len(text.encode()) for text in texts]

    whole = sizes([list(map(int, document.input_ids)) for document in documents])
    given = sizes([list(map(int, document.input_ids[: _num_given(document)])) for document in documents])
    return [max(0, size - head) for size, head in zip(whole, given, strict=True)]


def _num_given(document: Document) -> int:
    """Tokens before the first that is predicted."""
    supervised = np.flatnonzero(np.asarray(document.labels[1:]) != IGNORE_INDEX)
    return int(supervised[0]) + 1 if len(supervised) else len(document.labels)


def summary(measured: pd.DataFrame) -> dict[str, Any]:
    """The figures of documents that were measured, each with its interval over documents."""
    nll, tokens, size = (measured[name].sum() for name in ("nll_sum", "num_tokens", "num_bytes"))
    sums = resampled_sums([measured["nll_sum"], measured["num_tokens"], measured["num_bytes"]])
    interval = percentile_interval(sums[:, 0] / np.maximum(1, sums[:, 1]))
    mean = float(nll) / max(1, int(tokens))
    return {
        "nll": mean,
        "perplexity": perplexity(mean),
        "bits_per_byte": bits_per_byte(float(nll), int(size)),
        "tokens": int(tokens),
        "bytes": int(size),
        "rows": len(measured),
        "interval": {
            "nll": interval,
            "perplexity": [perplexity(value) for value in interval],
            "bits_per_byte": percentile_interval(sums[:, 0] / np.maximum(1, sums[:, 2]) / math.log(2)),
            "confidence": CONFIDENCE,
        },
    }


def perplexity(nll: float) -> float:
    """exp(NLL), with NLL in nats a token."""
    return math.exp(min(nll, MAX_NLL))


def bits_per_byte(nll_sum: float, num_bytes: int) -> float:
    """Nats over a text as bits over its UTF-8 bytes."""
    return nll_sum / max(1, num_bytes) / math.log(2)


MAX_NLL = 700.0
"""Nats a token beyond which exp would overflow; a model this wrong is broken."""
