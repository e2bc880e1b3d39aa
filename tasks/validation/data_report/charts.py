"""Histograms as drawings: where bars, bounds and ticks go. The template draws them as SVG inside the page.

By hand, because no library at hand does it: altair needs scripts or a converter of 60 MB, and matplotlib's SVG knows
no reader who likes it dark, after 0.6 s of import and 50 ms a chart.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.validation.histograms import above, bin_edges

WIDTH, HEIGHT = 320.0, 90.0
"""Of the drawing's inner part, in SVG units."""
MAX_TICKS = 6


@dataclass(frozen=True)
class Bar:
    """One bin."""

    x: float
    width: float
    height: float
    fails: bool
    """Whether a bound rejects these values."""
    title: str


@dataclass(frozen=True)
class Mark:
    """A place on the x axis with a word: a tick, or a bound."""

    x: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One signal's histogram."""

    name: str
    unit: str
    bars: list[Bar]
    ticks: list[Mark]
    bounds: list[Mark]
    levels: list[tuple[float, str]]
    """Height and label of the horizontal lines: powers of ten."""
    reasons: str
    failed: int


def charts(report: Mapping[str, Any]) -> list[Chart]:
    """A chart a counted signal; flags have none, their two numbers say it all."""
    return [
        _chart(name, histogram, _rules_of(name, report["rules"]))
        for name, histogram in sorted(report.get("histograms", {}).items())
        if histogram["scale"] != "flag" and histogram["bins"]
    ]


def _rules_of(name: str, rules: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [rule for rule in rules if f"{rule['column']}.{rule.get('signal')}" == name]


def _chart(name: str, histogram: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> Chart:
    scale = histogram["scale"]
    counts = {low: count for low, _, count in histogram["bins"]}
    edges = bin_edges(scale, [(rule["min"], rule["max"]) for rule in rules])
    limits = [rule["min"] for rule in rules if rule["min"] is not None]
    limits += [above(rule["max"], scale) for rule in rules if rule["max"] is not None]
    first = bisect.bisect_right(edges, min([*counts, *limits])) - 1
    last = min(bisect.bisect_right(edges, max([*counts, *limits])), len(edges) - 1)
    edges = edges[max(first, 0) : last + 1]
    places = _places(edges, scale)
    tallest = math.log1p(max(counts.values()))
    bars = []
    for index, low in enumerate(edges[:-1]):
        count = counts.get(low, 0)
        if count:
            fails = any(_fails(low, rule) for rule in rules)
            title = f"{_range(low, edges[index + 1], scale)}: {count:,} rows"
            x, width = places[index], places[index + 1] - places[index]
            bars.append(Bar(x, max(width - 1, 1.5), HEIGHT * math.log1p(count) / tallest, fails, title))
    bounds = []
    for rule in rules:
        for word, limit in (("min", rule["min"]), ("max", rule["max"])):
            if limit is not None:
                edge = limit if word == "min" else above(limit, scale)
                bounds.append(Mark(places[bisect.bisect_left(edges, edge)], f"{word} {limit:,g}"))
    return Chart(
        name=name,
        unit=histogram["unit"],
        bars=bars,
        ticks=_ticks(edges, places, scale),
        bounds=bounds,
        levels=_levels(max(counts.values()), tallest),
        reasons=", ".join(dict.fromkeys(rule["reason"] for rule in rules)),
        failed=sum(count for low, count in counts.items() if any(_fails(low, rule) for rule in rules)),
    )


def _places(edges: Sequence[float], scale: str) -> list[float]:
    """Where each edge lies: shares by their value, counts a step a bin."""
    if scale == "share":
        span = max(edges[-1] - edges[0], 1e-9)
        return [WIDTH * (edge - edges[0]) / span for edge in edges]
    return [WIDTH * index / max(len(edges) - 1, 1) for index in range(len(edges))]


def _fails(low: float, rule: Mapping[str, Any]) -> bool:
    return (rule["min"] is not None and low < rule["min"]) or (rule["max"] is not None and low > rule["max"])


def _range(low: float, high: float, scale: str) -> str:
    if scale == "share":
        return f"{low:.3g} to {high:.3g}"
    return f"{low:,g}" if high - low <= 1 else f"{low:,g} to {high - 1:,g}"


def _ticks(edges: Sequence[float], places: Sequence[float], scale: str) -> list[Mark]:
    if scale == "share":
        last = edges[-1]
        step = next(
            step for step in (0.02, 0.05, 0.1, 0.2, 0.25) if (last - edges[0]) / step < MAX_TICKS or step == 0.25
        )
        ticks = [round(step * number, 2) for number in range(int(1 / step) + 1)]
        span = max(last - edges[0], 1e-9)
        return [Mark(WIDTH * (at - edges[0]) / span, f"{at:g}") for at in ticks if edges[0] <= at <= last]
    every = max(1, math.ceil((len(edges) - 1) / MAX_TICKS))
    middle = (places[1] - places[0]) / 2 if len(places) > 1 else 0.0
    return [Mark(places[index] + middle, _short(edges[index])) for index in range(0, len(edges) - 1, every)]


def _short(number: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return f"{number:g}"


def _levels(most: int, tallest: float) -> list[tuple[float, str]]:
    powers = [10**power for power in range(12) if 10**power <= most]
    return [(HEIGHT * math.log1p(power) / tallest, _short(power)) for power in powers]
