"""A card's numbers are held against each other; what isn't there is named; nothing in a card can stop the check."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from tasks.card_check.check import check_card
from tasks.card_check.findings import Finding
from tasks.card_check.written_numbers import parse_number
from tasks.errors import SourceError

TRAINER = """---
library_name: transformers
license: mit
base_model: gpt2
tags:
- generated_from_trainer
model-index:
- name: acled-gpt2
  results: []
---

<!-- This model card has been generated automatically. Loss: 99.0 -->

# acled-gpt2

This model is a fine-tuned version of [gpt2](https://huggingface.co/gpt2) on an unknown dataset.
It achieves the following results on the evaluation set:
- Loss: 0.9414

## Intended uses & limitations

More information needed

## Training and evaluation data

More information needed

### Training hyperparameters

The following hyperparameters were used during training:
- learning_rate: 3e-05
- train_batch_size: 2
- eval_batch_size: 8
- seed: 42
- optimizer: Use adamw_torch with betas=(0.9,0.999) and epsilon=1e-08
- lr_scheduler_type: linear
- num_epochs: 3

### Training results

| Training Loss | Epoch | Step | Validation Loss |
|:-------------:|:-----:|:----:|:---------------:|
| 1.2978        | 1.0   | 500  | 1.2262          |
| 1.0378        | 2.0   | 1000 | 1.0048          |
| 0.9537        | 3.0   | 1500 | 0.9414          |
"""
"""In the form that the hub's Trainer writes."""


def of(findings: list[Finding], kind: str) -> list[str]:
    return [finding.name for finding in findings if finding.kind == kind]


def check(card: str) -> list[Finding]:
    return check_card(card.encode())


def only(card: str, name: str, kind: str = "contradiction") -> Finding:
    """The one finding of a name, of the right kind."""
    found = [finding for finding in check(card) if finding.name == name]
    assert len(found) == 1, found
    assert found[0].kind == kind
    return found[0]


def contradictions(card: str) -> list[str]:
    return of(check(card), "contradiction")


def test_the_perplexity_that_started_it():
    """exp(6.2712) = 529.1 and ln 17.583 = 2.867: both can't be true; the gap to the training loss is 5.28 nats."""
    card = "# gpt2-xl\n\nLearning rate 5e-7, batch 4 × 32 = 128, 1 epoch.\n\n"
    card += "It reached train loss 0.99, validation loss 6.2712, perplexity 17.583.\n"
    found = only(card, "perplexity")
    assert found.line == 5
    assert "exp(6.2712) = 529.1" in found.follows
    assert "ln 17.583 = 2.867 nats" in found.follows
    gap = only(card, "gap", "doubt")
    assert "5.28 nats" in gap.follows
    assert "measured differently" in gap.follows
    rate = only(card, "learning_rate", "doubt")
    assert "far below" in rate.follows
    assert "1,560,000,000" in rate.follows
    assert of(check(card), "missing") == [
        "dataset", "licence", "base_model", "evaluation_data", "seed", "intended_use",
    ]  # fmt: skip


def test_a_trainers_card_is_read_and_its_placeholders_named():
    findings = check(TRAINER)
    assert contradictions(TRAINER) == []
    assert {finding.name: finding.line for finding in findings} == {
        "dataset": 16, "intended_use": 22, "evaluation_data": 26,
    }  # fmt: skip
    dataset = next(finding for finding in findings if finding.name == "dataset")
    assert dataset.seen == "on an unknown dataset"


@pytest.mark.parametrize(
    ("old", "new", "name", "follows"),
    [
        ("- Loss: 0.9414", "- Loss: 0.9414\n- Perplexity: 3.5", "perplexity", "exp(0.9414) = 2.564"),
        ("- Loss: 0.9414", "- Loss: 0.8123", "result", "none of the table's"),
        ("- Loss: 0.9414", "- Loss: -0.9414", "loss", "never below 0"),
        ("- Loss: 0.9414", "- Loss: 0.9414\n- Accuracy: 130", "accuracy", "between 0 and 1"),
        ("- Loss: 0.9414", "- Loss: 0.9414\n- Perplexity: 0.9", "perplexity", "never below 1"),
        ("| 1000 |", "| 1700 |", "steps", "850 steps an epoch, then 500"),
        ("num_epochs: 3", "num_epochs: 2", "epochs", "goes on after the end"),
        (
            "train_batch_size: 2",
            "train_batch_size: 4\n- gradient_accumulation_steps: 32\n- num_devices: 1\n- total_train_batch_size: 64",
            "batch",
            "the factors make 128",
        ),
        ("train_batch_size: 2", "train_batch_size: 3\n- total_train_batch_size: 64", "batch", "make 3"),
        ("learning_rate: 3e-05", "learning_rate: 3.0", "learning_rate", "between 0 and 1"),
        ("library_name: transformers", "library_name: transformers", "", ""),
    ],
)
def test_what_cannot_be_true_is_named(old, new, name, follows):
    assert old in TRAINER
    card = TRAINER.replace(old, new)
    assert set(contradictions(card)) - {"result"} == {name} - {"", "result"}
    if name:
        found = next(finding for finding in check(card) if finding.name == name)
        assert follows in found.follows
        line = card.splitlines()[found.line - 1]
        assert new.splitlines()[-1].strip(" |").split(":")[-1].strip() in line, "the line is where it stands"


@pytest.mark.parametrize(
    "results",
    [
        "- Loss: 0.9414\n- Perplexity: 2.56",
        "- Loss: 0.9414\n- Perplexity: 2.5636",
        "- Loss: 0.94\n- Perplexity: 2.57",
        "- Loss: 0.9414\n- Accuracy: 0.73",
        "- Loss: 0.9414\n- Word perplexity: 31.2",
    ],
)
def test_what_can_be_true_is_not_called_a_contradiction(results):
    assert contradictions(TRAINER.replace("- Loss: 0.9414", results)) == []


def test_a_multiple_of_the_batch_asks_for_the_devices():
    card = TRAINER.replace(
        "train_batch_size: 2",
        "train_batch_size: 2\n- gradient_accumulation_steps: 4\n- total_train_batch_size: 32",
    )
    assert "it takes 4 devices" in only(card, "batch", "doubt").follows


def test_a_product_that_is_none():
    assert "4 × 32 is 128" in only("# A\n\nBatch size 4 × 32 = 256.\n", "batch").follows
    assert contradictions("# A\n\nBatch size 4 × 32 = 128.\n") == []


def test_a_loss_in_bits_is_recognised():
    found = only(f"# A\n\nvalidation loss 4.136, perplexity {2**4.136:.2f}\n", "perplexity")
    assert "that loss is in bits" in found.follows


def test_steps_must_follow_from_rows():
    card = TRAINER.replace("## Training and evaluation data", "## Data\n\nWe used 2,500 training examples.\n")
    found = only(card, "steps")
    assert "2,500 rows" in found.seen
    assert "3,000 rows were learned from, where 7,500 are due, 3,750 steps" in found.follows
    assert contradictions(card.replace("2,500", "1,000")) == []
    assert contradictions(card.replace("examples.", "examples, packed.")) == []


def test_a_rising_validation_loss_is_a_doubt_unless_the_best_was_kept():
    rising = TRAINER.replace("| 0.9414", "| 1.1000")
    found = only(rising.replace("- Loss: 0.9414", "- Loss: 1.1"), "epochs", "doubt")
    assert "overfitting" in found.follows
    assert "0.095 nats" in found.follows
    kept = rising.replace("- Loss: 0.9414", "- Loss: 1.0048")
    assert not [finding for finding in check(kept) if finding.name == "epochs"]


def test_the_metadata_must_say_what_the_text_says():
    claimed = (
        "results:\n  - task: {type: text-generation}\n    dataset: {name: ACLED, type: acled, revision: 0a1b2c3}\n"
    )
    claimed += "    metrics:\n    - type: loss\n      value: 0.7\n"
    card = TRAINER.replace("results: []", claimed)
    found = only(card, "loss")
    assert card.splitlines()[found.line - 1].strip() == "value: 0.7"
    assert "0.9414 in the text" in found.seen
    assert contradictions(card.replace("value: 0.7", "value: 0.94141")) == []


def test_what_is_stated_is_not_missing():
    card = """---
license: cc-by-4.0
base_model: gpt2
datasets: [Abirate/english_quotes]
---
# A
Trained on Abirate/english_quotes, revision `0a1b2c3d`, seed 42; 10 % for validation.
## Uses
To write quotes.
"""
    assert check(card) == []
    assert of(check(card.replace(", revision `0a1b2c3d`", "")), "missing") == ["dataset_identity"]
    assert of(check(card.replace("license: cc-by-4.0", "license: unknown")), "missing") == ["licence"]
    assert of(check(card.replace("[Abirate/english_quotes]", "[unknown]").replace("Trained on A", "On a")), "missing")


def test_a_trainers_dataset_is_named_but_not_pinned():
    card = TRAINER.replace("on an unknown dataset", "on the acled_notes dataset")
    assert of(check(card), "missing")[0] == "dataset_identity"
    assert of(check(TRAINER.replace("on an unknown", "on the None")), "missing")[0] == "dataset"


def test_code_is_not_a_result():
    card = "# A\n\n```python\nloss = 3.0\nperplexity = 5.0\nlearning_rate = 7.0\n```\n"
    assert contradictions(card) == ["learning_rate"]


@pytest.mark.parametrize(
    ("written", "value", "rounding"),
    [("1,234", 1234, 0.5), ("3e-05", 3e-5, 5e-6), ("17.583", 17.583, 0.0005), ("1 × 10^-5", 1e-5, 5e-6)],
)
def test_numbers_as_people_write_them(written, value, rounding):
    assert parse_number(written) == pytest.approx((value, rounding))


def test_a_rate_is_held_against_the_bases_size_and_the_method():
    def doubted(text: str) -> list[str]:
        return of(check(f"# A\n\n{text}\n"), "doubt")

    assert doubted("learning rate 0.002, all of 1,604,000 parameters") == []
    assert doubted("learning rate 0.002 on gpt2-medium") == ["learning_rate"]
    assert doubted("learning rate 0.002, LoRA on gpt2-medium") == []
    assert doubted("learning rate 0.002, size unknown") == []
    assert doubted("learning rate 0.5") == doubted("learning rate 1e-9") == ["learning_rate"]


def test_a_loss_that_is_no_number_is_doubted():
    assert of(check(TRAINER.replace("- Loss: 0.9414", "- Loss: nan")), "doubt") == ["loss"]


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(9 * ['*' + before])}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE: dict[str, Any] = {
    "control characters": bytes(range(1, 128)) * 2000,
    "laughs": f"---\n{LAUGHS}---\nloss: 1.0\n",
    "nested": "---\n" + "[" * 100_000 + "\n---\n",
    "long front matter": "---\n" + "a: b\n" * 100_000 + "---\n",
    "a key twice": "---\nlicense: mit\nlicense: mit\n---\n",
    "one long line": "loss " * 200_000,
    "digits": "loss: " + "1" * 500_000,
    "commas": "loss: " + "1," * 250_000,
    "exponent": "loss: 1e999\nperplexity: 1e-999\nlearning_rate: 9e999\n",
    "huge counts": "batch size: 99999999999999999999\nrows: 1\ntrain_batch_size: 1e300\ntotal_batch_size: 7\n",
    "spaces": "perplexity" + " " * 500_000 + "3",
    "pipes": ("|" * 3000 + "\n") * 300,
    "table": "| loss | perplexity |\n|-|-|\n" + "| 1 | 2 |\n" * 80_000,
    "comments": "<!--" * 200_000 + "-->" * 50_000,
    "fences": "```\n````\n" * 100_000,
    "products": "1×" * 300_000,
    "names": "training gradient accumulation steps " * 25_000,
    "html": "<html><body>" + "<div " * 100_000,
    "odd metadata": "---\nmodel-index: [1, {results: [{metrics: [{type: loss, value: .nan}, 3], dataset: 7}]}]\n---\n",
    "zero": "perplexity 0\nloss 0\nlearning rate 0\nbatch size 0\ntotal batch size 0\n3 epochs\n0 steps\n0 rows\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_card_hangs_or_breaks_the_check(name):
    content = HOSTILE[name]
    started = time.process_time()
    findings = check_card(content if isinstance(content, bytes) else content.encode())
    assert time.process_time() - started < 30
    assert of(findings, "missing")


def test_what_is_no_card_is_one_error():
    with pytest.raises(SourceError, match="more than"):
        check_card(b"a" * 10_000_000)
    with pytest.raises(SourceError, match="holds no text"):
        check_card(b" \n")
    with pytest.raises(SourceError, match="NUL bytes"):
        check_card(b"\x7fELF\2\1\0\0loss: 1.0")
    with pytest.raises(SourceError, match=r"not UTF-8 text \(byte 0xe9 in line 2\)"):
        check_card("# A\ncafé\n".encode("latin-1"))
    with pytest.raises(SourceError, match="data in JSON"):
        check_card(b'{"text": "a loss of 1.0"}\n{"text": "b"}\n')


def test_metadata_that_cannot_be_read_is_named():
    found = only(HOSTILE["laughs"], "metadata", "missing")
    assert "stand for more than" in found.seen


def test_an_average_over_batches_is_near_enough():
    assert contradictions(f"# A\n\nvalidation loss 2.0, perplexity {math.exp(2.0) * 1.015:.3f}\n") == []
