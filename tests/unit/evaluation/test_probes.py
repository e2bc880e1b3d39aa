"""What models write is comparable: the same probes and seeds for each."""

from __future__ import annotations

import pandas as pd
import pytest

from tasks.evaluation.config import EvaluationConfig, Probes, ScoringSettings
from tasks.evaluation.probes import DEFAULT_PROBES, in_domain_probes, probe_model, stop_rate
from tasks.prompt_format import PromptConfig

PLAIN = {"samples_per_probe": 2, "max_new_tokens": 4}


@pytest.fixture
def probe(subject, config):
    def run(report=lambda done, total: None, **settings):
        found = probe_model(
            subject.model,
            subject.tokenizer,
            subject.tokens,
            subject.accepted,
            config(**{**PLAIN, **settings}),
            report,
        )
        return found["samples"]

    return run


def test_probing_again_gives_the_same(probe):
    assert probe() == probe()
    assert probe() != probe(seed=1)


def test_every_probe_is_continued_and_keeps_its_domain(probe):
    told = []
    probes = Probes(in_domain=("Thales: ", "Bias: "), out_of_domain=("virus",))
    samples = probe(report=lambda done, total: told.append((done, total)), probes=probes)
    assert [(sample["domain"], sample["prompt"]) for sample in samples] == [
        ("in_domain", "Thales: "),
        ("in_domain", "Thales: "),
        ("in_domain", "Bias: "),
        ("in_domain", "Bias: "),
        ("out_of_domain", "virus"),
        ("out_of_domain", "virus"),
    ]
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert all(sample["num_tokens"] <= 4 for sample in samples)


def test_a_probe_more_leaves_the_others_samples_alone(probe):
    def samples(*probes):
        return probe(probes=Probes(in_domain=probes))

    assert samples("a", "b", "c")[:4] == samples("a", "b")


def test_samples_may_be_twice_as_long_as_a_typical_held_out_row(probe, subject):
    longest = 2 * sorted(subject.tokens.holdout.lengths())[2]  # the upper median of four
    assert max(sample["num_tokens"] for sample in probe(max_new_tokens=None, samples_per_probe=20)) <= longest


def test_default_probes_are_the_distinct_beginnings_of_held_out_rows(accepted, config):
    # held out are Thales three times minus one Solon; ordered by row_id, which runs backwards here
    assert in_domain_probes(config(), accepted) == ["Solon: ", "Thales: "]


def test_default_probes_are_few(config):
    rows = pd.DataFrame(
        {
            "row_id": [f"{n:03}" for n in range(50)],
            "split": "holdout",
            "text": "t",
            "author": [f"A{n}" for n in range(50)],
        }
    )
    assert in_domain_probes(config(), rows) == [f"A{n}: " for n in range(DEFAULT_PROBES)]


def test_default_probes_do_not_depend_on_the_order_of_the_rows(accepted, config):
    assert in_domain_probes(config(), accepted) == in_domain_probes(config(), accepted[::-1])


def test_a_template_of_text_alone_is_probed_from_the_texts_beginnings(accepted):
    plain = EvaluationConfig(settings=ScoringSettings(), prompt=PromptConfig(template="{text}"))
    held_out = accepted[accepted["split"] == "holdout"]["text"]
    probes = in_domain_probes(plain, accepted)
    assert probes
    assert all(probe and held_out.str.startswith(probe).any() and probe not in set(held_out) for probe in probes)


def test_the_recipes_probes_come_first(accepted, config):
    assert in_domain_probes(config(probes=Probes(in_domain=("hope:",))), accepted) == ["hope:"]


@pytest.mark.parametrize(
    ("stopped", "expected"), [([True, True], 1.0), ([True, False, False], 0.333333), ([False], 0.0), ([], 0.0)]
)
def test_the_stop_rate_is_the_share_of_in_domain_samples(stopped, expected):
    samples = [{"domain": "in_domain", "stopped": value} for value in stopped]
    assert stop_rate([*samples, {"domain": "out_of_domain", "stopped": True}]) == expected
