"""Texts that are no rows of the data: the general text, and files that the recipe names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.documents import Document, num_supervised
from tasks.encoding import encode_documents, fit
from tasks.errors import SourceError
from tasks.evaluation.config import GeneralText, NamedFile
from tasks.evaluation.likelihood import Texts
from tasks.prompt_format import PromptConfig, prompt_columns, render

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def general_texts(tokenizer: PreTrainedTokenizerBase, general: GeneralText, max_seq_len: int) -> Texts:
    """A plain text's first paragraphs, each cut to `max_seq_len` tokens and without an end token.

    Raises:
        SourceError: The file holds no paragraph of two tokens.
    """
    found = _plain(tokenizer, _paragraphs(Path(general.path))[: general.max_paragraphs], max_seq_len)
    if not found.ids:
        raise SourceError(f"evaluation.general.path: {general.path} holds no paragraph of text")
    return found


def file_texts(
    tokenizer: PreTrainedTokenizerBase, file: NamedFile, prompt: PromptConfig, facts: dict[str, Any]
) -> Texts:
    """A named file's documents: rows in the prompt's format where it has the columns, plain texts otherwise.

    Args:
        tokenizer: The model's.
        file: JSON Lines or plain text.
        prompt: The recipe's; of a row with its columns only what training learns is predicted.
        facts: `tokens.json`: the longest row and the end token.

    Raises:
        SourceError: It is not what it should be, or holds no text.
    """
    where, max_seq_len = f"evaluation.files.{file.name}: {file.path}", facts["max_seq_len"]
    if not file.is_json_lines:
        found = _plain(tokenizer, _paragraphs(Path(file.path)), max_seq_len)
    else:
        rows = _rows(Path(file.path), where)
        columns = prompt_columns(prompt)

        def has_columns(row: dict[str, str]) -> bool:
            return all(column in row for column in columns)

        odd = next((number for number, row in enumerate(rows, 1) if not has_columns(row) and "text" not in row), None)
        if odd is not None:
            raise SourceError(
                f"{where}: row {odd} has neither the prompt's columns ({', '.join(columns)}) nor text\n"
                f"  it has: {', '.join(rows[odd - 1]) or 'nothing'}"
            )
        if all(map(has_columns, rows)):
            encoded = encode_documents(tokenizer, [render(prompt, row) for row in rows], facts["end_id"])
            kept, fitted = fit(encoded, max_seq_len, "truncate")
            found = Texts([str(index) for index in kept], fitted)
        else:
            found = _plain(tokenizer, [row.get("text", "") for row in rows], max_seq_len)
    if not found.ids:
        raise SourceError(f"{where} holds no text")
    return found


def _paragraphs(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def _plain(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], max_seq_len: int) -> Texts:
    ids = [tokenizer(text, split_special_tokens=True, verbose=False)["input_ids"][:max_seq_len] for text in texts]
    documents = [Document(item, item) for item in ids]
    kept = [index for index, document in enumerate(documents) if num_supervised(document)]
    return Texts([str(index) for index in kept], [documents[index] for index in kept])


def _rows(path: Path, where: str) -> list[dict[str, str]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise SourceError(f"{where}: line {number} is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise SourceError(f"{where}: line {number} is no JSON object")
        rows.append({name: _text(value) for name, value in row.items()})
    return rows


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
