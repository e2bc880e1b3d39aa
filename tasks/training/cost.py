"""What a training will take: time and memory from counted work and measured rates. Plain arithmetic, no libraries.

Time is linear in what is counted: arithmetic at the machine's rate in each precision, bytes moved at its bandwidth, and
a fixed price an operation, which is what small models cost. The rates are fitted to a few measured steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

ADAM_STATE_BYTES = 8
"""Two float32 moments a trained parameter."""
ADAM_MOVED_BYTES = 28
"""Weight, gradient and both moments read, three of them written, 4 bytes each."""
WEIGHT_BYTES = 4
"""Weights are float32 whatever the arithmetic's precision."""


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """What one micro-batch computes, and holds beside weights and optimizer where it holds most."""

    flops: float
    """Floating-point operations of matrix products in float32."""
    flops_half: float
    """The same in bfloat16."""
    bytes: float
    """Read and written by operations."""
    operations: float
    copies_bytes: int
    """Weights cast to the arithmetic's precision."""
    gradient_bytes: int
    activation_bytes: int
    logit_bytes: int
    half_kinds: float = 0.0
    """Matrix products in bfloat16 that differ in their shapes, the output head's apart."""
    half_head_kinds: float = 0.0
    seconds: float = 0.0
    """On this machine, where that was measured."""

    @property
    def peak_bytes(self) -> int:
        """All that is held at once."""
        return self.copies_bytes + self.gradient_bytes + self.activation_bytes + self.logit_bytes


class Rates(NamedTuple):
    """What a machine takes."""

    seconds_per_flop: float
    seconds_per_half_flop: float
    seconds_per_byte: float
    seconds_per_operation: float


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes at the peak, by what they hold at that moment: gradients aren't there yet where activations are at most."""

    moment: str
    """When that is."""
    weights: int
    """With copies in the arithmetic's precision, and those kept to go back to."""
    gradients: int
    optimizer: int
    activations: int
    logits: int
    overhead: int
    """The process with its libraries and their buffers, and what the allocator keeps."""

    @property
    def total(self) -> int:
        """At the peak."""
        return self.weights + self.gradients + self.optimizer + self.activations + self.logits + self.overhead


def seconds_of(work: Footprint, rates: Rates) -> float:
    """How long a micro-batch takes."""
    return (
        work.flops * rates.seconds_per_flop
        + work.flops_half * rates.seconds_per_half_flop
        + work.bytes * rates.seconds_per_byte
        + work.operations * rates.seconds_per_operation
    )


def peak_memory(
    parameters: int,
    trainable: int,
    training: Footprint,
    evaluation: Footprint | None,
    overhead_bytes: int,
    kept_bytes: int = 0,
) -> Memory:
    """The peak of a whole training, split as it is at that moment.

    Args:
        parameters: Of base and adapters.
        trainable: Of these, what is trained.
        training: The largest micro-batch.
        evaluation: The largest batch of held-out rows; None where there is none.
        overhead_bytes: Of the process beside what is counted.
        kept_bytes: Of copies that early stopping and rolling back keep.
    """
    update = replace(
        training, copies_bytes=0, gradient_bytes=WEIGHT_BYTES * trainable, activation_bytes=0, logit_bytes=0
    )
    moments = {"a training step": training, "the optimizer's update": update}
    if evaluation is not None:
        moments["the held-out loss"] = evaluation
    moment, held = max(moments.items(), key=lambda item: item[1].peak_bytes)
    return Memory(
        moment=moment,
        weights=WEIGHT_BYTES * parameters + held.copies_bytes + kept_bytes,
        gradients=held.gradient_bytes,
        optimizer=ADAM_STATE_BYTES * trainable,
        activations=held.activation_bytes,
        logits=held.logit_bytes,
        overhead=overhead_bytes,
    )


def fit_rates(measured: Sequence[tuple[Footprint, float]]) -> Rates:
    """Rates that explain measured micro-batches best, relative errors counted alike, none below zero.

    Non-negative least squares by coordinate descent: four unknowns, a few measurements.

    Args:
        measured: Work and the seconds it took.

    Raises:
        ValueError: Nothing was measured.
    """
    if not measured:
        raise ValueError("no step was measured")
    rows = [
        [work.flops / taken, work.flops_half / taken, work.bytes / taken, work.operations / taken]
        for work, taken in measured
    ]
    scales = [max(row[column] for row in rows) or 1.0 for column in range(4)]
    scaled = [[value / scale for value, scale in zip(row, scales, strict=True)] for row in rows]
    found = [0.0] * 4
    for _ in range(20_000):
        for column in range(4):
            power = sum(row[column] ** 2 for row in scaled)
            if power:
                rest = [1 - sum(row[c] * found[c] for c in range(4) if c != column) for row in scaled]
                found[column] = max(0.0, sum(row[column] * r for row, r in zip(scaled, rest, strict=True)) / power)
    return Rates(*(value / scale for value, scale in zip(found, scales, strict=True)))
