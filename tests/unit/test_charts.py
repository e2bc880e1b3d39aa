"""Charts are parts of a page: its colours, its light and dark, and nothing of theirs outside of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tasks import charts, home

HOSTILE = """<script>alert("row")</script> & 'so' $x^2$ var(--ok)"""


def hostile(axes) -> None:
    (line,) = axes.plot([0, 1], [0, 1], color=charts.OK)
    charts.tell(line, HOSTILE)
    axes.set_title(HOSTILE)


def test_text_is_escaped_and_no_formula():
    svg = ElementTree.fromstring(charts.draw(3, 2, HOSTILE, hostile))
    assert svg.attrib["aria-label"] == HOSTILE
    texts = [element.text for element in svg.iter() if element.text and element.text.strip()]
    assert texts.count(HOSTILE) == 2, "the title, and what the line tells"


def test_colours_are_the_pages_and_the_rest_is_the_charts_own():
    svg = charts.draw(3, 2, "a line", hostile)
    assert {"--ok", "--line", "--soft", "--ink"} <= set(re.findall(r"var\((--\w+)\)", svg))
    assert not re.findall(r"#[0-9a-f]{6}\b", svg), "no colour of matplotlib's"
    assert "<style" not in svg, "it would hold for the whole page"
    assert "http" not in svg.replace("http://www.w3.org/", "")
    css = (Path(charts.__file__).parent / "page.css").read_text(encoding="utf-8")
    for name in re.findall(r"var\((--\w+)\)", svg):
        assert f"{name}:" in css


def test_equal_charts_have_equal_bytes():
    assert charts.draw(3, 2, "a", hostile) == charts.draw(3, 2, "a", hostile)


def test_what_was_drawn_is_drawn_again_only_for_something_else(gadfly_home):
    drawn = []

    def draw() -> charts.Markup:
        drawn.append(1)
        return charts.Markup(f"<svg>{len(drawn)}</svg>")

    store = home.store()
    assert charts.drawn_once(store, [1, 2.5], draw) == charts.drawn_once(store, [1, 2.5], draw) == "<svg>1</svg>"
    assert charts.drawn_once(store, [1, 2.6], draw) == "<svg>2</svg>"


def test_a_chart_that_was_kept_imports_no_matplotlib(gadfly_home):
    charts.drawn_once(home.store(), "shown", lambda: charts.Markup("<svg/>"))
    program = (
        "import sys; from tasks import charts, home\n"
        "from tasks.evaluation.report import render\n"
        "assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(charts.__file__).parents[1])


@pytest.mark.parametrize("damage", [b"{", b"[1]"])
def test_a_damaged_chart_is_drawn_again(gadfly_home, damage):
    store = home.store()
    charts.drawn_once(store, 1, lambda: charts.Markup("<svg/>"))
    (kept,) = (Path(store.root) / "charts").iterdir()
    kept.write_bytes(damage)
    assert charts.drawn_once(store, 1, lambda: charts.Markup("<svg/>")) == "<svg/>"
