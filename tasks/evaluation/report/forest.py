"""What tuning gained on each text, with its interval, against a line at zero: where points and whiskers go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.evaluation.report.curves import nice_ticks

WIDTH, ROW, NAME = 250.0, 26.0, 120.0
"""Of the scale, of a line, and of the names before it, in SVG units."""
TICKS = 5
LONGEST_NAME = 18


@dataclass(frozen=True)
class Whisker:
    """One text's gain."""

    name: str
    low: float
    at: float
    high: float
    """Places on the scale."""
    y: float
    tone: str
    """`good` where the whole interval is above zero, `bad` where it is below, else `open`."""
    title: str


@dataclass(frozen=True, kw_only=True)
class Forest:
    """The drawing."""

    whiskers: list[Whisker]
    ticks: list[tuple[float, str]]
    zero: float
    height: float


def forest(comparison: Mapping[str, Any]) -> Forest | None:
    """The drawing of a comparison, or None where there is none. Forgetting counts as a negative gain."""
    gains = _gains(comparison)
    if not gains:
        return None
    bounds = [bound for _, low, _, high in gains for bound in (low, high)]
    ticks = nice_ticks(min(0.0, *bounds), max(0.0, *bounds), TICKS)

    def x(value: float) -> float:
        return WIDTH * (value - ticks[0]) / (ticks[-1] - ticks[0])

    whiskers = [
        Whisker(
            name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…",
            x(low),
            x(at),
            x(high),
            ROW * (number + 0.5),
            "good" if low > 0 else "bad" if high < 0 else "open",
            f"{name}: {at:+.4f} ({low:+.4f} to {high:+.4f})",
        )
        for number, (name, low, at, high) in enumerate(gains)
    ]
    return Forest(
        whiskers=whiskers,
        ticks=[(x(tick), f"{tick:+g}" if tick else "0") for tick in ticks],
        zero=x(0.0),
        height=ROW * len(gains),
    )


def _gains(comparison: Mapping[str, Any]) -> list[tuple[str, float, float, float]]:
    """Name, low, gain and high of each text, nats a token."""
    gains = []
    if held_out := comparison.get("improvement"):
        gains.append(("held-out rows", held_out["low"], held_out["nll"], held_out["high"]))
    if general := comparison.get("general"):
        gains.append(("general text", -general["high"], -general["forgetting"], -general["low"]))
    for name, file in (comparison.get("files") or {}).items():
        gains.append((name, file["low"], file["improvement"], file["high"]))
    return gains
