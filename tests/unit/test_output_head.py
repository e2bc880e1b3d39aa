"""The loss in chunks is the loss of the whole: equal numbers and gradients, whatever the head is made of."""

from __future__ import annotations

import pytest

from tasks import output_head
from tasks.documents import IGNORE_INDEX, Document
from tasks.likelihood import document_likelihood, summed_nll
from tasks.output_head import split_at_head

ARCHITECTURES = ("GPT2", "OPT", "Llama", "GPTNeoX", "Qwen2")
LENGTHS = [12, 5, 30, 8, 19, 3, 25]
PAD = 0
PACKED = [[0, 1, 2], [3, 4], [5, 6]]
VOCABULARY = 300


@pytest.fixture
def few_logits(monkeypatch):
    """Chunks of 7 positions, so that every step here has many of them."""
    limit_logits(monkeypatch)


def limit_logits(monkeypatch):
    for name in ("WHOLE_BYTES", "CHUNK_BYTES"):
        monkeypatch.setattr(output_head, name, 4 * 7 * VOCABULARY)
    monkeypatch.setattr(output_head, "BLOCK_WORDS", 64)


def with_prompts(documents):
    """Every other document is supervised in its second half alone."""
    for number, document in enumerate(documents):
        half = len(document.input_ids) // 2 if number % 2 else 0
        yield Document(document.input_ids, [IGNORE_INDEX] * half + list(document.labels[half:]))


def plain(model, documents, rows):
    """The sum as the model's own logits give it, a document at a time."""
    import torch

    total = torch.zeros(())
    for index in (index for row in rows for index in row):
        logits = model(input_ids=torch.tensor([list(documents[index].input_ids)]), use_cache=False).logits
        targets = torch.tensor(list(documents[index].labels[1:]))
        total = total + torch.nn.functional.cross_entropy(
            logits[0, :-1], targets, ignore_index=IGNORE_INDEX, reduction="sum"
        )
    return total


def loss_and_gradients(model, loss):
    model.zero_grad(set_to_none=True)
    loss.backward()
    return float(loss.detach()), {
        name: parameter.grad for name, parameter in model.named_parameters() if parameter.requires_grad
    }


def assert_equal_to_the_plain_way(model, documents, rows=PACKED):
    supervised = sum(label != IGNORE_INDEX for document in documents for label in document.labels[1:])
    expected, wanted = loss_and_gradients(model, plain(model, documents, rows) / supervised)
    split = split_at_head(model)
    loss, gradients = loss_and_gradients(model, summed_nll(model, split, documents, rows, PAD) / supervised)
    assert loss == pytest.approx(expected, abs=1e-5)
    assert wanted
    for name, gradient in wanted.items():
        assert (gradient is None) == (gradients[name] is None), name
        assert gradient is None or float((gradient - gradients[name]).abs().max()) < 1e-5, name


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("tied", [True, False])
def test_packed_and_in_chunks_equals_one_by_one_and_whole(architecture, tied, few_logits, make_model, random_documents):
    model = make_model(architecture, tie_word_embeddings=tied)
    assert split_at_head(model) is not None
    assert_equal_to_the_plain_way(model, list(with_prompts(random_documents(LENGTHS))))


def test_an_embedding_narrower_than_the_model_is_projected(few_logits, make_model, random_documents):
    """OPT's project_out stands between the last block and the head."""
    model = make_model("OPT", word_embed_proj_dim=16)
    assert split_at_head(model) is not None
    assert_equal_to_the_plain_way(model, random_documents(LENGTHS))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("targets", ["all-linear", "head"])
def test_adapters_also_on_the_head(architecture, targets, few_logits, make_model, random_documents):
    import torch
    from peft import LoraConfig, get_peft_model

    model = make_model(architecture, tie_word_embeddings=False)
    head = next(name for name, module in model.named_modules() if module is model.get_output_embeddings())
    adapted = get_peft_model(
        model, LoraConfig(task_type="CAUSAL_LM", r=2, target_modules=[head] if targets == "head" else targets)
    )
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    assert split_at_head(adapted) is not None
    assert_equal_to_the_plain_way(adapted, random_documents(LENGTHS))


def test_a_head_that_is_trained_as_a_copy(few_logits, make_model, random_documents):
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(task_type="CAUSAL_LM", r=2, target_modules=["q_proj"], modules_to_save=["lm_head"])
    adapted = get_peft_model(make_model("Llama", tie_word_embeddings=False), config)
    assert split_at_head(adapted) is not None
    assert_equal_to_the_plain_way(adapted, random_documents(LENGTHS))


@pytest.mark.parametrize("part", ["decoder", "head"])
def test_a_frozen_part_gets_no_gradient(part, few_logits, make_model, random_documents):
    model = make_model("GPTNeoX")
    split = split_at_head(model)
    getattr(split, part).requires_grad_(False)
    assert_equal_to_the_plain_way(model, random_documents(LENGTHS))


def capped_model():
    import torch
    from transformers import AutoModelForCausalLM, Gemma2Config

    config = Gemma2Config(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        pad_token_id=None,
        bos_token_id=None,
        eos_token_id=0,
        final_logit_softcapping=5.0,
    )
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()


def test_logits_that_are_capped_are_computed_whole(few_logits, random_documents):
    """Gemma 2 bounds its logits after the head: the head alone would give another loss."""
    model = capped_model()
    assert split_at_head(model) is None
    documents = random_documents(LENGTHS)
    expected = float(plain(model, documents, PACKED).detach()) / (sum(LENGTHS) - len(LENGTHS))
    assert document_likelihood(model, documents, PAD).nll == pytest.approx(expected, abs=1e-5)
    assert_equal_to_the_plain_way(model, documents, [[index] for index in range(len(LENGTHS))])


def test_looking_for_the_head_changes_no_mode_and_draws_no_number(make_model):
    import torch

    model = make_model("GPT2", resid_pdrop=0.5)
    model.train()
    model.transformer.h[0].eval()
    before = [module.training for module in model.modules()]
    state = torch.get_rng_state()
    assert split_at_head(model) is not None
    assert [module.training for module in model.modules()] == before
    assert torch.equal(torch.get_rng_state(), state)


def test_the_likelihood_in_chunks_is_the_likelihood(monkeypatch, make_model, random_documents):
    model, documents = make_model("GPT2"), list(with_prompts(random_documents(LENGTHS)))
    whole = document_likelihood(model, documents, PAD)
    limit_logits(monkeypatch)
    chunked = document_likelihood(model, documents, PAD)
    assert chunked.nll_sum == pytest.approx(whole.nll_sum, abs=1e-5)
    assert (chunked.num_tokens == whole.num_tokens).all()


def test_in_bfloat16_chunks_give_the_whole_ones_gradients(monkeypatch, make_model, random_documents):
    import torch

    model, documents = make_model("GPT2"), random_documents(LENGTHS)

    def measured():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = summed_nll(model, split_at_head(model), documents, PACKED, PAD) / 100
        return loss_and_gradients(model, loss)

    whole, wanted = measured()
    limit_logits(monkeypatch)
    chunked, gradients = measured()
    assert chunked == pytest.approx(whole, rel=1e-3)
    for name, gradient in wanted.items():
        assert gradients[name].dtype == torch.float32
        assert torch.allclose(gradients[name], gradient, rtol=0.05, atol=2e-3), name


def test_no_more_logits_than_a_chunk_are_ever_held(few_logits, make_model, random_documents):
    from torch.utils._python_dispatch import TorchDispatchMode

    seen = []

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            made = function(*args, **(kwargs or {}))
            shape = getattr(made, "shape", ())
            if len(shape) == 2 and shape[1] == VOCABULARY and shape[0] != model.config.hidden_size:
                seen.append(shape[0])
            return made

    model = make_model("Llama")
    split = split_at_head(model)
    with Watch():
        summed_nll(model, split, random_documents(LENGTHS), PACKED, PAD).backward()
        document_likelihood(model, random_documents(LENGTHS), PAD)
    assert len(seen) > 20
    assert max(seen) == 7
