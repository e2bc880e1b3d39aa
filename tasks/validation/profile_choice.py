"""Which of the shipped contracts fits a dataset's shape: short text, document, instruction, dialogue, table row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
import regex

from tasks.validation.text_column import TextColumn

SPEAKER = regex.compile(r"^\s*(<\|?(?:user|assistant|human|system)\|?>|\p{Lu}[\p{L}. ]{0,24}:\s)", regex.MULTILINE)
"""A line that begins with a speaker's name and a colon, or with a chat template's mark."""
MIN_DIALOGUES = 0.5
"""Share of texts that begin with a speaker, from which on they are dialogues."""
MIN_SPEAKERS, MAX_SPEAKERS, MAX_LEAD = 2, 0.1, 0.9
"""Speakers take turns: there are two at least, they come back (at most a tenth as many as texts), and none has more
than nine tenths of the turns; else the word before the colon is a title, a topic or a label."""
SAMPLE = 2_000
DOCUMENT_QUANTILE, DOCUMENT_WORDS = 0.25, 50
"""Documents are texts of which three quarters keep Gopher's minimum of 50 words (Rae et al. 2021, table A1)."""
TABLE_COLUMNS = 4
"""Columns of numbers, dates and categories from which on the text describes a table's row; two or three are metadata,
such as a date and a source."""


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
    if name not in known:
        name = "instruction" if len(columns) > 1 and "instruction" in known else "short_text"
    if name not in known:
        name = sorted(known)[0]
    return name, why if name == wanted else f"{why}; there is no contract {wanted}"


def _shape(texts: Sequence[TextColumn], columns: Sequence[str], num_structured: int) -> tuple[str, str]:
    spoken = max(map(_spoken, texts))
    if spoken >= MIN_DIALOGUES:
        return "dialogue", f"{spoken:.0%} of the texts begin with the name of a speaker"
    if len(columns) > 1:
        return "instruction", "there is a prompt and a completion"
    if num_structured >= TABLE_COLUMNS:
        return "table_to_text", f"{num_structured} columns of numbers, dates and categories stand beside the text"
    words = texts[0].words.counts
    least = float(np.quantile(words, DOCUMENT_QUANTILE)) if len(words) else 0.0
    if least >= DOCUMENT_WORDS:
        return "document", f"three quarters of the texts have {least:,.0f} words or more"
    return "short_text", f"a quarter of the texts have {least:,.0f} words or fewer"


def _spoken(column: TextColumn) -> float:
    """Share of the texts that begin with one of several speakers."""
    texts = [text for text in column.texts[:SAMPLE].to_pylist() if text.strip()]
    begun = sum(SPEAKER.match(text) is not None for text in texts)
    turns = Counter(label.strip().lower() for text in texts for label in SPEAKER.findall(text))
    most = max(MIN_SPEAKERS, MAX_SPEAKERS * len(texts))
    takes_turns = MIN_SPEAKERS <= len(turns) <= most and max(turns.values()) <= MAX_LEAD * turns.total()
    return begun / len(texts) if texts and takes_turns else 0.0
