"""How a measured signal is distributed, in bins that don't depend on the data, so that shards' counts add up.

Flags have two bins, shares 25 of equal width, counts bins that double every second one (0, 1, 2, 3, 4, 6, 8, 12, 16 …).
The rules' bounds are edges too, so that no bin holds rows on both sides of one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from tasks.validation.contract import Rule
from tasks.validation.signals import SIGNALS

Scale = Literal["flag", "share", "count"]
NUM_SHARE_BINS = 25
MAX_OCTAVE = 40
"""Counts above 2^40 share the last bin."""


def scale_of(unit: str) -> Scale:
    """The kind of bins for a signal's unit."""
    if unit.startswith(("share", "margin")):
        return "share"
    return "flag" if unit == "0 or 1" else "count"


def bin_edges(scale: Scale, bounds: Iterable[tuple[float | None, float | None]] = ()) -> list[float]:
    """The edges of the bins; each holds its lower edge and not its upper one.

    Args:
        scale: What is measured.
        bounds: Least and greatest allowed value of each rule.
    """
    if scale == "flag":
        return [0.0, 1.0, 2.0]
    if scale == "share":
        edges = {step / NUM_SHARE_BINS for step in range(NUM_SHARE_BINS)} | {math.nextafter(1.0, 2.0)}
    else:
        edges = {0.0, 1.0} | {float(base << octave) for octave in range(MAX_OCTAVE) for base in (2, 3)}
    for low, high in bounds:
        if low is not None:
            edges.add(low)
        if high is not None:
            edges.add(above(high, scale))
    return sorted(edges)


def above(value: float, scale: Scale) -> float:
    """The least number beyond a greatest allowed value."""
    return math.floor(value) + 1.0 if scale != "share" else math.nextafter(value, math.inf)


def histogram(
    counts: Mapping[float, int], scale: Scale, bounds: Iterable[tuple[float | None, float | None]] = ()
) -> dict[str, Any]:
    """Put counted values into bins.

    Args:
        counts: Value to how often it was measured.
        scale: What is measured.
        bounds: Least and greatest allowed value of each rule.

    Returns:
        `scale`; `bins`: lower edge, upper edge and rows of every bin that holds some, ascending.
    """
    edges = np.array(bin_edges(scale, bounds))
    values, rows = np.array(list(counts), np.float64), np.array(list(counts.values()), np.int64)
    places = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    totals = np.zeros(len(edges) - 1, np.int64)
    np.add.at(totals, places, rows)
    bins = [[float(edges[bin]), float(edges[bin + 1]), int(totals[bin])] for bin in np.flatnonzero(totals)]
    return {"scale": scale, "bins": bins}


def histograms(rules: Sequence[Rule], measured: Mapping[str, Mapping[float, int]]) -> dict[str, dict[str, Any]]:
    """The histogram of each signal that a rule bounds, as `column.signal`.

    Args:
        rules: The contract's.
        measured: `column.signal` to its values and how often each was measured.
    """
    bounds: dict[str, list[tuple[float | None, float | None]]] = {}
    units: dict[str, str] = {}
    for rule in rules:
        name = f"{rule.column}.{rule.signal}"
        if rule.signal in SIGNALS and name in measured:
            bounds.setdefault(name, []).append((rule.min, rule.max))
            units[name] = SIGNALS[rule.signal].unit
    return {
        name: histogram(measured[name], scale_of(units[name]), bounds[name]) | {"unit": units[name]} for name in bounds
    }
