"""One model's scores: the likelihood of held-out and training rows, general text and named files."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import pandas as pd

from tasks.evaluation.config import EvaluationConfig
from tasks.evaluation.likelihood import Texts, measure, summary
from tasks.evaluation.named_texts import file_texts, general_texts
from tasks.tokenized import TokenizedRows, Tokens


class Scores(NamedTuple):
    """What was found."""

    facts: dict[str, Any]
    """For `scores.json`."""
    measured: dict[str, pd.DataFrame]
    """Document by document: `holdout`, and where they are measured `general` and `files` (with a column `file`)."""


def score_model(model: Any, tokenizer: Any, tokens: Tokens, config: EvaluationConfig) -> Scores:
    """Measure a model's likelihoods; all models are measured by this same function on the same documents."""
    settings, pad_id = config.settings, tokens.facts["pad_id"]

    def measured(texts: Texts) -> pd.DataFrame:
        return measure(model, tokenizer, texts, pad_id)

    tables = {"holdout": measured(rows_of(tokens.holdout))}
    train = measured(rows_of(tokens.train, len(tokens.holdout)))
    if settings.general is not None:
        tables["general"] = measured(general_texts(tokenizer, settings.general, tokens.facts["max_seq_len"]))
    files = {file.name: measured(file_texts(tokenizer, file, config.prompt, tokens.facts)) for file in settings.files}
    if files:
        tables["files"] = pd.concat([table.assign(file=name) for name, table in files.items()], ignore_index=True)
    facts = {
        "holdout": summary(tables["holdout"]),
        "train": summary(train),
        "general": summary(tables["general"]) if "general" in tables else None,
        "files": {name: summary(table) for name, table in files.items()},
    }
    if settings.lm_eval is not None:
        from tasks.evaluation.harness import harness_scores

        facts["lm_eval"] = harness_scores(model, tokenizer, settings.lm_eval)
    return Scores(facts, tables)


def rows_of(split: TokenizedRows, at_most: int | None = None) -> Texts:
    """A split's rows, or the part that their row ids' hashes choose: whatever is appended, few of them change."""
    row_ids = split.row_ids
    chosen = list(range(len(row_ids)))
    if at_most is not None and at_most < len(row_ids):
        chosen = sorted(sorted(chosen, key=lambda row: hashlib.sha256(row_ids[row].encode()).digest())[:at_most])
    return Texts([row_ids[row] for row in chosen], [split[row] for row in chosen])
