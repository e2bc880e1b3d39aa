"""The learning rate that is usual for a method and a base's size."""

from __future__ import annotations

USUAL_RATE_125M, RATE_EXPONENT = 6.0e-4, 0.35
"""Brown et al. (2020, GPT-3), table 2.1: 6.0e-4 at 125 M parameters, 0.6e-4 at 175 B; tiny models take more."""
LORA_FACTOR = 10
"""Adapters take about ten times the rate of all weights (Schulman et al. 2025, LoRA Without Regret)."""
FAR = 3.0
"""Times above the usual rate that count as far from it."""
TOO_SLOW = 1 / 300
"""Of the usual rate: hardly anything moves."""


def usual_rate(method: str, parameters: int) -> float:
    """The highest learning rate that is usual for a method and a base's size."""
    of_size: float = USUAL_RATE_125M * (125e6 / max(1, parameters)) ** RATE_EXPONENT
    return min(5e-3, of_size * (LORA_FACTOR if method == "lora" else 1))


def side_of_usual(rate: float, usual: float) -> str:
    """`above` or `below` where a rate is far from the usual one, else nothing."""
    if rate > FAR * usual:
        return "above"
    return "below" if rate < TOO_SLOW * usual else ""
