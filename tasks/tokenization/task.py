"""The tokenization stage: accepted rows and a base's tokenizer in, tokens out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from prefect import task

from tasks import home, progress
from tasks.artifacts import ArtifactRef
from tasks.caching import stage_options
from tasks.tokenization.config import TokenizationConfig

if TYPE_CHECKING:
    import pandas as pd

    from tasks.tokenized import Tokens


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


def peek_tokens(config: TokenizationConfig, rows: pd.DataFrame, base: ArtifactRef, holdout_fraction: float) -> Tokens:
    """Rows' documents without keeping them, for a plan.

    Args:
        config: Prompt format and lengths.
        rows: `row_id` and the canonical columns; without a `split`, every so many a row is held out.
        base: The model whose tokenizer is used.
        holdout_fraction: Of rows that have no `split`.

    Raises:
        TokenizationError: The tokenizer breaks its contract.
    """
    from tasks.base_files import base_folder
    from tasks.tokenization.tokenize_rows import tokenize_accepted
    from tasks.tokenized import Tokens

    if "split" not in rows:
        every = max(2, round(1 / holdout_fraction))
        held = [number % every == every - 1 for number in range(len(rows))]
        rows = rows.assign(split=["holdout" if is_held else "train" for is_held in held])
    splits, facts = tokenize_accepted(rows, config, base_folder(base), lambda done, total: None)
    train: Any = splits["train"][1]
    holdout: Any = splits["holdout"][1]
    return Tokens(train, holdout, facts)


def show_tokens(
    config: TokenizationConfig, rows: list[dict[str, str | None]], base: ArtifactRef
) -> list[dict[str, Any]]:
    """Rows token by token: `row_id` and `tokens`, each with its `text`, `id` and whether it is `supervised`."""
    from tasks.base_files import base_folder
    from tasks.tokenization.preview import preview

    return preview(config, rows, base_folder(base))
