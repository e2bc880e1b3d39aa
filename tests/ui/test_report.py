"""The report in a real browser: one file that asks nobody for anything, readable in light and dark, on any screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

MIN_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, level AA, for text of normal size."""

CONTRASTS = """
() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const over = (top, under) => {
    const alpha = top[3] ?? 1;
    return [0, 1, 2].map(i => top[i] * alpha + under[i] * (1 - alpha));
  };
  const luminance = rgb => rgb
    .map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const probe = document.body.appendChild(document.createElement("div"));
  probe.style.background = "Canvas";
  const canvas = numbers(getComputedStyle(probe).backgroundColor);
  probe.remove();
  const measure = element => {
    const line = [];
    for (let at = element; at; at = at.parentElement) line.unshift(at);
    const opacity = line.reduce((product, at) => product * Number(getComputedStyle(at).opacity), 1);
    const ground = line.reduce((under, at) => over(numbers(getComputedStyle(at).backgroundColor), under), canvas);
    const [r, g, b, alpha = 1] = numbers(getComputedStyle(element).color);
    const [high, low] = [over([r, g, b, alpha * opacity], ground), ground].map(luminance).sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const texts = [...document.body.querySelectorAll("*")].filter(
    element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
  return {canvas, contrasts: texts.map(element => [element.tagName + " " + element.innerText, measure(element)])};
}
"""
"""A page's background, and the contrast of every element that holds text, after WCAG's formula."""

LINES = """
() => [...document.querySelectorAll("td.number")].map(cell => cell.querySelector("span") ?? cell).map(number => {
  const range = document.createRange();
  range.selectNodeContents(number);
  return [number.innerText, range.getClientRects().length];
})
"""
"""The numbers of a page, and how many lines each of them takes; an interval has a line of its own."""


@dataclass
class Opened:
    """A page and what happened while it was open."""

    page: Any
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def opened(browser: Any, file: Path, *, width: int = 1100, color_scheme: str = "light") -> Iterator[Opened]:
    """Open a file with no network; every request and every line on the console is recorded."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=color_scheme, offline=True, reduced_motion="reduce"
    )
    seen = Opened(context.new_page())
    context.on("request", lambda request: seen.requests.append(request.url))
    context.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
    seen.page.on("console", lambda message: seen.console.append(f"{message.type}: {message.text}"))
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    seen.page.goto(file.as_uri(), wait_until="load")
    seen.page.wait_for_load_state("networkidle")
    yield seen
    context.close()


@pytest.fixture
def report(browser: Any, demo_run: Any) -> Iterator[Opened]:
    with opened(browser, demo_run.report) as seen:
        yield seen


def table(page: Any, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading."""
    rows = page.locator(f"xpath=//h2[.='{heading}']/following::table[1]//tr")
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def test_the_report_tells_the_verdict_and_the_numbers_of_the_run(report: Opened, demo_run: Any):
    base, tuned = demo_run.summary["metrics"]["base"], demo_run.summary["metrics"]["tuned"]
    comparison = demo_run.summary["comparison"]
    assert comparison["is_better"], "an epoch of the demo learns something"
    assert report.page.locator(".verdict").inner_text() == comparison["judgement"]
    measured = table(report.page, "Results")
    assert measured[0] == ["", "base", "tuned"]
    name, *values = measured[2]
    assert name == "NLL, nats a token"
    assert [value.split("\n")[0] for value in values] == [f"{base['nll']:.4f}", f"{tuned['nll']:.4f}"]
    assert all(" to " in value for value in values), "each with its interval"
    reasons = {reason: str(count) for reason, count in demo_run.summary["rows"]["reasons"].items()}
    assert len(reasons) > 5
    shown = {cells[0]: cells[2] for cells in table(report.page, "Data")}
    assert reasons.items() <= shown.items()
    assert demo_run.run_id in report.page.inner_text("body")


def test_the_report_says_how_to_do_it_again_and_what_to_try(report: Opened, demo_run: Any):
    command = report.page.locator("pre.code").first.inner_text()
    assert command.startswith("gadfly run demo -s ")
    assert "training.epochs=1" in command
    advice = report.page.locator(".next").inner_text()
    assert "What to try next." in advice


def test_the_curves_are_drawn(report: Opened):
    chart = report.page.locator(".chart svg")
    assert chart.locator("title").count() >= 2, "each held-out point tells its number"
    colours = {
        style for line in chart.locator("path").all() if (style := line.evaluate("e => getComputedStyle(e).stroke"))
    }
    assert len(colours - {"none"}) >= 3, "the page's colours are known to the chart"
    box = chart.bounding_box()
    assert box["width"] > 600
    assert box["height"] > 150


def test_the_gates_clauses_are_listed(report: Opened):
    clauses = {row[1] for row in table(report.page, "The gate")[1:]}
    assert {"improvement", "sample junk", "copying", "reload"} <= clauses


def test_the_report_asks_nobody_for_anything(report: Opened, demo_run: Any):
    assert report.requests == [demo_run.report.as_uri()]
    assert report.console == []
    assert report.errors == []


def test_text_of_the_data_is_shown_as_text_and_runs_nothing(report: Opened, hostile_author: str, hostile_probe: str):
    prompts = report.page.locator(".sample > pre").all_inner_texts()
    assert f'The {hostile_author} says: "' in prompts, "row text: a probe is the beginning of a held-out row"
    assert hostile_probe in prompts
    assert report.page.evaluate("window.pwned") is None
    assert report.page.locator("script, img, a, strong, em").count() == 0


def test_the_planted_text_would_run_and_be_noticed_if_it_were_not_escaped(
    browser: Any, demo_run: Any, hostile_author: str, tmp_path: Path
):
    """What keeps the tests above from passing vacuously: escaping and the policy taken away, both notice."""
    page = demo_run.report.read_text(encoding="utf-8")
    policy = page[page.index('<meta http-equiv="Content-Security-Policy"') :].splitlines()[0]
    broken = tmp_path / "broken.html"
    broken.write_text(page.replace(policy, "").replace("<h2>Data</h2>", f"<h2>{hostile_author}</h2>"), "utf-8")
    with opened(browser, broken) as seen:
        assert seen.page.evaluate("window.pwned") == 2  # the script, then the image that isn't there
        assert seen.requests == [broken.as_uri(), "http://b.example/x"]
        assert any("Failed to load resource" in line for line in seen.console)
    broken.write_text(page.replace("<h2>Data</h2>", f"<h2>{hostile_author}</h2>"), "utf-8")
    with opened(browser, broken) as seen:
        assert seen.page.evaluate("window.pwned") is None, "the report's own policy holds though escaping fails"
        assert any("Content Security Policy" in line for line in seen.console)


@pytest.mark.parametrize(("color_scheme", "is_light"), [("light", True), ("dark", False)])
def test_the_report_is_readable_in_light_and_dark(browser: Any, demo_run: Any, color_scheme: str, is_light: bool):
    with opened(browser, demo_run.report, color_scheme=color_scheme) as seen:
        measured = seen.page.evaluate(CONTRASTS)
    assert (min(measured["canvas"][:3]) > 200) is is_light
    assert (max(measured["canvas"][:3]) < 60) is not is_light
    assert len(measured["contrasts"]) > 40
    assert [(text, ratio) for text, ratio in measured["contrasts"] if ratio < MIN_CONTRAST] == []


def test_the_measure_of_contrast_sees_grey_on_grey(browser: Any, tmp_path: Path):
    page = tmp_path / "grey.html"
    page.write_text("<p>black</p><p style='color:#777'>grey</p><p style='opacity:.3'>faint</p>", "utf-8")
    with opened(browser, page) as seen:
        measured = dict(seen.page.evaluate(CONTRASTS)["contrasts"])
    assert measured["P black"] == pytest.approx(21)  # black on white, the most there is
    assert measured["P grey"] == pytest.approx(4.48, abs=0.01)  # #777 on white, the known near miss
    assert measured["P faint"] < 3


@pytest.mark.parametrize("width", [360, 1100])
def test_the_report_never_scrolls_sideways(browser: Any, demo_run: Any, width: int):
    with opened(browser, demo_run.report, width=width) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        lines = seen.page.evaluate(LINES)
    assert len(lines) > 10
    assert {text: count for text, count in lines if count > 1} == {}, "a number is never broken in two"
