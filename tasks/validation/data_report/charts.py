"""A histogram of each measured signal, with the contract's bounds drawn in."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from tasks.charts import BAD, INK, OK, draw, tell
from tasks.validation.histograms import above, bin_edges

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TICKS = 6
BOX = (0.09, 0.16, 0.89, 0.7)
"""Where the axes lie in a chart."""


class Chart(NamedTuple):
    """One signal's histogram."""

    name: str
    unit: str
    reasons: str
    failed: int
    """Rows beyond a bound."""
    svg: Markup


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
    failed = sum(count for low, _, count in histogram["bins"] if any(_fails(low, rule) for rule in rules))
    label = f"{name}: {failed} rows beyond its bounds"
    return Chart(
        name=name,
        unit=histogram["unit"],
        reasons=", ".join(dict.fromkeys(rule["reason"] for rule in rules)),
        failed=failed,
        svg=draw(3.6, 1.3, label, lambda axes: _fill(axes, histogram, rules), BOX),
    )


def _fill(axes: Axes, histogram: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> None:
    scale, edges = histogram["scale"], shown_edges(histogram, rules)

    def place(edge: float) -> float:
        """Shares lie by their value, counts a step a bin: those double every second one."""
        return edge if scale == "share" else bisect.bisect_left(edges, edge)

    axes.grid(axis="y")
    for low, high, count in histogram["bins"]:
        colour = BAD if any(_fails(low, rule) for rule in rules) else OK
        (bar,) = axes.bar(place(low), count, place(high) - place(low), align="edge", color=colour, edgecolor="none")
        tell(bar, f"{_range(low, high, scale)}: {count:,} rows")
    for word, limit, edge in _bounds(rules, scale):
        axes.axvline(place(edge), color=INK, linestyle="--", linewidth=0.9)
        side = "left" if place(edge) - place(edges[0]) < (place(edges[-1]) - place(edges[0])) / 2 else "right"
        axes.text(place(edge), 1.03, f"{word} {limit:,g}", ha=side, transform=axes.get_xaxis_transform())
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: _short(value) if value else "")
    axes.set_xlim(place(edges[0]), place(edges[-1]))
    if scale == "share":
        axes.xaxis.set_major_formatter("{x:g}")
    else:
        every = max(1, math.ceil((len(edges) - 1) / TICKS))
        ticks = range(0, len(edges) - 1, every)
        axes.set_xticks([tick + 0.5 for tick in ticks], [_short(edges[tick]) for tick in ticks])


def shown_edges(histogram: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> list[float]:
    """The edges of the bins from the first that matters to the last: those with rows, and those at a bound."""
    scale = histogram["scale"]
    edges = bin_edges(scale, [(rule["min"], rule["max"]) for rule in rules])
    places = [low for low, _, _ in histogram["bins"]] + [edge for _, _, edge in _bounds(rules, scale)]
    first = bisect.bisect_right(edges, min(places)) - 1
    last = min(bisect.bisect_right(edges, max(places)), len(edges) - 1)
    return edges[max(first, 0) : last + 1]


def _bounds(rules: Sequence[Mapping[str, Any]], scale: Any) -> list[tuple[str, float, float]]:
    """What each bound is called, its value, and the edge of the bins at which it lies."""
    least = [("min", rule["min"], rule["min"]) for rule in rules if rule["min"] is not None]
    return least + [("max", rule["max"], above(rule["max"], scale)) for rule in rules if rule["max"] is not None]


def _fails(low: float, rule: Mapping[str, Any]) -> bool:
    return (rule["min"] is not None and low < rule["min"]) or (rule["max"] is not None and low > rule["max"])


def _range(low: float, high: float, scale: str) -> str:
    if scale == "share":
        return f"{low:.3g} to {high:.3g}"
    return f"{low:,g}" if high - low <= 1 else f"{low:,g} to {high - 1:,g}"


def _short(number: float) -> str:
    from matplotlib.ticker import EngFormatter

    return EngFormatter(sep="").format_data(number) if number >= 1000 else f"{number:g}"
