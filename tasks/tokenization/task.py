"""The tokenization stage: accepted rows and a base's tokenizer in, tokens out."""

from __future__ import annotations

import time

from prefect import task

from tasks import home, progress
from tasks.artifacts import ArtifactRef
from tasks.caching import stage_options
from tasks.tokenization.config import TokenizationConfig


@task(name="tokenize-rows", **stage_options("tokenization"))
def tokenize_rows(config: TokenizationConfig, accepted: ArtifactRef, base: ArtifactRef) -> dict[str, ArtifactRef]:
    """Turn accepted rows into token ids and labels, an end token on each.

    Args:
        config: Prompt format and lengths.
        accepted: Rows with their split.
        base: The model whose tokenizer is used.
    """
    import pandas as pd

    from tasks.base_files import base_folder
    from tasks.tokenization.tokenize_rows import tokenize_accepted
    from tasks.tokenized import write_tokens

    started = time.perf_counter()
    store = home.store()
    rows = pd.read_parquet(store.open(accepted) / "accepted.parquet")
    splits, facts = tokenize_accepted(
        rows, config, base_folder(base), lambda done, total: progress.report("tokenization", done, total)
    )
    seconds = round(time.perf_counter() - started, 3)
    ref = store.put("tokens", lambda folder: write_tokens(folder, splits, facts), record={"seconds": seconds})
    return {"tokens": ref}
