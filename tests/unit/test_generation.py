"""Writing text is seeded, stays within the model's context, and stops where the model says so."""

from __future__ import annotations

import pytest

from tasks.generation import generate

END_TOKEN = "<|endoftext|>"
CONTEXT = 64
"""Of the tiny model."""


@pytest.fixture(scope="module")
def model(make_model):
    return make_model("GPT2")


@pytest.fixture
def always(make_model, tiny_tokenizer):
    """Makes a model that gives one token whatever it has read."""
    import torch

    def make(token: str):
        model = make_model("GPT2", tie_word_embeddings=False)
        head = torch.nn.Linear(32, 300)
        with torch.no_grad():
            head.weight.zero_()
            head.bias.zero_()
            head.bias[tiny_tokenizer.convert_tokens_to_ids(token)] = 1e4
        model.lm_head = head
        return model

    return make


@pytest.mark.parametrize("temperature", [0, 0.8])
def test_a_model_that_gives_the_end_token_stops_at_once(always, tiny_tokenizer, temperature):
    model, steps = always(END_TOKEN), []
    model.register_forward_hook(lambda *_: steps.append(1))
    (sample,) = generate(model, tiny_tokenizer, "Hope is", temperature=temperature)
    assert (sample.text, sample.num_tokens, sample.stopped) == ("", 1, True)
    assert len(steps) == 1  # nothing is computed beyond the end, only to be cut off


def test_a_model_that_never_gives_it_goes_on_to_the_limit(always, tiny_tokenizer):
    (sample,) = generate(always("a"), tiny_tokenizer, "Hope is", max_new_tokens=7)
    assert (sample.text, sample.num_tokens, sample.stopped) == ("aaaaaaa", 7, False)


def test_equal_seeds_give_equal_samples(model, tiny_tokenizer):
    def write(seed):
        return generate(model, tiny_tokenizer, "Hope is", num_samples=3, max_new_tokens=12, seed=seed)

    assert write(1) == write(1)
    assert write(1) != write(2)
    assert len({sample.text for sample in write(1)}) == 3


def test_temperature_zero_gives_the_likeliest_token_each_time_and_one_sample(model, tiny_tokenizer):
    import torch

    (sample,) = generate(model, tiny_tokenizer, "Hope is", num_samples=3, max_new_tokens=5, temperature=0)
    ids = tiny_tokenizer("Hope is")["input_ids"]
    with torch.no_grad():
        for _ in range(5):
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
    assert sample.text == tiny_tokenizer.decode(ids)[len("Hope is") :]


def test_the_prompt_is_not_repeated(always, tiny_tokenizer):
    (sample,) = generate(always("a"), tiny_tokenizer, "Hope is a waking dream.", max_new_tokens=2)
    assert (sample.prompt, sample.text) == ("Hope is a waking dream.", "aa")


def test_an_empty_prompt_starts_from_the_end_token(always, tiny_tokenizer):
    (sample,) = generate(always("a"), tiny_tokenizer, "", max_new_tokens=2)
    assert sample.text == "aa"


def test_a_prompt_beyond_the_context_is_cut_at_its_front(always, tiny_tokenizer):
    (sample,) = generate(always("a"), tiny_tokenizer, "x" * 3 * CONTEXT, max_new_tokens=20)
    assert sample.num_tokens == 1  # the context leaves room for one token after the last 63


def test_text_ends_where_the_context_does(always, tiny_tokenizer):
    given = len(tiny_tokenizer("Hope is")["input_ids"])
    (sample,) = generate(always("a"), tiny_tokenizer, "Hope is", max_new_tokens=1000)
    assert sample.num_tokens == CONTEXT - given


def test_samples_that_stop_early_are_not_counted_to_the_longest(model, tiny_tokenizer):
    samples = generate(model, tiny_tokenizer, "Hope is", num_samples=40, max_new_tokens=50, seed=3, temperature=2.0)
    assert {sample.stopped for sample in samples} == {True, False}
    for sample in samples:
        assert END_TOKEN not in sample.text
        assert sample.stopped or sample.num_tokens == 50
    assert len({sample.num_tokens for sample in samples if sample.stopped}) > 1
