"""The forecast of a training: steps, memory, time, before it runs.

The largest micro-batch and a batch of one row are run dry; every other micro-batch lies on the line through both,
since work grows with the positions computed. The rates come from a probe on this machine, or from a card's datasheet.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from tasks.documents import Document, num_supervised
from tasks.likelihood import EVALUATION_TOKENS, position_losses, summed_nll
from tasks.output_head import SplitModel, split_at_head
from tasks.packing import collate, pack_evenly
from tasks.training.config import TrainingConfig
from tasks.training.cost import Footprint, Memory, Rates, peak_memory, seconds_of
from tasks.training.dry_run import DryModel, Loss, dry_model, footprint
from tasks.training.optimizer import make_optimizer
from tasks.training.probe import measured_seconds, measured_update, update_work
from tasks.training.schedule import batches, num_steps
from tasks.training.step import micro_batches
from tasks.training.trainer import HOLDOUT_ROWS

SAMPLED_STEPS = 24
"""Steps whose micro-batches are laid out, evenly spaced over the first epoch."""

MicroBatch = tuple[list[Document], list[list[int]]]


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A training, counted."""

    steps: int
    tokens_a_step: float
    """Supervised ones, mean."""
    padding_fraction: float
    trainable: int
    base: int
    parameters: int
    micro_batches_a_step: float
    work_a_step: Footprint
    """Of all micro-batches of a mean step, the update apart."""
    largest: Footprint
    evaluation: Footprint | None
    """One batch of held-out rows."""
    evaluation_batches: float
    """In the whole training."""
    replayed: float
    """Tokens trained on over the rows' own: replay comes on top."""
    at_most_seconds: float
    """The recipe's budget of time; endless where it has none."""
    shown: tuple[tuple[MicroBatch, Footprint], ...]
    """The micro-batches that were run dry: what a probe measures."""

    def memory(self, overhead_bytes: int) -> Memory:
        """The peak, with what the process takes by itself."""
        return peak_memory(self.parameters, self.trainable, self.largest, self.evaluation, overhead_bytes)

    def seconds(self, rates: Rates) -> tuple[float, float]:
        """What the training's steps take, and what measuring the held-out loss takes besides."""
        step = self.replayed * seconds_of(self.work_a_step, rates) + seconds_of(update_work(self.trainable), rates)
        held_out = self.evaluation_batches * seconds_of(self.evaluation, rates) if self.evaluation else 0.0
        return min(self.steps * step, self.at_most_seconds), held_out


class Layout(NamedTuple):
    """The micro-batches of some steps."""

    micro_batches: list[MicroBatch]
    steps: int
    """How many steps they are."""


def forecast(
    model_config: dict[str, Any],
    config: TrainingConfig,
    train: Sequence[Document],
    holdout: Sequence[Document],
    *,
    rows: int,
    packing: bool,
    half: bool,
) -> Forecast:
    """Count a training.

    Args:
        model_config: The base's `config.json`.
        config: The recipe's training section.
        train: Its documents, or a sample of them.
        holdout: The held-out ones, or a sample.
        rows: How many documents there are to train on in all.
        packing: Many documents in a row.
        half: In bfloat16 arithmetic.
    """
    dry = dry_model(model_config, config)
    layout = lay_out(train, config, packing=packing)
    by_size = sorted(layout.micro_batches, key=positions)
    largest, least = by_size[-1], _first_row(by_size[0])
    many = len(layout.micro_batches) > layout.steps
    points = [
        (made, footprint(dry, *made, _training_loss(dry.split), half=half, accumulates=many and made is largest))
        for made in {id(made): made for made in (least, largest)}.values()
    ]
    work = [_between(points[0], points[-1], positions(made)) for made in layout.micro_batches]
    held_out, evaluations = _evaluation(dry, holdout, config, num_steps(rows, config), rows)
    computed = sum(positions(made) for made in layout.micro_batches)
    filled = sum(len(document.input_ids) for documents, _ in layout.micro_batches for document in documents)
    supervised = sum(num_supervised(document) for documents, _ in layout.micro_batches for document in documents)
    return Forecast(
        steps=num_steps(rows, config),
        tokens_a_step=supervised / layout.steps,
        padding_fraction=1 - filled / max(1, computed),
        trainable=dry.trainable,
        base=dry.base,
        parameters=sum(weight.numel() for weight in dry.weights),
        micro_batches_a_step=len(layout.micro_batches) / layout.steps,
        work_a_step=_mean(work, layout.steps),
        largest=points[-1][1],
        evaluation=held_out,
        evaluation_batches=evaluations,
        replayed=1 / (1 - config.replay.fraction) if config.replay else 1.0,
        at_most_seconds=60 * config.max_minutes if config.max_minutes else math.inf,
        shown=tuple(points),
    )


def probe(model: Any, config: TrainingConfig, planned: Forecast, *, half: bool) -> list[tuple[Footprint, float]]:
    """Measure the forecast's own micro-batches, and an update, on the real model: work and seconds of each.

    The model's weights change; it is of no use afterwards.
    """
    import torch

    model.train()
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    optimizer = make_optimizer(model, config)
    loss = _training_loss(split_at_head(model))
    autocast: Any = torch.autocast(model.device.type, dtype=torch.bfloat16) if half else contextlib.nullcontext()
    found = []
    for (documents, rows), work in planned.shown:

        def step(documents: Any = documents, rows: Any = rows) -> None:
            with autocast:
                total = loss(model, documents, rows)
            total.backward()

        found.append((work, measured_seconds(step, model.device.type)))
        optimizer.zero_grad(set_to_none=True)
    return [*found, measured_update(model, optimizer, config.max_grad_norm)]


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
        by_length = sorted(range(len(documents)), key=lambda index: lengths[index])
        rows = pack_evenly(lengths) if packing else [[index] for index in by_length]
        for micro_batch in micro_batches(rows, lengths):
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


def _first_row(made: MicroBatch) -> MicroBatch:
    documents, rows = made
    return made if len(rows) == 1 else _only(documents, rows[:1])


def _training_loss(split: SplitModel | None) -> Loss:
    return lambda model, documents, rows: summed_nll(model, split, documents, rows, 0)


def _evaluation_loss(split: SplitModel | None) -> Loss:
    return lambda model, documents, rows: position_losses(model, split, collate(documents, rows, 0))


def _evaluation(
    dry: DryModel, holdout: Sequence[Document], config: TrainingConfig, steps: int, rows: int
) -> tuple[Footprint | None, float]:
    """The largest batch of held-out rows run dry, and how many batches of that size the whole training measures."""
    measured = sorted(holdout[:HOLDOUT_ROWS], key=lambda document: len(document.input_ids))
    if not measured:
        return None, 0.0
    longest = len(measured[-1].input_ids)
    batch = measured[-max(1, EVALUATION_TOKENS // longest) :]
    work = footprint(
        dry, batch, [[number] for number in range(len(batch))], _evaluation_loss(dry.split), half=False, learns=False
    )
    share = sum(len(document.input_ids) for document in measured) / (len(batch) * longest)
    between = config.evaluate_every or max(1, -(-rows // config.batch_size))
    return work, share * (-(-steps // between) + 1)


def _between(least: tuple[MicroBatch, Footprint], most: tuple[MicroBatch, Footprint], size: int) -> Footprint:
    """The work of a micro-batch of a size, on the line through two."""
    low, high = positions(least[0]), positions(most[0])
    share = (size - low) / (high - low) if high > low else 1.0
    values = {field.name: getattr(least[1], field.name) for field in fields(Footprint)}
    return Footprint(**{name: value + share * (getattr(most[1], name) - value) for name, value in values.items()})


def _mean(work: Sequence[Footprint], count: int) -> Footprint:
    return Footprint(
        **{field.name: sum(getattr(item, field.name) for item in work) / count for field in fields(Footprint)}
    )
