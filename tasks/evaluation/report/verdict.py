"""What came of a run, in a sentence, and what speaks against it.

A model is called better only where the comparison says so: it knows how far trainings and documents differ by chance.
A better loss alone is no good news either: a model can predict held-out rows better and write more junk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from tasks.evaluation.report.findings import Findings
from tasks.sample_junk import junk_above

MAX_LEAK = 0.01
"""Share of held-out rows that may stand in the training rows, as the gate's."""

Tone = Literal["good", "open", "bad"]


class Verdict(NamedTuple):
    """The report's first lines."""

    sentence: str
    tone: Tone
    """`good` where the model is better and nothing speaks against it, `bad` where something does, else `open`."""
    caveats: list[str]
    """What speaks against the model although its loss may be better, a sentence each."""


def verdict(findings: Findings) -> Verdict:
    """The sentence, its tone, and the caveats."""
    caveats = list(_caveats(findings))
    is_better = bool(findings.comparison.get("is_better"))
    tone: Tone = "bad" if caveats else "good" if is_better else "open"
    return Verdict(_sentence(findings), tone, caveats)


def _sentence(findings: Findings) -> str:
    if findings.comparison:
        return str(findings.comparison["judgement"])
    before, after = (findings.scores[model]["holdout"] for model in ("base", "tuned"))
    moved = "fell" if after["nll"] < before["nll"] else "rose" if after["nll"] > before["nll"] else "stayed"
    return (
        f"The loss on {after['rows']:,} held-out rows {moved} from {before['nll']:.3f} to {after['nll']:.3f} nats a "
        "token; how much of that is chance was not measured."
    )


def _caveats(findings: Findings) -> Iterator[str]:
    if findings.clauses:
        for clause in findings.clauses:
            if not clause["passed"]:
                yield f"The gate refuses it for {clause['name'].replace('_', ' ')}: {clause['why']}"
        return
    yield from filter(None, (_leak(findings), _junk(findings), _copying(findings), _stopping(findings)))
    fit = findings.comparison.get("fit", {})
    if fit.get("judgement") in ("overfitting", "nothing learned"):
        yield f"Fit: {fit['judgement']}. {fit['why']}"


def _leak(findings: Findings) -> str:
    leak = findings.comparison.get("leak", {})
    if leak.get("fraction", 0) <= MAX_LEAK:
        return ""
    return (
        f"{leak['rows']:,} held-out rows ({leak['fraction']:.1%}) stand in the training rows too, word for word or "
        "nearly: the held-out numbers flatter the model."
    )


def _junk(findings: Findings) -> str:
    base, tuned = (findings.samples.get(model) for model in ("base", "tuned"))
    allowed = findings.setting("registration.gate.max_junk_above_base", 0.02)
    if not base or not tuned or not junk_above(tuned, base).exceeds(allowed):
        return ""
    return (
        f"{tuned['junk_rate']:.1%} of its samples break the data's contract, {base['junk_rate']:.1%} of the base's do: "
        "it learned to write junk."
    )


def _copying(findings: Findings) -> str:
    probes = in_domain_probes(findings, "tuned")
    own = probes.get("holdout_copying_fraction") or 0.0
    seen = probes.get("copying_fraction") or 0.0
    if seen - own <= findings.setting("registration.gate.max_copying", 0.2):
        return ""
    return f"{seen:.1%} of its samples copy a long run of words from the training rows ({own:.1%} of held-out rows do)."


def _stopping(findings: Findings) -> str:
    seen = findings.scores["tuned"]["generation"]["stop_rate"]
    if seen >= findings.setting("registration.gate.min_stop_rate", 0.5):
        return ""
    return f"Only {seen:.1%} of its samples end by themselves; the others were cut at the token limit."


def in_domain_probes(findings: Findings, model: str) -> dict[str, Any]:
    """The measures of a model's in-domain samples; none where nothing was measured."""
    generation = findings.scores.get(model, {}).get("generation", {})
    measures: dict[str, Any] = (generation.get("probes") or {}).get("in_domain") or {}
    return measures
