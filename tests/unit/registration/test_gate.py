"""The gate's clauses, one by one: each refuses what it is there for, at its bound and not before."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.registration.config import GateSettings, Provenance
from tasks.registration.gate import Evidence, judge, outcome, unjudged

NAMES = ["improvement", "sample_junk", "forgetting", "stopping", "copying", "leak", "fit", "reload", "provenance"]


def evidence(**changes: Any) -> Evidence:
    """Evidence that passes, with some of its leaves changed: `comparison__improvement__low=-1`."""
    content: dict[str, Any] = {
        "comparison": comparison(),
        "from_base": comparison(),
        "scores": {
            "generation": {
                "stop_rate": 0.0,  # of the named probes: the judged samples' counts
                "probes": {
                    "in_domain": {"stop_rate": 0.9, "copying_fraction": 0.05, "holdout_copying_fraction": 0.05},
                },
            }
        },
        "samples": judged_samples(8, {"repetition": 6, "too_short": 2}),
        "base_samples": judged_samples(10),
        "reload_damage": "",
        "provenance": Provenance(licence="MIT"),
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = content
        for parent in parents:
            target = target[parent]
        target[last] = value
    return Evidence(**content)


def judged_samples(junk: int, reasons: dict[str, int] | None = None) -> dict[str, Any]:
    rate, half = junk / 200, 0.03
    interval = [max(0.0, rate - half), rate + half]
    return {"judged": 200, "junk": junk, "junk_rate": rate, "interval": interval, "reasons": reasons or {}}


def comparison() -> dict[str, Any]:
    return {
        "improvement": {"nll": 0.06, "low": 0.04, "high": 0.08},
        "is_better": True,
        "noise": {"source": "stated floor"},
        "judgement": "Better by 0.06 nats a token.",
        "general": {"forgetting": 0.03, "low": 0.01, "high": 0.05},
        "fit": {"gap": 0.1, "judgement": "fitting", "why": "It fits."},
        "leak": {"rows": 1, "fraction": 0.005},
    }


def refused(seen: Evidence, **settings: Any) -> list[str]:
    return [clause.name for clause in judge(seen, GateSettings(**settings)) if not clause.passed]


def test_a_model_that_shows_all_it_should_passes_every_clause():
    clauses = judge(evidence(), GateSettings())
    assert [clause.name for clause in clauses] == NAMES
    assert outcome(clauses) == "passed"


@pytest.mark.parametrize(
    ("clause", "at_the_bound", "beyond"),
    [
        ("improvement", {"comparison__improvement__low": 1e-6}, {"comparison__improvement__low": 0.0}),
        ("sample_junk", {"samples": judged_samples(18)}, {"samples": judged_samples(19)}),
        (
            "stopping",
            {"scores__generation__probes__in_domain__stop_rate": 0.5},
            {"scores__generation__probes__in_domain__stop_rate": 0.495},
        ),
        (
            "copying",
            {"scores__generation__probes__in_domain__copying_fraction": 0.25},
            {"scores__generation__probes__in_domain__copying_fraction": 0.255},
        ),
        ("leak", {"from_base__leak__fraction": 0.01}, {"from_base__leak__fraction": 0.011}),
        ("fit", {"from_base__fit__gap": 9.0}, {"from_base__fit__judgement": "overfitting"}),
        ("reload", {"reload_damage": ""}, {"reload_damage": "adapter_model.safetensors was altered"}),
    ],
)
def test_a_clause_refuses_beyond_its_bound_and_alone(clause: str, at_the_bound: Any, beyond: Any):
    assert refused(evidence(**at_the_bound)) == []
    assert refused(evidence(**beyond)) == [clause]


def test_forgetting_is_refused_only_where_a_bound_is_given():
    assert refused(evidence(from_base__general__forgetting=9.0)) == []
    assert refused(evidence(from_base__general=None), max_forgetting=0.029) == []


BOUNDS = {
    "min_improvement": ("improvement", 0.039, 0.04),  # the whole interval must exceed it
    "max_junk_above_base": ("sample_junk", 0.018, 0.017),  # 8.5 % - 5 %, which 200 samples don't tell from half of that
    "max_forgetting": ("forgetting", 0.03, 0.029),
    "min_stop_rate": ("stopping", 0.9, 0.91),
    "max_copying": ("copying", 0.1, 0.09),  # 15 % - 5 %
}
"""A recipe's bounds, each with its clause, a value that lets the evidence through, and the next that doesn't."""


@pytest.mark.parametrize("bound", GateSettings.model_fields)
def test_a_bound_is_the_recipes(bound: str):
    copying = {"stop_rate": 0.9, "copying_fraction": 0.15, "holdout_copying_fraction": 0.05}
    seen = evidence(samples=judged_samples(17), scores__generation__probes__in_domain=copying)
    clause, lets_through, refuses = BOUNDS[bound]
    assert refused(seen, **{bound: lets_through}) == []
    assert refused(seen, **{bound: refuses}) == [clause]


def test_a_number_that_is_none_is_never_good_enough():
    nan = float("nan")
    seen = evidence(
        comparison__improvement__low=nan,
        samples__junk_rate=nan,
        scores__generation__probes__in_domain__stop_rate=nan,
        scores__generation__probes__in_domain__copying_fraction=nan,
        from_base__leak__fraction=nan,
    )
    assert refused(seen) == ["improvement", "sample_junk", "stopping", "copying", "leak"]


def test_what_was_not_measured_is_refused():
    seen = evidence(samples__judged=0, scores__generation={})
    assert refused(seen) == ["sample_junk", "stopping", "copying"]
    assert {clause.seen for clause in judge(seen, GateSettings()) if not clause.passed} == {"not measured"}


def test_fewer_samples_are_no_easier_gate():
    """One of 20 is 5 points, which nothing tells from 2; it is beyond twice the margin all the same."""
    few = {"judged": 20, "junk": 1, "junk_rate": 0.05, "interval": [0.009, 0.236], "reasons": {}}
    none = {"judged": 20, "junk": 0, "junk_rate": 0.0, "interval": [0.0, 0.161], "reasons": {}}
    assert refused(evidence(samples=few, base_samples=none)) == ["sample_junk"]
    assert refused(evidence(samples=none, base_samples=none)) == []


def test_the_improvement_names_where_the_noise_is_from():
    (clause,) = [clause for clause in judge(evidence(), GateSettings()) if clause.name == "improvement"]
    assert clause.allowed == "an interval above 0, with the seed's noise in it (stated floor)"


def test_junk_that_improves_the_loss_is_refused_by_name():
    """30 % planted junk made the held-out loss better and the samples' junk 3 % → 32 %."""
    seen = evidence(base_samples=judged_samples(6), samples=judged_samples(64, {"gibberish": 64}))
    (clause,) = [clause for clause in judge(seen, GateSettings()) if not clause.passed]
    assert clause.name == "sample_junk"
    assert clause.seen == "32.0% of 200 samples, the base's 3.0%: +29.0%, at least +24.8%"
    assert clause.allowed.startswith("at most 2.0% above the base's")
    assert "64 gibberish" in clause.why


def test_the_outcome_names_every_refused_clause():
    seen = evidence(samples=judged_samples(100), from_base__leak__fraction=0.5)
    assert outcome(judge(seen, GateSettings())) == "refused (sample_junk, leak)"
    assert outcome(unjudged("it wasn't registered by Gadfly")) == "refused (evidence)"


def test_data_of_which_nothing_is_stated_is_refused_unless_someone_says_why():
    assert refused(evidence(provenance=Provenance())) == ["provenance"]
    assert refused(evidence(provenance=Provenance(origin="a shoe box in Ann's attic"))) == []
    assert refused(evidence(provenance=Provenance(), unstated_because="Ann: my own diary")) == []
    clause = judge(evidence(provenance=Provenance()), GateSettings())[-1]
    assert clause.seen == "neither licence nor origin"
    assert "source.licence" in clause.why
