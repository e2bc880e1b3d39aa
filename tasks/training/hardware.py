"""Rates of graphics cards that a plan can be asked about, as their makers state them.

Peaks are dense (without sparsity). What of a peak a training reaches is an assumption, stated here: nothing on these
cards was measured for the plan.
"""

from __future__ import annotations

from typing import NamedTuple

from tasks.training.cost import Rates

MATRIX_EFFICIENCY = 0.4
"""Share of the peak in matrix products: published trainings reach 0.3 to 0.5 (PaLM, Chowdhery et al. 2022, table 3)."""
BANDWIDTH_EFFICIENCY = 0.7
LAUNCH_SECONDS = 8e-6
"""An operation's launch from Python, an assumption."""
CONTEXT_BYTES = 800_000_000
"""CUDA's context and its libraries' workspaces on the card, an assumption."""


class Hardware(NamedTuple):
    """A card."""

    half_flops: float
    """Peak of bfloat16 (T4: float16) matrix products, operations a second."""
    flops: float
    """Peak in float32 without tensor cores."""
    memory_bytes: int
    bandwidth: float
    """Bytes a second."""
    source: str


HARDWARE: dict[str, Hardware] = {
    "t4": Hardware(65e12, 8.1e12, 16 * 10**9, 320e9, "NVIDIA T4 datasheet, 2019"),
    "a10": Hardware(125e12, 31.2e12, 24 * 10**9, 600e9, "NVIDIA A10 datasheet, 2021"),
    "l4": Hardware(121e12, 30.3e12, 24 * 10**9, 300e9, "NVIDIA L4 datasheet, 2023"),
    "a100": Hardware(312e12, 19.5e12, 80 * 10**9, 2039e9, "NVIDIA A100 80GB SXM datasheet, 2021"),
    "h100": Hardware(989e12, 67e12, 80 * 10**9, 3350e9, "NVIDIA H100 SXM datasheet, 2023"),
    "h200": Hardware(989e12, 67e12, 141 * 10**9, 4800e9, "NVIDIA H200 SXM datasheet, 2023"),
}


def assumed_rates(card: Hardware) -> Rates:
    """What a card is assumed to take."""
    return Rates(
        seconds_per_flop=1 / (MATRIX_EFFICIENCY * card.flops),
        seconds_per_half_flop=1 / (MATRIX_EFFICIENCY * card.half_flops),
        seconds_per_byte=1 / (BANDWIDTH_EFFICIENCY * card.bandwidth),
        seconds_per_operation=LAUNCH_SECONDS,
    )
