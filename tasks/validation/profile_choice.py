"""Which of the shipped contracts fits a dataset's shape: short text, document, instruction, dialogue, table row."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from tasks.validation.text_column import TextColumn

MIN_TURNS = 2
SPEAKER = r"(?m)^\s*(?:<\|?(?:user|assistant|human|system)\|?>|\p{Lu}[\p{L}. ]{0,24}:\s)"
"""A line that begins with a speaker's name and a colon, or with a chat template's mark."""
MIN_DIALOGUES = 0.5
"""Share of rows with `MIN_TURNS` such lines from which on the texts are dialogues."""
DOCUMENT_QUANTILE, DOCUMENT_WORDS = 0.25, 50
"""Documents are texts of which three quarters keep Gopher's minimum of 50 words (Rae et al. 2021, table A1)."""
TABLE_COLUMNS = 4
"""Columns of numbers, dates and categories from which on the text describes a table's row; two or three are metadata,
such as a date and a source."""
INSTEAD = {"dialogue": "instruction", "table_to_text": "short_text", "instruction": "short_text"}
"""What to take where a profile isn't there."""


def choose_profile(
    texts: Sequence[TextColumn], columns: Sequence[str], num_structured: int, known: Collection[str]
) -> tuple[str, str]:
    """A profile's name, and why it fits.

    Args:
        texts: The columns a model would learn from.
        columns: Their names; a prompt and a completion are a pair.
        num_structured: How many of the source's columns hold numbers, dates or categories.
        known: Names of the profiles there are.
    """
    wanted, why = _shape(texts, columns, num_structured)
    name = wanted
    while name not in known and name in INSTEAD:
        name = INSTEAD[name]
    if name not in known:
        name = sorted(known)[0]
    return name, why if name == wanted else f"{why}; there is no contract {wanted}"


def _shape(texts: Sequence[TextColumn], columns: Sequence[str], num_structured: int) -> tuple[str, str]:
    turns = [float((column.counts(SPEAKER) >= MIN_TURNS).mean()) if len(column) else 0.0 for column in texts]
    if max(turns) >= MIN_DIALOGUES:
        return "dialogue", f"{max(turns):.0%} of the texts have speakers' names before their lines"
    if len(columns) > 1:
        return "instruction", "there is a prompt and a completion"
    if num_structured >= TABLE_COLUMNS:
        return "table_to_text", f"{num_structured} columns of numbers, dates and categories stand beside the text"
    words = texts[0].words.counts
    least = float(np.quantile(words, DOCUMENT_QUANTILE)) if len(words) else 0.0
    if least >= DOCUMENT_WORDS:
        return "document", f"three quarters of the texts have {least:,.0f} words or more"
    return "short_text", f"a quarter of the texts have {least:,.0f} words or fewer"
