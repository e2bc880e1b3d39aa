"""The forecast of a training: steps, memory, time, before it runs.

The largest micro-batch and a batch of one row are run dry; every other micro-batch lies on the line through both,
since work grows with the positions computed. A processor's time is that of the micro-batch's operations measured one by
one; a GPU's comes from rates, by a probe of whole micro-batches where it is here, or else from its datasheet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from tasks.documents import Document, num_supervised
from tasks.likelihood import EVALUATION_TOKENS, position_losses
from tasks.output_head import SplitModel
from tasks.packing import collate
from tasks.training.config import TrainingConfig
from tasks.training.cost import ADAM_STATE_BYTES, WEIGHT_BYTES, Footprint, Memory, Rates, peak_memory, seconds_of
from tasks.training.dry_run import DryModel, Loss, dry_model, footprint
from tasks.training.held_out import HOLDOUT_ROWS
from tasks.training.layout import Layout, MicroBatch, first_row, lay_out, positions
from tasks.training.operations import Stopwatch, update_seconds
from tasks.training.optimizer import trained
from tasks.training.probe import training_loss, update_work
from tasks.training.schedule import num_steps

PRODUCT_BYTES, MOST_PRODUCTS = 700_000, 1024
"""oneDNN's cache of primitives: its default capacity, and what one of bfloat16 took in 1,000 products of different
length (torch 2.13, AVX-512 with bfloat16). In float32 it was 7 kB."""


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
    half_kinds: float
    """Matrix products in bfloat16 that differ in their shapes, in the whole training."""
    kept_bytes: int
    """Copies of what is trained, to go back to."""
    replayed: float
    """Tokens trained on over the rows' own: replay comes on top."""
    update: Footprint
    """Of the optimizer."""
    at_most_seconds: float
    """The recipe's budget of time; endless where it has none."""
    shown: tuple[tuple[MicroBatch, Footprint], ...]
    """The micro-batches that were run dry: what a probe measures."""

    def memory(self, overhead_bytes: int) -> Memory:
        """The peak, with what the process takes by itself."""
        return peak_memory(
            self.parameters, self.trainable, self.largest, self.evaluation, overhead_bytes, self.kept_bytes
        )

    @property
    def product_bytes(self) -> int:
        """What a processor's library keeps of matrix products in bfloat16: code and buffers for each shape it met."""
        return int(PRODUCT_BYTES * min(MOST_PRODUCTS, self.half_kinds))

    def seconds(self, rates: Rates | None = None) -> tuple[float, float]:
        """What the training's steps take, and what measuring the held-out loss takes besides.

        Args:
            rates: Of the machine; None: as its operations were measured.
        """

        def taken(work: Footprint) -> float:
            return work.seconds if rates is None else seconds_of(work, rates)

        step = self.replayed * taken(self.work_a_step) + taken(self.update)
        held_out = self.evaluation_batches * taken(self.evaluation) if self.evaluation else 0.0
        return min(self.steps * step, self.at_most_seconds), held_out


def forecast(
    model_config: dict[str, Any],
    config: TrainingConfig,
    train: Sequence[Document],
    holdout: Sequence[Document],
    *,
    rows: int,
    packing: bool,
    half: bool,
    stopwatch: Stopwatch | None = None,
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
        stopwatch: Measures operations on this processor; None: nothing is measured.
    """
    dry = dry_model(model_config, config)
    layout = lay_out(train, config, packing=packing)
    by_size = sorted(layout.micro_batches, key=positions)
    largest, least = by_size[-1], first_row(by_size[0])
    many = len(layout.micro_batches) > layout.steps
    points = [
        (
            made,
            footprint(
                dry,
                *made,
                training_loss(dry.split),
                half=half,
                accumulates=many and made is largest,
                stopwatch=stopwatch,
            ),
        )
        for made in {id(made): made for made in (least, largest)}.values()
    ]
    work = [_between(points[0], points[-1], positions(made)) for made in layout.micro_batches]
    held_out, evaluations = _evaluation(dry, holdout, config, num_steps(rows, config), rows, stopwatch)
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
        update=replace(
            update_work(dry.trainable),
            seconds=_update_seconds(dry, stopwatch),
        ),
        half_kinds=_half_kinds(points[-1][1], layout, num_steps(rows, config)),
        kept_bytes=dry.trainable * _kept_bytes(config),
        replayed=1 / (1 - config.replay.fraction) if config.replay else 1.0,
        at_most_seconds=60 * config.max_minutes if config.max_minutes else math.inf,
        shown=tuple(points),
    )


def _update_seconds(dry: DryModel, stopwatch: Stopwatch | None) -> float:
    if stopwatch is None:
        return 0.0
    return stopwatch.in_a_step * update_seconds(tuple(weight.shape) for weight in trained(dry.model))


def _evaluation_loss(split: SplitModel | None) -> Loss:
    return lambda model, documents, rows: position_losses(model, split, collate(documents, rows, 0))


def _evaluation(
    dry: DryModel,
    holdout: Sequence[Document],
    config: TrainingConfig,
    steps: int,
    rows: int,
    stopwatch: Stopwatch | None,
) -> tuple[Footprint | None, float]:
    """The largest batch of held-out rows run dry, and how many batches of that size the whole training measures."""
    measured = sorted(holdout[:HOLDOUT_ROWS], key=lambda document: len(document.input_ids))
    if not measured:
        return None, 0.0
    longest = len(measured[-1].input_ids)
    batch = measured[-max(1, EVALUATION_TOKENS // longest) :]
    alone = [[number] for number in range(len(batch))]
    work = footprint(dry, batch, alone, _evaluation_loss(dry.split), half=False, learns=False, stopwatch=stopwatch)
    share = sum(len(document.input_ids) for document in measured) / (len(batch) * longest)
    between = config.evaluate_every or max(1, -(-rows // config.batch_size))
    return work, share * (-(-steps // between) + 1)


def _between(least: tuple[MicroBatch, Footprint], most: tuple[MicroBatch, Footprint], size: int) -> Footprint:
    """The work of a micro-batch of a size, on the line through two."""
    low, high = positions(least[0]), positions(most[0])
    share = (size - low) / (high - low) if high > low else 1.0
    values = {field.name: getattr(least[1], field.name) for field in fields(Footprint)}
    return Footprint(**{name: value + share * (getattr(most[1], name) - value) for name, value in values.items()})


def _half_kinds(largest: Footprint, layout: Layout, steps: int) -> float:
    """Blocks multiply by what a micro-batch's rows are, the head by how many tokens it learns."""
    blocks = {(len(rows), positions((documents, rows))) for documents, rows in layout.micro_batches}
    heads = {sum(num_supervised(document) for document in documents) for documents, _ in layout.micro_batches}

    def in_all(seen: int) -> float:
        """Where most steps looked at differ, so do those that weren't."""
        return seen * max(1.0, steps / layout.steps) if 2 * seen > layout.steps > 1 else seen

    return in_all(len(blocks)) * largest.half_kinds + in_all(len(heads)) * largest.half_head_kinds


def _kept_bytes(config: TrainingConfig) -> int:
    """Of each trained parameter: the best weights, and weights with moments to roll back to."""
    best = WEIGHT_BYTES if config.early_stopping else 0
    return best + (WEIGHT_BYTES + ADAM_STATE_BYTES if config.divergence.action == "roll_back" else 0)


def _mean(work: Sequence[Footprint], count: int) -> Footprint:
    return Footprint(
        **{field.name: sum(getattr(item, field.name) for item in work) / count for field in fields(Footprint)}
    )
