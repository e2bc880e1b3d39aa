"""How a measured signal is distributed, in bins that don't depend on the data, so that shards' counts add up.

Flags have two bins, shares 25 of equal width, counts bins that double every second one (0, 1, 2, 3, 4, 6, 8, 12, 16 …).
The rules' bounds are edges too, so that no bin holds rows on both sides of one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from tasks.validation.findings import Finding
from tasks.validation.signals import SIGNALS
from tasks.validation.text_column import Floats

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


def histogram(values: Floats, scale: Scale, bounds: Iterable[tuple[float | None, float | None]] = ()) -> dict[str, Any]:
    """Count values by bin.

    Args:
        values: Shape (num_rows,); NaN (a null text) is not counted.
        scale: What is measured.
        bounds: Least and greatest allowed value of each rule.

    Returns:
        `scale`; `bins`: lower edge, upper edge and rows of every bin that holds some, ascending.
    """
    edges = np.array(bin_edges(scale, bounds))
    measured = values[~np.isnan(values)]
    places = np.clip(np.searchsorted(edges, measured, side="right") - 1, 0, len(edges) - 2)
    counts = np.bincount(places, minlength=len(edges) - 1)
    bins = [[float(edges[bin]), float(edges[bin + 1]), int(counts[bin])] for bin in np.flatnonzero(counts)]
    return {"scale": scale, "bins": bins}


def merge(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The histogram of all rows from those of shards that were made with the same bounds."""
    totals: dict[tuple[float, float], int] = {}
    for part in parts:
        for low, high, count in part["bins"]:
            totals[low, high] = totals.get((low, high), 0) + count
    return {"scale": parts[0]["scale"], "bins": [[low, high, totals[low, high]] for low, high in sorted(totals)]}


def histograms(findings: Sequence[Finding]) -> dict[str, dict[str, Any]]:
    """The histogram of each signal that a rule bounds, as `column.signal`."""
    bounded: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.rule.signal in SIGNALS and isinstance(finding.values, np.ndarray):
            bounded.setdefault(f"{finding.rule.column}.{finding.rule.signal}", []).append(finding)
    found: dict[str, dict[str, Any]] = {}
    for name, of_signal in bounded.items():
        bounds = [(finding.rule.min, finding.rule.max) for finding in of_signal]
        values = np.asarray(of_signal[0].values, np.float64)
        unit = SIGNALS[of_signal[0].rule.signal].unit
        found[name] = histogram(values, scale_of(unit), bounds) | {"unit": unit}
    return found
