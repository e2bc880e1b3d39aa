"""A run's report: one self-contained HTML file, rendered each time, so that it shows today's data counts.

Row text and samples are masked, and escaped by the template engine; the page's policy lets a browser run no script and
fetch nothing.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader

from tasks.artifacts import ArtifactRef, ArtifactStore
from tasks.evaluation.report.advice import advice
from tasks.evaluation.report.cost import stage_costs, training_cost
from tasks.evaluation.report.curves import curve
from tasks.evaluation.report.findings import Findings, read_findings
from tasks.evaluation.report.forest import forest
from tasks.evaluation.report.measures import junk_groups, large, likelihood_groups, probe_groups, spill_over_definition
from tasks.evaluation.report.run import ReportedRun
from tasks.evaluation.report.samples import samples_on_the_way, side_by_side
from tasks.evaluation.report.verdict import verdict
from tasks.quantities import duration, percent
from tasks.token_notes import token_notes, waived_checks

TASKS = Path(__file__).parents[2]
"""Where `page.css` lies, the look of every page."""


class Page(NamedTuple):
    """A rendered report."""

    html: str
    verdict: str
    """Its first sentence."""
    advice: str
    """The override that it says to try next, or what to do where there is none."""


def render_report(
    store: ArtifactStore, run: ReportedRun, artifacts: Mapping[str, ArtifactRef], mask: Callable[[str], str]
) -> Page:
    """Render a run's report; `mask` replaces personal data in prompts and samples."""
    findings = read_findings(store, run, artifacts)
    judged, tried = verdict(findings), advice(findings)
    costs = stage_costs(store, run)
    environment = Environment(
        loader=FileSystemLoader([Path(__file__).parent, TASKS]), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"count": lambda number: f"{number:,}", "percent": percent, "duration": duration}
    html = environment.get_template("report.html").render(
        run=run,
        found=findings,
        verdict=judged,
        advice=tried,
        next_command=with_override(run.command, tried.override),
        cards=_cards(findings),
        models=list(findings.scores),
        likelihood=likelihood_groups(findings),
        probes=probe_groups(findings),
        spill_over=spill_over_definition(findings),
        junk=junk_groups(findings),
        curve=curve(store, findings.training),
        forest=forest(store, findings.comparison),
        on_the_way=samples_on_the_way(findings.training, mask),
        samples=side_by_side(findings.scores, mask),
        reasons=_reasons(findings.rows),
        notes=[mask(note) for note in findings.source.get("notes", [])],
        waived=waived_checks(findings.tokens),
        token_notes=token_notes(findings.tokens),
        costs=costs,
        total_seconds=sum(cost.seconds for cost in costs),
        training_cost=training_cost(store.record(artifacts["trained"])),
        artifacts={name: ref.digest for name, ref in sorted(artifacts.items())},
    )
    return Page(html, judged.sentence, tried.override or tried.what)


def with_override(command: str, override: str) -> str:
    """A command with one more override, which replaces an earlier one of the same key."""
    words, key = shlex.split(command), override.partition("=")[0]
    kept = [
        place
        for place, word in enumerate(words)
        if not (word == "-s" and words[place + 1 : place + 2] and words[place + 1].startswith(f"{key}="))
        and not (place and words[place - 1] == "-s" and word.startswith(f"{key}="))
    ]
    return shlex.join([*(words[place] for place in kept), "-s", override])


def _cards(findings: Findings) -> list[tuple[str, str]]:
    """The numbers at the top: value, and what it is."""
    base, tuned = (findings.scores[model]["holdout"] for model in ("base", "tuned"))
    cards = [(f"{large(base['perplexity'])} → {large(tuned['perplexity'])}", "held-out perplexity")]
    improvement = findings.comparison.get("improvement")
    if improvement:
        cards.append((f"{improvement['low']:+.3f} to {improvement['high']:+.3f}", "nats a token gained, 95 % interval"))
    samples = [findings.samples.get(model) for model in ("base", "tuned")]
    if all(samples):
        before, after = (f"{verdict['junk_rate']:.1%}" for verdict in samples if verdict)
        cards.append((f"{before} → {after}", "junk in its samples"))
    cards.append((f"{tuned['rows']:,}", "held-out rows"))
    cards.append((f"{findings.rows['split']['train']:,}", "rows trained on"))
    return cards


def _reasons(rows: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Reasons with their rows: rejected, kept with a warning, repaired; a bar's length in percent of the longest."""
    kinds = (("quarantine", "reasons"), ("warn", "warnings"), ("repair", "repaired"))
    lines = [(reason, count, kind) for kind, name in kinds for reason, count in rows.get(name, {}).items()]
    longest = max([count for _, count, _ in lines], default=1)
    lines.sort(key=lambda line: (line[2], -line[1], line[0]))
    return [
        {"reason": reason, "rows": count, "action": kind, "width": round(100 * count / longest, 2)}
        for reason, count, kind in lines
    ]
