"""Charts as SVG inside a page, drawn by matplotlib and coloured by the page, so that they follow light and dark.

matplotlib knows colours only, so each of `page.css`'s has a stand-in that is put back into words afterwards. Text stays
text, escaped by matplotlib; what is pointed at tells its number.

Importing matplotlib takes as long as the rest of a wholly cached run's report, so a chart is drawn once for what it
shows, and kept in the store.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from tasks.artifacts import ArtifactStore
from tasks.json_files import canonical_json

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

INK, SOFT, LINE, CARD, OK, WARN, BAD = (f"#00000{number}" for number in range(1, 8))
_COLOURS = {INK: "ink", SOFT: "soft", LINE: "line", CARD: "card", OK: "ok", WARN: "warn", BAD: "bad"}
_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "svg.fonttype": "none",
    "svg.hashsalt": "gadfly",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": LINE,
    "xtick.labelcolor": SOFT,
    "xtick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.color": LINE,
    "ytick.labelcolor": SOFT,
    "ytick.major.size": 0,
    "ytick.minor.size": 0,
}
_TIP = "tip:"
Box = tuple[float, float, float, float]
"""Left, bottom, width and height of a chart's axes, as shares of the chart."""


def draw(width: float, height: float, label: str, fill: Callable[[Axes], None], box: Box | None = None) -> Markup:
    """A chart.

    Args:
        width: In inches of 96 pixels, where the page doesn't scale it.
        height: The same.
        label: What it shows, for those who don't see it.
        fill: Draws into the axes.
        box: Where they lie; none: as the words beside them need, which takes twice the time.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(width, height), layout=None if box else "constrained")
        fill(figure.add_axes(box) if box else figure.add_subplot())
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return _for_page(written.getvalue(), label)


def tell(artist: Artist, text: str) -> None:
    """Have a part of a chart tell a text when it is pointed at."""
    artist.set_gid(_TIP + text)


def drawn_once(store: ArtifactStore, shown: Any, drawing: Callable[[], Markup]) -> Markup:
    """What `drawing` draws, from the store where it drew the same before.

    Args:
        store: Keeps it.
        shown: All that it draws, as JSON.
        drawing: Draws it; its module's code counts too.
    """
    code = [Path(file).read_text(encoding="utf-8") for file in (__file__, drawing.__code__.co_filename)]
    material = canonical_json([shown, code, version("matplotlib")])
    name = f"charts/{hashlib.sha256(material.encode()).hexdigest()[:32]}"
    kept = store.read_note(name)
    if not isinstance(kept, str):
        kept = str(drawing())
        store.write_note(name, kept)
    return Markup(kept)


def _for_page(svg: str, label: str) -> Markup:
    """A whole SVG file as a part of a page: its colours the page's, nothing in it named twice."""
    svg = re.sub(r"<style.*?</style>|<metadata.*?</metadata>|<!--.*?-->", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(rf'<g id="{_TIP}([^"]*)">', r"<g><title>\1</title>", svg)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
    for stand_in, name in _COLOURS.items():
        svg = svg.replace(stand_in, f"var(--{name})")
    svg = svg.replace("'DejaVu Sans'", "system-ui").replace(" \n", "\n")
    return Markup(svg.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1))
