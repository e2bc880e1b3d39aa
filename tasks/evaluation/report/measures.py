"""The report's tables: a line a measure, a cell a model, each number with its interval where one was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from tasks.evaluation.report.findings import Findings

Format = Callable[[float], str]


def large(number: float) -> str:
    """A number that may be very large: three or more digits of it."""
    if number < 1000:
        return f"{number:,.2f}"
    return f"{number:,.0f}" if number < 1e6 else f"{number:.2e}".replace("e+0", "e").replace("e+", "e")


LIKELIHOOD: tuple[tuple[str, str, Format], ...] = (
    ("nll", "NLL, nats a token", "{:.4f}".format),
    ("perplexity", "perplexity, exp(NLL)", large),
    ("bits_per_byte", "bits a byte", "{:.3f}".format),
)
PROBES: tuple[tuple[str, str, Format], ...] = (
    ("stop_rate", "end by themselves", "{:.1%}".format),
    ("format_adherence", "keep the prompt's format", "{:.1%}".format),
    ("mean_tokens", "tokens, mean", "{:,.1f}".format),
    ("median_words", "words, median", "{:,.1f}".format),
    ("repetition", "repeat themselves", "{:.1%}".format),
    ("distinct_1", "distinct words", "{:.3f}".format),
    ("distinct_2", "distinct word pairs", "{:.3f}".format),
    ("longest_copied_run", "longest run copied from training rows, words", "{:,}".format),
    ("copying_fraction", "copy from training rows", "{:.1%}".format),
    ("holdout_copying_fraction", "held-out rows that do so themselves", "{:.1%}".format),
)
SPILL_OVER = (("value", "spill-over of the training style", "{:.3f}".format),)


class Cell(NamedTuple):
    """A number as it is shown."""

    value: str = ""
    interval: str = ""
    """`low to high`, where one was measured."""


class Line(NamedTuple):
    """A measure, a cell a model."""

    name: str
    cells: list[Cell]


class Group(NamedTuple):
    """Lines about one text."""

    title: str
    note: str
    lines: list[Line]


def likelihood_groups(findings: Findings) -> list[Group]:
    """NLL, perplexity and bits a byte on every text that was scored: held-out rows first."""
    tuned = findings.scores["tuned"]
    texts: list[tuple[str, Callable[[Mapping[str, Any]], Any]]] = [
        ("Held-out rows", itemgetter("holdout")),
        ("Training rows", lambda scores: scores.get("train")),
        ("General text", lambda scores: scores.get("general")),
    ]
    texts += [(name, partial(_file, name)) for name in tuned.get("files") or {}]
    groups = []
    for title, of in texts:
        found = [of(scores) for scores in findings.scores.values()]
        if any(found):
            measured = next(scores for scores in reversed(found) if scores)
            groups.append(Group(title, _size(measured), list(_lines(LIKELIHOOD, found))))
    return groups + _lm_eval_groups(findings)


def _lm_eval_groups(findings: Findings) -> list[Group]:
    """lm-eval's tasks, each metric with its standard error."""
    groups = []
    for task, metrics in (findings.scores["tuned"].get("lm_eval") or {}).items():
        lines = []
        for name in metrics:
            found = [((scores.get("lm_eval") or {}).get(task) or {}).get(name) for scores in findings.scores.values()]
            lines.append(Line(name, [_with_error(figure) for figure in found]))
        groups.append(Group(task, "lm-eval", lines))
    return groups


def _with_error(figure: Mapping[str, Any] | None) -> Cell:
    if figure is None:
        return Cell()
    return Cell(f"{figure['value']:.4f}", "" if figure["stderr"] is None else f"± {figure['stderr']:.4f}")


def probe_groups(findings: Findings) -> list[Group]:
    """What the models' samples are like, in and out of domain."""
    groups = []
    probes = [(scores["generation"].get("probes") or {}) for scores in findings.scores.values()]
    for domain in ("in_domain", "out_of_domain"):
        found = [probe.get(domain) for probe in probes]
        samples = next((measured["samples"] for measured in found if measured), 0)
        lines = list(_lines(PROBES, found))
        if domain == "out_of_domain" and any(probe.get("spill_over") for probe in probes):
            lines += _lines(SPILL_OVER, [probe.get("spill_over") for probe in probes])
        if lines:
            groups.append(Group(f"After {domain.replace('_', '-')} prompts", f"{samples:,} samples", lines))
    if not groups:
        rates = [scores["generation"] for scores in findings.scores.values()]
        groups.append(Group("After in-domain prompts", "", list(_lines(PROBES[:1], rates))))
    return groups


def spill_over_definition(findings: Findings) -> str:
    """How spill-over was measured, in the words of what measured it."""
    probes = findings.scores["tuned"]["generation"].get("probes") or {}
    return str((probes.get("spill_over") or {}).get("definition", ""))


def junk_groups(findings: Findings) -> list[Group]:
    """What the contract says of the models' samples, by reason, the most frequent first."""
    found = [findings.samples.get(model, {}) for model in findings.scores]
    if not any(found):
        return []
    totals: dict[str, int] = {}
    for verdict in found:
        for reason, count in verdict.get("reasons", {}).items():
            totals[reason] = totals.get(reason, 0) + count
    lines = [Line("junk", [_rate(verdict) for verdict in found])]
    for reason in sorted(totals, key=lambda name: (-totals[name], name)):
        lines.append(Line(reason, [_count(verdict, reason) for verdict in found]))
    return [Group("", "", lines)]


def _file(name: str, scores: Mapping[str, Any]) -> Any:
    return (scores.get("files") or {}).get(name)


def _lines(measures: Sequence[tuple[str, str, Format]], found: list[Any]) -> Iterator[Line]:
    """The measures that any of the models has."""
    for key, name, form in measures:
        cells = [_cell(facts or {}, key, form) for facts in found]
        if any(cell.value for cell in cells):
            yield Line(name, cells)


def _cell(facts: Mapping[str, Any], key: str, form: Format) -> Cell:
    if facts.get(key) is None:
        return Cell()
    bounds = (facts.get("interval") or {}).get(key)
    return Cell(form(facts[key]), " to ".join(form(bound) for bound in bounds) if bounds else "")


def _rate(verdict: Mapping[str, Any]) -> Cell:
    if not verdict:
        return Cell()
    low, high = verdict["interval"]
    return Cell(f"{verdict['junk_rate']:.1%}", f"{low:.1%} to {high:.1%}")


def _count(verdict: Mapping[str, Any], reason: str) -> Cell:
    return Cell(f"{verdict['reasons'].get(reason, 0):,}" if verdict else "")


def _size(scores: Mapping[str, Any]) -> str:
    return f"{scores['rows']:,} documents, {scores['tokens']:,} tokens"
