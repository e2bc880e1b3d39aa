"""The gate: what a challenger must show before it may be champion. Pure: evidence in, clauses out.

A challenger is held against the champion, the first one against its base. Each clause says what was seen against what
is allowed; all must pass. What wasn't measured is refused, but forgetting, which needs a general text to be measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from tasks.registration.config import GateSettings, Provenance
from tasks.sample_junk import BENEFIT_OF_DOUBT, junk_above

GATE_FORMAT = 4
"""Raise it when a clause changes: verdicts under an older format are given again."""
MAX_LEAK = 0.01
"""Share of held-out rows whose text may (nearly) be among the training rows."""
NOT_MEASURED = "not measured"


class Evidence(NamedTuple):
    """What was measured, as the artifacts' JSON files have it."""

    comparison: Mapping[str, Any]
    """Challenger against champion, or against its base where there is no champion: `comparison.json`."""
    from_base: Mapping[str, Any]
    """Challenger against its base: `comparison.json`."""
    scores: Mapping[str, Any]
    """The challenger's `scores.json`."""
    samples: Mapping[str, Any]
    """What the contract says of the challenger's samples: `verdict.json`."""
    base_samples: Mapping[str, Any]
    """The same of its base's."""
    reload_damage: str
    """Why what MLflow holds is not what was trained; empty where it is, to the bit."""
    provenance: Provenance
    """What the recipe states of the data."""
    unstated_because: str = ""
    """Why a person lets pass that nothing is stated."""


class Clause(BaseModel):
    """One demand of the gate."""

    model_config = ConfigDict(frozen=True)

    name: str
    passed: bool
    seen: str
    allowed: str
    why: str
    """What it means, in a sentence."""


def judge(evidence: Evidence, settings: GateSettings) -> list[Clause]:
    """Every clause, in a fixed order."""
    return [
        _improvement(evidence.comparison, settings),
        _sample_junk(evidence.samples, evidence.base_samples, settings),
        _forgetting(evidence.from_base, settings),
        _stopping(evidence.scores, settings),
        _copying(evidence.scores, settings),
        _leak(evidence.from_base),
        _fit(evidence.from_base),
        _reload(evidence.reload_damage),
        _provenance(evidence.provenance, evidence.unstated_because),
    ]


def outcome(clauses: Sequence[Clause]) -> str:
    """`passed`, or `refused (clause, clause)`: the version's tag."""
    refused = [clause.name for clause in clauses if not clause.passed]
    return f"refused ({', '.join(refused)})" if refused else "passed"


def unjudged(why: str) -> list[Clause]:
    """The clauses of a version that brings no evidence, such as one that wasn't registered by Gadfly."""
    return [Clause(name="evidence", passed=False, seen="none", allowed="a run's record", why=why)]


def _improvement(comparison: Mapping[str, Any], settings: GateSettings) -> Clause:
    found, minimum = comparison["improvement"], settings.min_improvement
    seen = f"{found['nll']:+.4f} nats a token ({found['low']:+.4f} to {found['high']:+.4f})"
    return Clause(
        name="improvement",
        passed=bool(found["low"] > minimum),
        seen=seen,
        allowed=f"an interval above {minimum:g}, with the seed's noise in it ({comparison['noise']['source']})",
        why=comparison["judgement"],
    )


def _sample_junk(samples: Mapping[str, Any], base_samples: Mapping[str, Any], settings: GateSettings) -> Clause:
    margin = settings.max_junk_above_base
    if not samples["judged"] or not base_samples["judged"]:
        return _missing(
            "sample_junk", f"at most {margin:.1%} above the base's", "No sample was judged by the contract."
        )
    above = junk_above(samples, base_samples)
    worst = sorted(samples["reasons"].items(), key=lambda reason: (-reason[1], reason[0]))[:3]
    told = ", ".join(f"{count:,} {reason}" for reason, count in worst)
    return Clause(
        name="sample_junk",
        passed=not above.exceeds(margin),
        seen=f"{samples['junk_rate']:.1%} of {samples['judged']:,} samples, "
        f"the base's {base_samples['junk_rate']:.1%}: {above.rate:+.1%}, at least {above.at_least:+.1%}",
        allowed=f"at most {margin:.1%} above the base's; "
        f"up to {BENEFIT_OF_DOUBT * margin:.1%} where so few samples can't tell it from that",
        why=f"The contract's text rules, on what the model writes: {told or 'nothing to object to'}.",
    )


def _forgetting(comparison: Mapping[str, Any], settings: GateSettings) -> Clause:
    general, limit = comparison["general"], settings.max_forgetting
    seen = f"{general['forgetting']:+.4f} nats a token" if general else NOT_MEASURED
    return Clause(
        name="forgetting",
        passed=not general or limit is None or bool(general["forgetting"] <= limit),
        seen=seen,
        allowed="anything (no max_forgetting)" if limit is None else f"at most {limit:g}",
        why="How much worse than its base it reads a general text."
        if general
        else "The recipe names no general text (evaluation.general).",
    )


def _stopping(scores: Mapping[str, Any], settings: GateSettings) -> Clause:
    probes = scores["generation"].get("probes", {}).get("in_domain") or {}
    rate = probes.get("stop_rate", scores["generation"].get("stop_rate"))
    allowed = f"at least {settings.min_stop_rate:.0%}"
    if rate is None:
        return _missing("stopping", allowed, "No sample was drawn.")
    return Clause(
        name="stopping",
        passed=bool(rate >= settings.min_stop_rate),
        seen=f"{rate:.0%} of samples",
        allowed=allowed,
        why="How often it ends by itself.",
    )


def _copying(scores: Mapping[str, Any], settings: GateSettings) -> Clause:
    probes = scores["generation"].get("probes", {}).get("in_domain") or {}
    rate, natural = probes.get("copying_fraction"), probes.get("holdout_copying_fraction")
    if rate is None or natural is None:
        return _missing(
            "copying", f"at most {settings.max_copying:.0%} above held-out rows'", "No sample was compared."
        )
    allowed = natural + settings.max_copying
    return Clause(
        name="copying",
        passed=bool(rate <= allowed),
        seen=f"{rate:.1%} of samples",
        allowed=f"at most {allowed:.1%} (held-out rows' {natural:.1%} and {settings.max_copying:.1%})",
        why="The share of samples that repeat a long run of words of the training rows.",
    )


def _leak(comparison: Mapping[str, Any]) -> Clause:
    leak = comparison["leak"]
    return Clause(
        name="leak",
        passed=bool(leak["fraction"] <= MAX_LEAK),
        seen=f"{leak['rows']:,} held-out rows ({leak['fraction']:.1%})",
        allowed=f"at most {MAX_LEAK:.0%}",
        why="Held-out rows whose text is, or nearly is, among the training rows.",
    )


def _fit(comparison: Mapping[str, Any]) -> Clause:
    fit = comparison["fit"]
    return Clause(
        name="fit",
        passed=fit["judgement"] == "fitting",
        seen=f"{fit['judgement']} (gap {fit['gap']:+.4f} nats a token)",
        allowed="fitting",
        why=fit["why"],
    )


def _reload(damage: str) -> Clause:
    return Clause(
        name="reload",
        passed=not damage,
        seen=damage or "what was trained, to the bit",
        allowed="what was trained, to the bit",
        why="What MLflow holds and would serve.",
    )


def _provenance(stated: Provenance, waived: str) -> Clause:
    told = [f"{name} {value}" for name, value in (("licence", stated.licence), ("from", stated.origin)) if value]
    return Clause(
        name="provenance",
        passed=bool(told or waived),
        seen=", ".join(told) or ("waived: " + waived if waived else "neither licence nor origin"),
        allowed="a licence, an origin, or a reason to do without",
        why="Whose data it learned from: source.licence, source.origin, or registration.waive.provenance.",
    )


def _missing(name: str, allowed: str, why: str) -> Clause:
    return Clause(name=name, passed=False, seen=NOT_MEASURED, allowed=allowed, why=why)
