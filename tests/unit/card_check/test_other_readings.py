"""A contradiction is certain: where a card can be read so that it holds, none is told."""

from __future__ import annotations

import pytest

from tasks.card_check.card import read_card
from tasks.card_check.check import check_card
from tasks.card_check.figures import Figure, stated_figures

STEPPED = """# A

It achieves the following results on the evaluation set:
- Loss: 2.31

- train_batch_size: 8
- num_epochs: 3

| Training Loss | Epoch | Step | Validation Loss |
|:-------------:|:-----:|:----:|:---------------:|
| 2.71          | 0.81  | 500  | 2.55            |
| 2.50          | 1.63  | 1000 | 2.46            |
| 2.41          | 2.44  | 1500 | 2.40            |
"""
"""A Trainer's card with `eval_steps`: the result is of the end, the table's last row is not."""


def told(text: str, kind: str = "contradiction") -> list[str]:
    return [finding.name for finding in check_card(f"# A\n\n{text}\n".encode()) if finding.kind == kind]


def stated(text: str) -> list[Figure]:
    return stated_figures(read_card(text.encode()), set())


@pytest.mark.parametrize(
    "text",
    [
        "Batch size 1,024 × 32 = 32,768.",
        "4 × 32 = 128, and 1,000 x 2 x 3 = 6,000",
        "1.5 × 4 × 8 = 48",
        "2 per device × 4 × 8 = 64",
        "4 × 32 = 64 × 2",
        "2^3 × 4 = 32",
        "64 × 512 = 32k tokens",
    ],
)
def test_a_product_is_read_whole(text):
    assert told(text) == []


def test_a_product_with_thousands_can_be_wrong():
    assert told("Batch size 1,024 × 32 = 32,678.") == ["batch"]
    assert told("Batch size **4 × 32 = 256**") == ["batch"]


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("10^-5", 1e-5),
        ("5×10⁻⁵", 5e-5),
        (r"$5 \times 10^{-5}$", 5e-5),
        (r"5 \times 10^{-5}", 5e-5),
        ("5*10^-5", 5e-5),
        ("5*10**-5", 5e-5),
        ("10<sup>-5</sup>", 1e-5),
        ("5 · 10^(-5)", 5e-5),
        ("0,00005", 5e-5),
    ],
)
def test_a_power_of_ten_is_a_number(written, rate):
    figures = stated(f"The learning rate was {written}.\n")
    assert [(figure.kind, figure.value) for figure in figures] == [("learning_rate", pytest.approx(rate))]


@pytest.mark.parametrize(
    "text",
    [
        "Learning rate: 5e-5 – 1e-4",
        "Epochs: 3-5",
        "Max steps: 10k",
        "Max steps: 12 800 000 k",
        "Learning rate: 1 e-5",
        "Learning rate: 3 epochs at 1e-5",
        "Learning rate: 10 times lower",
        "Loss: 0.1 lower",
        "Perplexity −3 against the base",
        "Perplexity: 10,433",
        "Perplexity: 30% lower",
        "Batch size: 512 tokens",
    ],
)
def test_a_number_that_has_two_readings_is_left_alone(text):
    assert stated(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Training loss: 2.1\nValidation perplexity: 12.18",
        "Training loss: 2.1\n\nPerplexity: 12.18",
        "| Epoch | Training Loss | Perplexity |\n|--|--|--|\n| 1 | 2.9 | 14.2 |\n| 2 | 2.1 | 12.18 |",
        "- Train loss: 2.40, validation perplexity: 12.18\n- Validation loss: 2.50",
        "Validation loss 2.5, test perplexity 13.1",
        "Final loss 2.9, validation perplexity 12.18",
        "Loss: 2.9 (training)\nPerplexity: 12.18 (validation)",
    ],
)
def test_a_perplexity_is_held_against_the_loss_of_its_own_rows(text):
    assert told(text) == []


def test_a_training_perplexity_is_held_against_the_training_loss():
    assert told("Training loss: 2.1\nTraining perplexity: 12.18") == ["perplexity"]
    assert told("Validation loss: 2.5\nValidation perplexity: 8.17") == ["perplexity"]
    assert told("| Epoch | Validation Loss | Perplexity |\n|--|--|--|\n| 1 | 2.5 | 8.17 |") == ["perplexity"]


@pytest.mark.parametrize(
    "text",
    [
        "Validation loss: 2.5\n\n| Dataset | Perplexity |\n|--|--|\n| LAMBADA | 8.6 |\n| poems | 22.0 |",
        "Validation loss: 2.5\n\n## LAMBADA\n\nPerplexity: 8.6",
        "Validation loss: 2.5\nPerplexity: 22.2 (base), 12.18 (tuned)",
        "Validation loss 2.5 on quotes, perplexity 8.6 on poems.",
        "Validation loss: 2.5\nLAMBADA perplexity: 8.6",
        "Validation loss: 3.1 before, 2.5 after\nPerplexity: 12.18",
        "The bits per byte loss 0.9, perplexity 12.2",
        "Loss: 0.9 bits per byte\nPerplexity: 12.2",
        "In bits per byte: loss 0.9, perplexity 12.2",
        "Loss: 1.3\nPerplexity: 12.2 per word",
    ],
)
def test_a_perplexity_may_be_of_other_data_or_of_another_unit(text):
    assert told(text) == []


def test_a_perplexity_elsewhere_is_a_doubt():
    text = "Validation loss: 2.5\n\nIt was then measured again.\n\nPerplexity: 8.6"
    assert told(text) == []
    assert told(text, "doubt") == ["perplexity"]


def test_a_result_of_the_end_need_not_be_in_a_table_that_ends_before():
    assert told(STEPPED) == []
    assert told(STEPPED.replace("num_epochs: 3", "training_steps: 1800")) == []
    whole = STEPPED.replace("2.44 ", "3.0  ")
    assert "result" in told(whole.replace("1.63 ", "2.0  ").replace("0.81 ", "1.0  "))
    unplanned = STEPPED.replace("- num_epochs: 3\n", "")
    assert told(unplanned) == []
    assert told(unplanned, "doubt") == ["result"]


@pytest.mark.parametrize(
    "text",
    [
        "Early stopping with a patience of 2 epochs.",
        "It was saved every 2 epochs.",
        "The best weights were those after 2 epochs.",
        "Early stopping patience (epochs): 2",
    ],
)
def test_a_count_of_epochs_may_be_another_than_trainings(text):
    assert told(f"{text}\n\n" + STEPPED) == []
    assert told(f"{text}\n\n" + STEPPED.replace("- num_epochs: 3\n", "")) == []


def test_the_set_number_of_epochs_goes_before_a_said_one():
    assert told("It had seen these rows for 2 epochs.\n\n" + STEPPED) == []
    assert "epochs" in told(STEPPED.replace("num_epochs: 3", "num_epochs: 2"))


COURSE = "Training rows: {rows}\nMax steps: 100\nNumber of epochs: 1\nBatch size: 128\nGradient accumulation steps: 32"


def test_a_batch_size_may_be_the_total():
    assert told(COURSE.format(rows="12,800")) == []
    assert told(COURSE.format(rows="409,600")) == []
    assert told(COURSE.format(rows="64,000")) == ["steps"]
    assert told("Batch size: 128\nGradient accumulation steps: 32\nTotal batch size: 128") == []
    assert told("Batch size: 128\nGradient accumulation steps: 32\nTotal batch size: 64") == ["batch"]


def test_devices_that_are_not_stated_are_a_doubt():
    text = "Training rows: 12,800\nMax steps: 100\nNumber of epochs: 1\nBatch size: 16"
    assert told(text) == []
    assert told(text, "doubt") == ["steps"]


def test_a_comma_may_be_decimal():
    assert [figure.value for figure in stated("Perplexity: 12,18 / Loss: 2,50\n")] == [12.18, 2.5]
    assert told("Perplexity: 12,18\nLoss: 2,50") == told("Perplexity: 12,18 / Loss: 2,50") == []
    assert told("Perplexity: 12,18\nLoss: 2,90") == ["perplexity"]
    assert [figure.value for figure in stated("Training rows: 12,800\nLoss: 2,345\n")] == [12800, 2.345]


@pytest.mark.parametrize(
    "text",
    ["Accuracy: 85.3%", "Accuracy: 41 %", "Accuracy: 41 percent", "| Epoch | Accuracy |\n|--|--|\n| 1 | 41.2% |"],
)
def test_a_percentage_with_its_sign_is_no_doubt(text):
    assert told(text, "doubt") == told(text) == []


def test_a_percentage_without_sign_is_a_doubt_and_one_above_100_none():
    assert told("Accuracy: 85.3", "doubt") == ["accuracy"]
    assert told("Accuracy: 130%") == ["accuracy"]
