"""Rows as the model will see them, token by token, for a person to check the format and what is learned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.base_tokenizer import load_tokenizer
from tasks.documents import IGNORE_INDEX
from tasks.encoding import encode_documents, fit
from tasks.prompt_format import check_columns, render
from tasks.tokenization.config import TokenizationConfig
from tasks.tokenization.special_tokens import special_tokens
from tasks.tokenization.tokenize_rows import row_length

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def preview(config: TokenizationConfig, rows: list[dict[str, str | None]], folder: Path) -> list[dict[str, Any]]:
    """Tokenize rows as training will.

    Args:
        config: Prompt format and lengths.
        rows: `row_id` and the canonical columns, masked where they are to be shown.
        folder: The base.

    Returns:
        A mapping a row: `row_id`, and `tokens` with `text`, `id` and `supervised` each. A first token is never learned,
        and a row without a piece is one that training leaves out.
    """
    if rows:
        check_columns(config.prompt, [name for name in rows[0] if name not in ("row_id", "split")])
    model_config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tokenizer = load_tokenizer(folder)
    special = special_tokens(tokenizer, int(model_config["vocab_size"]), config.settings.waive)
    documents = encode_documents(tokenizer, [render(config.prompt, row) for row in rows], special.end_id)
    kept, fitted = fit(documents, row_length(config.settings, model_config), config.settings.overlong)
    shown = []
    for index, document in zip(kept, fitted, strict=True):
        tokens = [
            {
                "text": token_text(tokenizer, int(token)),
                "id": int(token),
                "supervised": bool(place and label != IGNORE_INDEX),
            }
            for place, (token, label) in enumerate(zip(document.input_ids, document.labels, strict=True))
        ]
        shown.append({"row_id": rows[index]["row_id"], "tokens": tokens})
    return shown


def token_text(tokenizer: PreTrainedTokenizerBase, token: int) -> str:
    """What a token stands for; the vocabulary's own name of one that is a part of a character."""
    text = str(tokenizer.decode([token], clean_up_tokenization_spaces=False))
    name = str(tokenizer.convert_ids_to_tokens(token))
    return name if "\N{REPLACEMENT CHARACTER}" in text or not text else text
