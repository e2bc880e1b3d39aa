"""What models write is comparable: the same probes and seeds for each."""

from __future__ import annotations

import pandas as pd
import pytest

from tasks.evaluation.config import EvaluationConfig, Probes, ScoringSettings
from tasks.evaluation.probes import DEFAULT_PROBES, in_domain_probes, probe_model
from tasks.prompt_format import PromptConfig

PLAIN = {"samples_per_probe": 2, "max_new_tokens": 4, "judged_samples": 3}


@pytest.fixture
def probe(subject, config):
    def run(report=lambda done, total: None, **settings):
        return probe_model(
            subject.model,
            subject.tokenizer,
            subject.tokens,
            subject.accepted,
            config(**{**PLAIN, **settings}),
            report,
        )

    return run


@pytest.fixture
def shown(probe):
    return lambda **settings: probe(**settings).facts["samples"]


def test_probing_again_gives_the_same(probe):
    first, again, other = probe(), probe(), probe(seed=1)
    assert first.facts == again.facts
    assert first.samples.equals(again.samples)
    assert first.facts["samples"] != other.facts["samples"]
    assert first.samples["text"] != other.samples["text"]


def test_every_probe_is_continued_and_keeps_its_domain(shown):
    told = []
    probes = Probes(in_domain=("Thales: ", "Bias: "), out_of_domain=("virus",))
    samples = shown(report=lambda done, total: told.append((done, total)), probes=probes)
    assert [(sample["domain"], sample["prompt"]) for sample in samples] == [
        ("in_domain", "Thales: "),
        ("in_domain", "Thales: "),
        ("in_domain", "Bias: "),
        ("in_domain", "Bias: "),
        ("out_of_domain", "virus"),
        ("out_of_domain", "virus"),
    ]
    assert told == [(6, 9), (9, 9)]
    assert all(sample["num_tokens"] <= 4 for sample in samples)


def test_a_probe_more_leaves_the_others_samples_alone(shown):
    def samples(*probes):
        return shown(probes=Probes(in_domain=probes))

    assert samples("a", "b", "c")[:4] == samples("a", "b")


def test_samples_may_be_twice_as_long_as_a_typical_held_out_row(probe, subject):
    longest = 2 * sorted(subject.tokens.holdout.lengths())[2]  # the upper median of four
    found = probe(max_new_tokens=None, samples_per_probe=20)
    assert max(sample["num_tokens"] for sample in found.facts["samples"]) <= longest
    assert max(found.samples["num_tokens"].to_pylist()) <= longest


def test_the_judged_samples_continue_held_out_rows(probe, subject):
    found = probe(judged_samples=9)
    held_out = subject.accepted[subject.accepted["split"] == "holdout"]
    assert set(found.samples["row_id"].to_pylist()) == set(held_out["row_id"])
    assert found.facts["judged"] == {"samples": 9, "written": ["text"], "given": ["author"]}
    assert set(found.samples["prompt"].to_pylist()) == {f"{author}: " for author in held_out["author"]}


def test_measures_are_of_the_judged_samples_and_of_the_foreign_probes_apart(probe):
    found = probe(judged_samples=9, probes=Probes(out_of_domain=("virus", "phosphor")))
    measured, stopped = found.facts["probes"], found.samples["stopped"].to_pylist()
    assert found.facts["stop_rate"] == measured["in_domain"]["stop_rate"] == round(sum(stopped) / 9, 6)
    assert measured["in_domain"]["samples"] == 9
    assert measured["out_of_domain"]["samples"] == 4
    assert measured["out_of_domain"]["format_adherence"] is None
    assert measured["spill_over"]["value"] < 0
    assert probe().facts["probes"]["out_of_domain"] is None
    assert probe().facts["probes"]["spill_over"]["value"] is None


def test_a_parrot_is_told_by_its_copies(make_model, subject, config):
    """A model overfitted on a few rows writes them; the same model before that does not."""
    import torch

    model = make_model("GPT2")
    documents = [torch.tensor(document.input_ids, dtype=torch.long)[None] for document in subject.tokens.train[:]]
    rows = subject.accepted.assign(author="Bias")  # so that held-out prompts are those of most training rows
    settings = config(judged_samples=20, max_new_tokens=40, temperature=0.5)

    def probed():
        found = probe_model(model.eval(), subject.tokenizer, subject.tokens, rows, settings, lambda done, total: None)
        return found.facts["probes"]["in_domain"]

    before = probed()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(120):
        for ids in documents:
            logits = model(input_ids=ids).logits[0, :-1]
            torch.nn.functional.cross_entropy(logits, ids[0, 1:]).backward()
        optimizer.step()
        optimizer.zero_grad()
    after = probed()
    assert (before["copying_fraction"], before["holdout_copying_fraction"]) == (0.0, 0.0)
    assert after["copying_fraction"] > 0.7
    assert after["longest_copied_run"] >= 7
    assert after["stop_rate"] > 0.7


def test_held_out_rows_are_measured_as_samples_are(probe, subject):
    """What is natural for the data: here a held-out row that stands in the training rows too."""
    rows = subject.accepted
    assert probe().facts["probes"]["in_domain"]["holdout_copying_fraction"] == 0
    copied = rows["text"].where(rows["row_id"] != "9", rows["text"].iloc[1])  # row 9 is held out, the second is not
    subject.accepted["text"] = copied
    assert probe().facts["probes"]["in_domain"]["holdout_copying_fraction"] == 0.25


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
