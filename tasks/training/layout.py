"""The micro-batches of a training, as it lays them out: what a forecast runs dry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tasks.documents import Document
from tasks.training.config import TrainingConfig
from tasks.training.schedule import batches
from tasks.training.step import micro_batches, rows_of

SAMPLED_STEPS = 24
"""Steps whose micro-batches are laid out, evenly spaced over the first epoch."""

MicroBatch = tuple[list[Document], list[list[int]]]


class Layout(NamedTuple):
    """The micro-batches of some steps."""

    micro_batches: list[MicroBatch]
    steps: int
    """How many steps they are."""


def lay_out(train: Sequence[Document], config: TrainingConfig, *, packing: bool) -> Layout:
    """The micro-batches of some of an epoch's steps, as training lays them out."""
    epoch = -(-len(train) // config.batch_size)
    stride = -(-epoch // SAMPLED_STEPS)
    made: list[MicroBatch] = []
    steps = 0
    for number, indices in enumerate(batches(len(train), config)):
        if number >= epoch:
            break
        if number % stride:
            continue
        documents = [train[index] for index in indices]
        lengths = [len(document.input_ids) for document in documents]
        for micro_batch in micro_batches(rows_of(lengths, packing=packing), lengths):
            made.append(_only(documents, micro_batch))
        steps += 1
    return Layout(made, steps)


def positions(made: MicroBatch) -> int:
    """Tokens computed, padding included."""
    documents, rows = made
    return len(rows) * max(sum(len(documents[index].input_ids) for index in row) for row in rows)


def _only(documents: Sequence[Document], rows: Sequence[Sequence[int]]) -> MicroBatch:
    """The documents that some rows hold, and the rows by their new numbers."""
    order = [index for row in rows for index in row]
    numbers = {index: number for number, index in enumerate(order)}
    return [documents[index] for index in order], [[numbers[index] for index in row] for row in rows]


def first_row(made: MicroBatch) -> MicroBatch:
    """Its first row alone."""
    documents, rows = made
    return made if len(rows) == 1 else _only(documents, rows[:1])
