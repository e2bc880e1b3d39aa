"""The `scores` artifact as evaluation writes it and the comparison reads it.

scores.json                                figures with intervals, and what the model wrote
holdout.parquet, general.parquet, files.parquet
                                           row_id, nll_sum (nats), num_tokens, num_bytes, a row a document
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from tasks.errors import ArtifactError
from tasks.tables import write_table

SCORES_FORMAT = 2


def read_scores(folder: Path) -> dict[str, Any]:
    """`scores.json`.

    Raises:
        ArtifactError: It was written in another format.
    """
    scores: dict[str, Any] = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    if scores["format"] != SCORES_FORMAT:
        raise ArtifactError(
            f"scores of format {scores['format']}; this version reads {SCORES_FORMAT}: run the recipe again"
        )
    return scores


def write_measured(measured: pd.DataFrame, path: Path) -> None:
    """Write documents that were measured."""
    write_table(pa.Table.from_pandas(measured, preserve_index=False), path)


def read_measured(path: Path) -> pd.DataFrame | None:
    """The documents that were measured; None where nothing of the kind was."""
    return pd.read_parquet(path) if path.exists() else None


def read_holdout(folder: Path) -> pd.DataFrame:
    """The held-out rows that were measured."""
    return pd.read_parquet(folder / "holdout.parquet")
