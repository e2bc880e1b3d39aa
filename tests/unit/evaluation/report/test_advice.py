"""Each rule speaks where its finding is there, with an override that the recipe takes, and is silent where it isn't."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tasks.evaluation.report.advice import RULES, advice, another_seed, cut_rows, diverged


def junk(content: Any) -> None:
    content["tuned_samples"][1].update(junk_rate=0.32, reasons={"placeholder": 60, "too_short": 4})


def undecided(content: Any) -> None:
    content["comparison"][1].update(
        is_better=False, improvement={"nll": 0.01, "low": -0.02, "high": 0.04, "confidence": 0.95}
    )
    content["comparison"][1]["noise"]["seeds"] = 0


def turned(content: Any) -> None:
    content["trained"][1]["holdout"][-1]["nll"] = 2.9


def falling(content: Any) -> None:
    content["trained"][1]["holdout"][-1]["nll"] = 2.3


def endless(content: Any) -> None:
    content["tuned_scores"][1]["generation"]["stop_rate"] = 0.1


def endless_because_cut(content: Any) -> None:
    endless(content)
    content["tokens"][1]["counts"]["train"]["overlong_rows"] = 400


def set_fit(judgement: str) -> Any:
    def change(content: Any) -> None:
        content["comparison"][1]["fit"]["judgement"] = judgement

    return change


def leak(content: Any) -> None:
    content["comparison"][1]["leak"] = {"rows": 20, "fraction": 0.5}


def copies(content: Any) -> None:
    content["tuned_scores"][1]["generation"]["probes"]["in_domain"]["copying_fraction"] = 0.7


def forgets(content: Any) -> None:
    content["comparison"][1]["general"] = {"forgetting": 0.4, "low": 0.3, "high": 0.5}


def forgets_with_all_weights(content: Any) -> None:
    forgets(content)
    content["trained"][1]["method"] = "full"


def rises(content: Any) -> None:
    content["trained"][1]["train"] = [{"step": step, "nll": 3.0 + step / 10} for step in range(40)]


def much_padding(content: Any) -> None:
    content["trained"][1]["padding_fraction"] = 0.6


def cut(content: Any) -> None:
    content["tokens"][1]["counts"]["train"]["overlong_rows"] = 400


@pytest.mark.parametrize(
    ("change", "override", "told"),
    [
        (leak, "", "20 held-out rows have a copy among the training rows"),
        (rises, "training.learning_rate=0.0002", "rose from 3.450 to 6.450"),
        (set_fit("nothing learned"), "training.learning_rate=0.005", "hardly moved"),
        (turned, "training.epochs=2", "It was 2.505 nats a token after epoch 2 and 2.900 at the end"),
        (set_fit("overfitting"), "training.epochs=1.5", "0.040 nats a token more than training rows"),
        (copies, "training.epochs=1.5", "70.0% of the samples repeat training rows, against 4.0% of held-out rows"),
        (endless, "training.epochs=6", "Only 10.0% of the samples end by themselves"),
        (endless_because_cut, "tokenization.max_seq_len=256", "44.4% of the rows were cut"),
        (junk, "", "60 of 200 samples are placeholder"),
        (forgets, "training.learning_rate=0.0005", "0.400 nats a token more than before"),
        (forgets_with_all_weights, "training.method=lora", "0.400 nats a token more than before"),
        (undecided, "evaluation.noise.seeds=6", "between -0.020 and +0.040"),
        (falling, "training.epochs=6", "2.505 → 2.300"),
        (cut, "tokenization.max_seq_len=256", "44.4% of the rows are longer than 128 tokens"),
    ],
)
def test_a_finding_gets_its_advice(content, findings_of, change, override, told):
    change(content)
    found = advice(findings_of(content))
    assert found.override == override
    assert told in found.why
    assert found.what.endswith(".")
    if override:
        assert not isinstance(yaml.safe_load(override.partition("=")[2]), (dict, list))


def test_padding_is_only_advised_against_where_packing_is_off(content, findings_of):
    much_padding(content)
    params = {"training.epochs": 3.0, "tokenization.packing": False}
    assert advice(findings_of(content, params=params)).override == "tokenization.packing=true"
    assert advice(findings_of(content)).override != "tokenization.packing=true"


def test_a_sound_run_is_told_to_measure_its_luck(content, findings_of):
    assert [rule(findings_of(content)) for rule in RULES[:-1]] == [None] * (len(RULES) - 1)
    assert advice(findings_of(content)).override == "training.seed=43"
    content["comparison"][1]["noise"]["seeds"] = 0
    assert advice(findings_of(content)) == another_seed(findings_of(content))
    assert advice(findings_of(content)).override == "evaluation.noise.seeds=3"


def test_what_makes_numbers_worthless_comes_before_what_could_be_better(content, findings_of):
    for change in (falling, junk, endless, leak):
        change(content)
    assert "copy among the training rows" in advice(findings_of(content)).why


def test_numbers_are_written_as_yaml_numbers(content, findings_of):
    rises(content)
    found = diverged(findings_of(content, params={"training.learning_rate": 2e-5}))
    assert found is not None
    value = found.override.partition("=")[2]
    assert yaml.safe_load(value) == pytest.approx(4e-6), value


def test_absent_parts_silence_their_rules(content, findings_of):
    for name in ("comparison", "base_samples", "tuned_samples", "tokens"):
        del content[name]
    findings = findings_of(content)
    assert cut_rows(findings) is None
    assert advice(findings).override == "evaluation.noise.seeds=3"
