"""Samples on the way cost a bounded share by count, and draw nothing of what training draws."""

from __future__ import annotations

import pytest

from tasks.documents import IGNORE_INDEX, Document
from tasks.training.live_samples import MAX_SHARE, NEW_TOKENS, PASS_TOKENS, SampleWriter, beginning

COST = NEW_TOKENS * PASS_TOKENS["cpu"]
"""Trained tokens that one evaluation's samples cost."""


@pytest.fixture
def rows(quotes, tiny_tokenizer):
    encoded = [tiny_tokenizer(text)["input_ids"] + [0] for text in quotes]
    return [Document(ids, ids) for ids in encoded]


def written(tokenizer, rows, evaluations, planned_tokens):
    """At which evaluations there are samples."""
    writer = SampleWriter(tokenizer, rows, evaluations, planned_tokens, "cpu")
    return [number for number in range(evaluations) if writer.every and number % writer.every == 0]


@pytest.mark.parametrize(
    ("samplings_paid", "expected"),
    [(0.9, []), (1.0, [0]), (2.0, [0, 3]), (3.0, [0, 2, 4]), (5.9, [0, 2, 4]), (6.0, [0, 1, 2, 3, 4, 5])],
)
def test_as_many_evaluations_have_samples_as_the_share_pays_for(tiny_tokenizer, rows, samplings_paid, expected):
    planned = samplings_paid * COST / MAX_SHARE + 1
    assert written(tiny_tokenizer, rows, 6, planned) == expected


def test_a_row_is_continued_from_its_beginning_or_its_prompt(tiny_tokenizer, rows):
    ids = list(rows[1].input_ids)
    whole = tiny_tokenizer.decode(ids, skip_special_tokens=True)
    assert whole.startswith(beginning(tiny_tokenizer, rows[1]))
    assert 0 < len(beginning(tiny_tokenizer, rows[1])) < len(whole)
    prompted = Document(ids, [IGNORE_INDEX] * 5 + ids[5:])
    assert beginning(tiny_tokenizer, prompted) == tiny_tokenizer.decode(ids[:5])


def test_samples_are_greedy_and_leave_the_random_numbers_and_weights_alone(make_model, tiny_tokenizer, rows):
    import torch

    model = make_model("GPT2").train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    writer = SampleWriter(tiny_tokenizer, rows, 2, 1e9, "cpu")
    torch.manual_seed(3)
    state = torch.get_rng_state()
    first = writer.write(model, 0)
    assert torch.equal(torch.get_rng_state(), state)
    assert first == writer.write(model, 1)
    assert [sample["prompt"] for sample in first] == writer.prompts
    assert any(sample["text"] for sample in first)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_no_held_out_rows_no_samples(make_model, tiny_tokenizer):
    assert SampleWriter(tiny_tokenizer, [], 2, 1e9, "cpu").write(make_model("GPT2"), 0) == []
