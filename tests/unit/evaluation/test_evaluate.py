"""Base and tuned are measured alike: the same rows, probes and seeds."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tasks.base_model import load_model
from tasks.base_tokenizer import load_tokenizer
from tasks.evaluation.config import EvaluationConfig, EvaluationSettings, GeneralText, Probes
from tasks.evaluation.score_model import DEFAULT_PROBES, in_domain_probes, score_model, stop_rate
from tasks.likelihood import document_likelihood
from tasks.prompt_format import PromptConfig
from tasks.tokenization.config import TokenizationConfig, TokenizationSettings
from tasks.tokenization.tokenize_rows import tokenize_accepted
from tasks.tokenized import read_tokens, write_tokens

PROMPT = PromptConfig(template="{author}: {text}")
PLAIN = {"samples_per_probe": 2, "max_new_tokens": 4}


@pytest.fixture
def accepted(quotes) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row_id": [f"{9 - number}" for number in range(len(quotes))],
            "split": ["holdout", "train"] * 4,
            "text": quotes,
            "author": ["Thales", "Bias"] * 3 + ["Solon", "Chilon"],
        }
    )


@pytest.fixture
def score(tiny_base, accepted, tmp_path):
    config = TokenizationConfig(settings=TokenizationSettings(), prompt=PROMPT)
    write_tokens(tmp_path, *tokenize_accepted(accepted, config, tiny_base, lambda done, total: None))
    tokens = read_tokens(tmp_path)
    model, tokenizer = load_model(tiny_base), load_tokenizer(tiny_base)

    def run(report=lambda done, total: None, **settings):
        config = EvaluationConfig(settings=EvaluationSettings(**{**PLAIN, **settings}), prompt=PROMPT)
        return score_model(model, tokenizer, tokens, accepted, config, report), model, tokens

    return run


def config(**settings) -> EvaluationConfig:
    return EvaluationConfig(settings=EvaluationSettings(**settings), prompt=PROMPT)


def test_every_held_out_row_is_measured(score):
    scores, model, tokens = score()
    expected = document_likelihood(model, tokens.holdout[:], 0)
    assert scores.facts["holdout"]["nll"] == pytest.approx(expected.nll, abs=1e-6)
    assert scores.facts["holdout"]["perplexity"] == math.exp(scores.facts["holdout"]["nll"])
    assert scores.facts["holdout"]["rows"] == len(tokens.holdout) == len(scores.holdout.nll_sum) == 4


def test_scoring_again_gives_the_same(score):
    assert score()[0].facts == score()[0].facts
    assert score()[0].facts["generation"] != score(seed=1)[0].facts["generation"]


def test_general_text_is_measured_where_it_is_given(score, tmp_path):
    (tmp_path / "general.txt").write_text("One paragraph.\n\nAnother one.\n")
    assert score()[0].facts["general"] is None
    general = score(general=GeneralText(path=str(tmp_path / "general.txt")))[0].facts["general"]
    assert general["rows"] == 2
    assert general["perplexity"] == math.exp(general["nll"])


def test_every_probe_is_continued_and_keeps_its_domain(score):
    told = []
    probes = Probes(in_domain=("Thales: ", "Bias: "), out_of_domain=("virus",))
    scores, *_ = score(report=lambda done, total: told.append((done, total)), probes=probes)
    samples = scores.facts["generation"]["samples"]
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


def test_a_probe_more_leaves_the_others_samples_alone(score):
    def samples(*probes):
        return score(probes=Probes(in_domain=probes))[0].facts["generation"]["samples"]

    assert samples("a", "b", "c")[:4] == samples("a", "b")


def test_samples_may_be_twice_as_long_as_a_typical_held_out_row(score, monkeypatch):
    scores, _, tokens = score(max_new_tokens=None, samples_per_probe=20)
    longest = 2 * sorted(tokens.holdout.lengths())[2]  # the upper median of four
    assert max(sample["num_tokens"] for sample in scores.facts["generation"]["samples"]) <= longest


def test_default_probes_are_the_distinct_beginnings_of_held_out_rows(accepted):
    # held out are Thales three times minus one Solon; ordered by row_id, which runs backwards here
    assert in_domain_probes(config(), accepted) == ["Solon: ", "Thales: "]


def test_default_probes_are_few():
    rows = pd.DataFrame(
        {
            "row_id": [f"{n:03}" for n in range(50)],
            "split": "holdout",
            "text": "t",
            "author": [f"A{n}" for n in range(50)],
        }
    )
    assert in_domain_probes(config(), rows) == [f"A{n}: " for n in range(DEFAULT_PROBES)]


def test_default_probes_do_not_depend_on_the_order_of_the_rows(accepted):
    assert in_domain_probes(config(), accepted) == in_domain_probes(config(), accepted[::-1])


def test_a_template_of_text_alone_is_probed_from_the_texts_beginnings(accepted):
    plain = EvaluationConfig(settings=EvaluationSettings(), prompt=PromptConfig(template="{text}"))
    held_out = accepted[accepted["split"] == "holdout"]["text"]
    probes = in_domain_probes(plain, accepted)
    assert probes
    assert all(probe and held_out.str.startswith(probe).any() and probe not in set(held_out) for probe in probes)


def test_the_recipes_probes_come_first(accepted):
    assert in_domain_probes(config(probes=Probes(in_domain=("hope:",))), accepted) == ["hope:"]


@pytest.mark.parametrize(
    ("stopped", "expected"), [([True, True], 1.0), ([True, False, False], 0.333333), ([False], 0.0), ([], 0.0)]
)
def test_the_stop_rate_is_the_share_of_in_domain_samples(stopped, expected):
    samples = [{"domain": "in_domain", "stopped": value} for value in stopped]
    assert stop_rate([*samples, {"domain": "out_of_domain", "stopped": True}]) == expected
