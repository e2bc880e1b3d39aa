"""Accepted rows into the two splits' documents, with everything counted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from tasks.base_limits import max_length
from tasks.base_tokenizer import load_tokenizer
from tasks.documents import Document, num_supervised
from tasks.encoding import encode_documents, fit
from tasks.errors import TokenizationError
from tasks.json_files import canonical_json
from tasks.prompt_format import check_columns, records, render
from tasks.tokenization.config import TokenizationConfig, TokenizationSettings
from tasks.tokenization.row_checks import literal_special_tokens, round_trip
from tasks.tokenization.special_tokens import special_tokens
from tasks.tokenized import SPLITS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

DEFAULT_MAX_SEQ_LEN = 1024

Splits = dict[str, tuple[list[str], list[Document]]]


def tokenize_accepted(
    accepted: pd.DataFrame, config: TokenizationConfig, base_folder: Path, report: Callable[[int, int], None]
) -> tuple[Splits, dict[str, Any]]:
    """Tokenize accepted rows.

    Args:
        accepted: Columns `row_id`, `split` and the canonical columns.
        config: Prompt format, length and what happens to longer rows.
        base_folder: The base whose tokenizer and limits apply.
        report: Told rows done and rows in all.

    Returns:
        Row ids and documents of each split, and the facts that go beside them.

    Raises:
        TokenizationError: The tokenizer breaks its contract, a length exceeds the base's, or no row is left.
    """
    check_columns(config.prompt, [name for name in accepted.columns if name not in ("row_id", "split")])
    model_config = json.loads((base_folder / "config.json").read_text(encoding="utf-8"))
    max_seq_len = row_length(config.settings, model_config)
    tokenizer = load_tokenizer(base_folder)
    special = special_tokens(tokenizer, int(model_config["vocab_size"]), config.settings.waive)
    splits: Splits = {}
    counts: dict[str, Any] = {}
    every_text: list[str] = []
    done = 0
    for split in SPLITS:
        rows = accepted[accepted["split"] == split]
        texts = [render(config.prompt, row) for row in records(rows)]
        every_text += [prompt + completion for prompt, completion in texts]
        documents = encode_documents(tokenizer, texts, special.end_id)
        kept, fitted = fit(documents, max_seq_len, config.settings.overlong)
        splits[split] = (_piece_ids(rows["row_id"].tolist(), kept), fitted)
        counts[split] = _counts(documents, kept, fitted, max_seq_len)
        done += len(rows)
        report(done, len(accepted))
    if not splits["train"][1] or not splits["holdout"][1]:
        train, holdout = (len(splits[split][1]) for split in ("train", "holdout"))
        of = {split: int((accepted["split"] == split).sum()) for split in SPLITS}
        raise TokenizationError(
            f"{train:,} of {of['train']:,} training rows and {holdout:,} of {of['holdout']:,} held-out rows are left "
            f"to learn from; at least one of each is needed\n"
            f"  left out are rows that have nothing to learn, and with tokenization.overlong=reject those of over "
            f"{max_seq_len:,} tokens; are source.format, source.unit and source.columns right?"
        )
    facts = {
        "max_seq_len": max_seq_len,
        "overlong": config.settings.overlong,
        "packing": config.settings.packing,
        "end_id": special.end_id,
        "pad_id": special.pad_id,
        "tokenizer": {"vocab_size": len(tokenizer), "end_token": tokenizer.eos_token, "digest": _digest(tokenizer)},
        "embedding_rows": int(model_config["vocab_size"]),
        "waivers": {} if special.end_id is not None else {"end_token": config.settings.waive.end_token.strip()},
        "round_trip": round_trip(tokenizer, every_text),
        "literal_special_tokens": literal_special_tokens(tokenizer, every_text),
        "counts": counts,
    }
    return splits, facts


def row_length(settings: TokenizationSettings, model_config: dict[str, Any]) -> int:
    """The longest row in tokens.

    Raises:
        TokenizationError: It exceeds what the base reads.
    """
    limit = max_length(model_config)
    if settings.max_seq_len is not None and settings.max_seq_len > limit:
        raise TokenizationError(
            f"tokenization.max_seq_len is {settings.max_seq_len:,}; the base reads at most {limit:,} tokens"
        )
    return settings.max_seq_len or min(limit, DEFAULT_MAX_SEQ_LEN)


def _piece_ids(row_ids: list[str], kept: list[int]) -> list[str]:
    """The id of each document's row; a row's further pieces count as its repeats (see `content_id`)."""
    pieces: Counter[int] = Counter()
    named = []
    for index in kept:
        named.append(row_ids[index] if not pieces[index] else f"{row_ids[index]}-p{pieces[index] + 1}")
        pieces[index] += 1
    return named


def _digest(tokenizer: PreTrainedTokenizerBase) -> str:
    content = tokenizer.backend_tokenizer.to_str() if tokenizer.is_fast else canonical_json(tokenizer.get_vocab())
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()


def _counts(documents: list[Document], kept: list[int], fitted: list[Document], max_seq_len: int) -> dict[str, int]:
    return {
        "rows": len(fitted),
        "tokens": sum(len(document.input_ids) for document in fitted),
        "supervised_tokens": sum(num_supervised(document) for document in fitted),
        "left_out_rows": len(documents) - len(set(kept)),
        "added_pieces": len(fitted) - len(set(kept)),
        "overlong_rows": sum(len(document.input_ids) > max_seq_len for document in documents),
        "longest": max((len(document.input_ids) for document in documents), default=0),
    }
