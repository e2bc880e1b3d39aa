"""How likely each row's text is under the base model: the odd ones out are often not what the rest of the data is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tasks.base_limits import max_length
from tasks.base_model import load_model, on_best_device
from tasks.base_tokenizer import load_tokenizer
from tasks.documents import Document
from tasks.likelihood import document_likelihood
from tasks.validation.shards import read_shard
from tasks.validation.text_column import Bools, Floats

MAX_TOKENS = 512
"""What is read of a text: enough to tell, and a long one costs no more than this."""


def base_nll(rows: Path, columns: Sequence[str], chosen: Bools, base: Path) -> Floats:
    """The NLL of each chosen row's text under a base model, nats a token; NaN elsewhere and below two tokens.

    Args:
        rows: `rows.parquet`.
        columns: The text columns; a row's text is their values, a line each.
        chosen: Shape (num_rows,).
        base: The base model's folder.
    """
    import pyarrow.parquet as pq

    tokenizer, model = load_tokenizer(base), on_best_device(load_model(base))
    limit = min(MAX_TOKENS, max_length(model.config.to_dict()))
    found = np.full(len(chosen), np.nan)
    start = 0
    for shard in range(pq.ParquetFile(rows).num_row_groups):
        table = read_shard(rows, shard)
        places = start + np.flatnonzero(chosen[start : start + len(table)])
        parts = [table[column].take(places - start).to_pylist() for column in columns]
        texts = ["\n".join(part for part in row if part) for row in zip(*parts, strict=True)]
        ids = [tokenizer(text, split_special_tokens=True, verbose=False)["input_ids"][:limit] for text in texts]
        long_enough = [index for index, tokens in enumerate(ids) if len(tokens) > 1]
        documents = [Document(ids[index], ids[index]) for index in long_enough]
        if documents:
            likelihood = document_likelihood(model, documents, tokenizer.pad_token_id or 0)
            found[places[long_enough]] = likelihood.nll_sum / likelihood.num_tokens
        start += len(table)
    return found
