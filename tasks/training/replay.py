"""Replay: general text among the rows, at a chosen share of the tokens."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tasks.documents import Document
from tasks.errors import SourceError
from tasks.training.config import ReplaySettings


@dataclass(frozen=True)
class Replayed:
    """What was replayed: part of the artifact."""

    fraction: float
    """Of all tokens trained on, as it came out."""
    documents: int
    """In the source."""
    tokens: int
    passes: float
    """Times the source was gone through."""


class ReplayPosition(NamedTuple):
    """How far a replay is: all that it needs to go on."""

    dealt: int = 0
    """Documents."""
    tokens: int = 0
    """Of these."""
    row_tokens: int = 0
    """Of the rows that they were beside."""


class Replay:
    """Deals documents out in a seeded order, another one each time through.

    Each step gets its rows' tokens × fraction / (1 - fraction) more. Documents are whole, so what one step has too much
    the next ones get less, and over the run the share is kept to a document's length.

    Args:
        documents: The source, at least one.
        fraction: Of all tokens.
        seed: The training's.
    """

    def __init__(self, documents: Sequence[Document], fraction: float, seed: int) -> None:
        self.documents, self.fraction, self.seed = documents, fraction, seed
        self.position = ReplayPosition()
        self._order: tuple[int, list[int]] = (-1, [])

    def beside(self, rows: Sequence[Document]) -> list[Document]:
        """The documents that a step learns from besides its rows."""
        dealt, tokens, row_tokens = self.position
        row_tokens += sum(len(row.input_ids) for row in rows)
        due = row_tokens * self.fraction / (1 - self.fraction)
        found = []
        while tokens < due:
            document = self._document(dealt)
            dealt += 1
            tokens += len(document.input_ids)
            found.append(document)
        self.position = ReplayPosition(dealt, tokens, row_tokens)
        return found

    def _document(self, number: int) -> Document:
        """The document that is dealt as the number-th, counted from 0."""
        turn, place = divmod(number, len(self.documents))
        if self._order[0] != turn:
            order = list(range(len(self.documents)))
            random.Random(f"{self.seed}:replay:{turn}").shuffle(order)
            self._order = (turn, order)
        return self.documents[self._order[1][place]]

    def told(self) -> Replayed:
        """What was replayed so far."""
        dealt, tokens, row_tokens = self.position
        return Replayed(
            fraction=round(tokens / max(1, tokens + row_tokens), 6),
            documents=len(self.documents),
            tokens=tokens,
            passes=round(dealt / len(self.documents), 6),
        )


def read_replay(settings: ReplaySettings, tokenizer: Any, max_seq_len: int) -> list[Document]:
    """The source's paragraphs as documents; longer ones in pieces of `max_seq_len` tokens, without end tokens.

    A paragraph is no row: where it ends nothing has to stop, and the base never learned that it should.

    Raises:
        SourceError: The file holds no paragraph of two tokens.
    """
    text = Path(settings.path).read_text(encoding="utf-8", errors="replace")
    documents = []
    for paragraph in (" ".join(part.split()) for part in text.split("\n\n")):
        ids = tokenizer(paragraph, split_special_tokens=True, verbose=False)["input_ids"] if paragraph else []
        pieces = [ids[start : start + max_seq_len] for start in range(0, len(ids), max_seq_len)]
        documents += [Document(piece, piece) for piece in pieces if len(piece) > 1]
    if not documents:
        raise SourceError(f"training.replay.path: {settings.path} holds no paragraph of text")
    return documents
