"""The card's metadata are read by the hub's own parser, its numbers are the artifacts', and row text stays text."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard

from tasks.card_check.check import check_card
from tasks.registration.card_content import CardContent, licence_of
from tasks.registration.config import Provenance, RunFacts
from tasks.registration.model_card import model_card, short_description, with_waiver

HOSTILE = '---\n# <script>alert(1)</script> [link](http://a.example) | **bold**\n```\n"'


def likelihood(nll: float) -> dict[str, Any]:
    return {
        "nll": nll,
        "perplexity": math.exp(nll),
        "bits_per_byte": nll / 3,
        "tokens": 1000,
        "rows": 40,
        "interval": {"nll": [nll - 0.1, nll + 0.1], "confidence": 0.95},
    }


def scores(nll: float) -> dict[str, Any]:
    return {"holdout": likelihood(nll), "train": likelihood(nll - 0.1), "generation": {"stop_rate": 0.9, "samples": []}}


@pytest.fixture
def content() -> CardContent:
    steps = [{"step": step, "nll": 3.0 - step / 10} for step in range(4)]
    return CardContent(
        source={"identity": "sha256:abcdef0123456789", "licence": "MIT", "revision": ""},
        validation={
            "ingested": 1200,
            "accepted": 1000,
            "quarantined": 200,
            "split": {"train": 900, "holdout": 100},
            "contract": {"name": "short_text", "version": 3},
            "reasons": {"duplicate": 150, "too_short": 60},
            "repaired": {"mojibake": 12},
            "warnings": {},
        },
        training={
            "method": "lora",
            "trainable_parameters": 1234,
            "base_parameters": 12340,
            "steps": 4,
            "supervised_tokens": 4321,
            "train": steps,
            "holdout": [{"step": 0, "epoch": 0.0, "nll": 3.0}, {"step": 4, "epoch": 1.0, "nll": 2.5}],
        },
        scores={"base": scores(3.0), "tuned": scores(2.5)},
        comparison={
            "judgement": "Better than its base.",
            "fit": {"judgement": "fitting", "why": "Both losses fell"},
            "general": None,
        },
        samples={"tuned": {"judged": 200, "junk": 6, "junk_rate": 0.03, "interval": [0.01, 0.06], "reasons": {}}},
        base={"hub": "gpt2", "commit": "a" * 40},
        base_licence="mit",
    )


@pytest.fixture
def facts() -> RunFacts:
    return RunFacts(
        run_id="7f3a",
        recipe="quotes",
        recipe_yaml="",
        params={"source.hub": "Abirate/english_quotes", "training.method": "lora", "training.lora.rank": 8},
        something_ran=True,
        command="gadfly run quotes -s training.epochs=1",
        example_prompt='Quote by Plato: "',
    )


def test_the_hub_reads_the_metadata(facts, content):
    card = ModelCard(model_card("quotes", facts, content))
    assert card.data.license == "mit"
    assert card.data.base_model == "gpt2"
    assert card.data.datasets == ["Abirate/english_quotes"]
    assert card.data.library_name == "peft"
    assert card.data.pipeline_tag == "text-generation"
    assert {"gadfly", "lora"} <= set(card.data.tags)
    measured = {result.metric_type: result.metric_value for result in card.data.eval_results}
    assert math.exp(measured["loss"]) == pytest.approx(measured["perplexity"], rel=1e-5)
    assert measured["loss"] == 2.5


def test_the_card_says_what_a_stranger_must_know(facts, content):
    card = model_card("quotes", facts, content)
    for heading in ("Data", "Training", "Results", "Limits", "How to use", "How to reproduce", "Waivers"):
        assert f"\n## {heading}\n" in card
    assert "| 1.00 | 4 | 2.8500 | 2.5000 | 12.18 |" in card, (
        "the mean of the epoch's training losses 3.0, 2.9, 2.8, 2.7"
    )
    assert "| 0.00 | 0 | – | 3.0000 | 20.09 |" in card
    assert r"| held\-out rows | tuned | 2.5000 (2.4000 to 2.6000) | 12.18 |" in card
    assert "| duplicate | 150 |" in card
    assert "| mojibake (repaired) | 12 |" in card
    assert "Of 200 samples of the tuned model, 3.0% (1.0% to 6.0%) break the data's contract." in card
    assert "gadfly run quotes -s training.epochs=1" in card
    assert r'prompt = "Quote by Plato: \""' in card
    assert "What it forgot was not measured" in card
    assert "| `lora.rank` | `8` |" in card


def test_a_card_of_ours_contradicts_nothing_and_misses_nothing(facts, content):
    seeded = facts.model_copy(update={"params": facts.params | {"training.seed": 42, "training.learning_rate": 2e-4}})
    assert check_card(model_card("quotes", seeded, content).encode()) == []
    local = content._replace(base={"files": {"model.safetensors": "sha256:1234567"}}, base_licence="", samples={})
    without = seeded.model_copy(update={"params": {"training.seed": 42}})
    unlicensed = local._replace(source={"identity": "sha256:abcdef0123456789", "licence": ""})
    assert [finding.name for finding in check_card(model_card("quotes", without, unlicensed).encode())] == ["licence"]
    lied = model_card("quotes", seeded, content).replace("12.18", "17.58")
    assert {finding.kind for finding in check_card(lied.encode())} == {"contradiction"}


def test_two_licences_are_both_named_and_none_is_claimed(facts, content):
    card = ModelCard(model_card("quotes", facts, content._replace(base_licence="")))
    assert card.data.license == "other"
    assert card.data.license_name == "data MIT, base unknown"


def test_a_base_of_ones_own_is_no_model_of_the_hub(facts, content):
    local = content._replace(base={"files": {"config.json": "sha256:1", "model.safetensors": "sha256:1234"}})
    card = ModelCard(model_card("quotes", facts, local))
    assert card.data.base_model is None
    assert "a base from a local folder (weights `sha256:1234`)" in card.text


def test_row_text_and_names_stay_text(facts, content):
    hostile = content._replace(
        validation=content.validation | {"reasons": {HOSTILE: 3}, "contract": {"name": HOSTILE, "version": 1}},
        source=content.source | {"licence": HOSTILE},
    )
    card = model_card("quotes", facts.model_copy(update={"example_prompt": HOSTILE, "command": HOSTILE}), hostile)
    parsed = ModelCard(card)
    assert parsed.data.library_name == "peft"
    outside = "".join(card.split("````")[::2]).partition("\n---\n")[2]
    assert "<script>" not in outside
    assert "[link](" not in outside
    assert "**bold**" not in outside
    assert card.count("\n# ") == 1 + 1, "the title, and the command inside its fence"


def test_scores_without_intervals_make_a_card_too(facts, content):
    bare = {"holdout": {"nll": 2.5, "perplexity": math.exp(2.5), "rows": 40}, "generation": {"stop_rate": 1.0}}
    card = model_card(
        "quotes", facts, content._replace(scores={"base": bare, "tuned": bare}, comparison={}, samples={})
    )
    assert r"| held\-out rows | tuned | 2.5000 | 12.18 | – | 40 |" in card


def test_the_card_says_where_the_data_is_from_and_whose_it_is(facts, content):
    nothing = content._replace(source=content.source | {"licence": ""})
    assert r"Licence: not stated. Origin: not stated." in model_card("quotes", facts, nothing)
    stated = facts.model_copy(update={"provenance": Provenance(origin="a shoe box")})
    assert "Licence: MIT. Origin: a shoe box." in model_card("quotes", stated, content)
    waived = facts.model_copy(update={"params": facts.params | {"registration.waive.provenance": "Ann: my diary"}})
    assert r"waived because: Ann\: my diary." in model_card("quotes", waived, nothing).split("## Waivers")[1]


def test_a_waived_tokenizer_check_is_on_the_card(facts, content):
    card = model_card("quotes", facts, content._replace(tokens={"waivers": {"end_token": "Ann: a *stream*"}}))
    assert r"waived because: Ann: a \*stream\*".replace(": ", r"\: ") in card.split("## Waivers")[1]
    assert "None of the data's rules was waived" not in card


def test_a_later_waiver_is_added_at_the_end(facts, content):
    card = model_card("quotes", facts, content)
    waived = with_waiver(card, "forced by Ann: *trust me*")
    assert waived.startswith(card.rstrip())
    assert waived.endswith("- **Waived**: forced by Ann\\: \\*trust me\\*\n")
    assert with_waiver(waived, "forced by Ann: *trust me*") == waived


def test_the_short_form_has_the_numbers(facts, content):
    told = short_description(facts, content)
    assert "held-out NLL 3.0000 → 2.5000 nats a token" in told
    assert "contract short_text v3; licence of the data: MIT" in told
    assert told.endswith("- Better than its base.")


def test_a_folders_licence_is_read_from_its_card(tmp_path: Path):
    assert licence_of(tmp_path) == ""
    (tmp_path / "README.md").write_text("# license: none\n", encoding="utf-8")
    assert licence_of(tmp_path) == ""
    (tmp_path / "README.md").write_text("---\ntags: [a]\nlicense: apache-2.0\n---\n# A\n", encoding="utf-8")
    assert licence_of(tmp_path) == "apache-2.0"


def test_a_base_used_through_its_chat_template_is_used_so_in_the_cards_program(facts, content):
    plain, turn = (
        model_card("quotes", facts, content._replace(base={**content.base, **extra})) for extra in ({}, {"chat": True})
    )
    assert "apply_chat_template" not in plain
    assert "prompt = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)" in turn
    assert 'return_tensors="pt", add_special_tokens=False)' in turn
