"""Writing text is seeded, stays within the model's context, and stops where the model says so."""

from __future__ import annotations

from collections import Counter

import pytest

from tasks import generation
from tasks.generation import generate, generate_all

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


PROMPTS = ["Hope is", "No ferryman ever crossed the same water", "Be", "", "Hope is", "The heron waits for"]


@pytest.mark.parametrize("temperature", [0, 1.0])
@pytest.mark.parametrize("architecture", ["GPT2", "OPT", "Llama", "GPTNeoX", "Qwen2"])
def test_a_batch_of_prompts_equals_the_prompts_one_by_one(make_model, tiny_tokenizer, architecture, temperature):
    model = make_model(architecture)
    options = {"max_new_tokens": 16, "temperature": temperature, "seed": 5}
    together = generate_all(model, tiny_tokenizer, PROMPTS, **options)
    alone = [generate(model, tiny_tokenizer, prompt, **options)[0] for prompt in PROMPTS]
    assert [sample.prompt for sample in together] == PROMPTS
    assert together[:4] + together[5:] == alone[:4] + alone[5:]
    assert (together[4] == alone[0]) == (temperature == 0)  # a prompt that comes again draws anew
    assert len({sample.text for sample in together}) > 2


def test_samples_do_not_depend_on_the_prompts_beside_them_or_their_order(model, tiny_tokenizer):
    def write(prompts):
        return generate_all(model, tiny_tokenizer, prompts, max_new_tokens=12, seed=1)

    assert write(PROMPTS[:2]) == write(PROMPTS)[:2]
    assert write(["Be", "Hope is"]) == write(["Hope is", "Be"])[::-1]


def test_samples_do_not_depend_on_the_size_of_a_batch(make_model, tiny_tokenizer, monkeypatch):
    model = make_model("GPT2")
    prompts = [f"{word} {number}" for word in ("Hope", "The heron waits") for number in range(6)]
    whole = generate_all(model, tiny_tokenizer, prompts, max_new_tokens=20)
    monkeypatch.setattr(generation, "BATCH_ROWS", 3)
    monkeypatch.setattr(generation, "BATCH_TOKENS", 70)
    sizes = []
    model.register_forward_pre_hook(lambda _, given, named: sizes.append(len(named["input_ids"])), with_kwargs=True)
    assert generate_all(model, tiny_tokenizer, prompts, max_new_tokens=20) == whole
    assert max(sizes) <= 3


def test_long_and_short_prompts_each_get_what_the_context_leaves_them(always, tiny_tokenizer):
    prompts = ["x" * 3 * CONTEXT, "Hope is", "x" * 60]
    samples = generate_all(always("a"), tiny_tokenizer, prompts, max_new_tokens=10)
    given = len(tiny_tokenizer("x" * 60)["input_ids"])
    assert [sample.num_tokens for sample in samples] == [1, 10, min(10, CONTEXT - given)]


def test_tokens_are_drawn_as_often_as_the_model_says(model, tiny_tokenizer):
    import torch

    expected: Counter[str] = Counter()  # by text: bytes that are no character alone all look alike
    with torch.no_grad():
        logits = model(torch.tensor([tiny_tokenizer("Hope is")["input_ids"]])).logits[0, -1]
    for token, probability in enumerate(torch.softmax(logits / 0.05, 0).tolist()):
        expected[tiny_tokenizer.decode([token])] += probability
    samples = generate(model, tiny_tokenizer, "Hope is", num_samples=2000, max_new_tokens=1, temperature=0.05)
    seen = Counter(sample.text for sample in samples)
    del expected["<|endoftext|>"]
    for text, probability in expected.most_common(5):
        assert seen[text] / len(samples) == pytest.approx(probability, abs=0.045)  # 4 standard deviations at most


def test_a_stop_string_ends_the_text_and_is_left_out(always, tiny_tokenizer):
    model, steps = always("a"), []
    model.register_forward_hook(lambda *_: steps.append(1))
    (sample,) = generate(model, tiny_tokenizer, "aaaa", max_new_tokens=50, stop=["aaa", "b"])
    assert (sample.text, sample.num_tokens, sample.stopped) == ("", 3, True)
    assert len(steps) == 3  # the prompt's own do not count, and nothing is computed beyond it


def test_each_row_of_a_batch_stops_at_its_own_stop_string(model, tiny_tokenizer):
    free = generate_all(model, tiny_tokenizer, PROMPTS, max_new_tokens=20, seed=2)
    stop = free[1].text[5]
    stopped = generate_all(model, tiny_tokenizer, PROMPTS, max_new_tokens=20, seed=2, stop=[stop])
    for before, after in zip(free, stopped, strict=True):
        assert after.text == before.text.split(stop)[0]
        assert after.stopped == (before.stopped or stop in before.text)
        assert after.num_tokens < before.num_tokens or stop not in before.text[:-1]


def test_progress_is_told(model, tiny_tokenizer):
    told = []
    generate_all(model, tiny_tokenizer, PROMPTS, max_new_tokens=2, told=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(PROMPTS), len(PROMPTS))
