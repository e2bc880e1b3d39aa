"""What tuning gained on each text, with its interval, against a line at zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from tasks.artifacts import ArtifactStore
from tasks.charts import BAD, INK, OK, SOFT, WARN, draw, drawn_once, tell
from tasks.plain_text import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST_NAME = 18


class Gain(NamedTuple):
    """One text's, in nats a token."""

    name: str
    low: float
    at: float
    high: float


def forest(store: ArtifactStore, comparison: Mapping[str, Any]) -> Markup | None:
    """The drawing of a comparison, or None where there is none."""
    found = gains(comparison)
    if not found:
        return None
    label = f"What tuning gained on {len(found)} texts"
    height = 0.4 + 0.28 * len(found)
    return drawn_once(store, found, lambda: draw(4.2, height, label, lambda axes: _fill(axes, found)))


def _fill(axes: Axes, found: Sequence[Gain]) -> None:
    axes.grid(axis="x")
    axes.axvline(0, color=SOFT, linewidth=1)
    for place, gain in enumerate(found):
        colour = OK if gain.low > 0 else BAD if gain.high < 0 else WARN
        (line,) = axes.plot([gain.low, gain.high], [place, place], color=colour, linewidth=2, solid_capstyle="round")
        (dot,) = axes.plot(gain.at, place, "o", color=colour, markersize=6)
        for part in (line, dot):
            tell(part, f"{gain.name}: {gain.at:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})")
    names = [one_line(gain.name, LONGEST_NAME) for gain in found]
    axes.set_yticks(range(len(found)), names, color=INK)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+g}" if value else "0")


def gains(comparison: Mapping[str, Any]) -> list[Gain]:
    """Every text's gain; forgetting counts as a negative one."""
    found = []
    if held_out := comparison.get("improvement"):
        found.append(Gain("held-out rows", held_out["low"], held_out["nll"], held_out["high"]))
    if general := comparison.get("general"):
        found.append(Gain("general text", -general["high"], -general["forgetting"], -general["low"]))
    for name, file in (comparison.get("files") or {}).items():
        found.append(Gain(name, file["low"], file["improvement"], file["high"]))
    return found
