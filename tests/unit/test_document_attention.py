"""Attention one document at a time is attention behind a block-diagonal mask, gradients included."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.document_attention import attend_by_document, attends_by_document, lay_out
from tasks.likelihood import summed_nll
from tasks.output_head import split_at_head

ARCHITECTURES = ("GPT2", "OPT", "Llama", "GPTNeoX", "Qwen2")
ROWS = [[0, 1, 2], [3, 4]]
LENGTHS = [12, 5, 1, 9, 7]


def gradients(model, documents):
    model.zero_grad(set_to_none=True)
    loss = summed_nll(model, split_at_head(model), documents, ROWS, 0)
    loss.backward()
    return float(loss.detach()), {name: weight.grad for name, weight in model.named_parameters()}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_loss_and_gradients_are_those_of_the_mask(architecture, make_model, random_documents):
    documents = random_documents(LENGTHS)
    model = make_model(architecture)
    expected, wanted = gradients(model, documents)
    attend_by_document(model)
    assert attends_by_document(model)
    loss, found = gradients(model, documents)
    assert loss == pytest.approx(expected, rel=1e-6)
    for name, gradient in wanted.items():
        assert (gradient is None) == (found[name] is None), name
        assert gradient is None or float((gradient - found[name]).abs().max()) < 1e-4, name


def test_an_architecture_that_keeps_no_lengths_keeps_its_mask(make_model, random_documents):
    """What ignores the lengths would let documents see each other."""
    documents = random_documents(LENGTHS)
    model = make_model("GPT2")
    expected, _ = gradients(model, documents)
    forward = model.transformer.forward
    model.transformer.forward = lambda *given, document_lengths=None, **named: forward(*given, **named)
    attend_by_document(model)
    assert not attends_by_document(model)
    assert gradients(model, documents)[0] == pytest.approx(expected, rel=1e-6)


def test_the_fused_gelu_is_the_same_function(make_model, random_documents):
    from transformers.activations import GELUTanh

    from tasks.training.kernels import fuse_gelu

    documents = random_documents(LENGTHS)
    model = make_model("GPT2")
    expected, _ = gradients(model, documents)
    fuse_gelu(model)
    assert any(isinstance(module, GELUTanh) for module in model.modules())
    assert gradients(model, documents)[0] == pytest.approx(expected, rel=1e-6)


def test_documents_of_similar_length_lie_beside_each_other():
    layout = lay_out(((12, 5), (1, 9)), row_length=17)
    assert layout.groups == ((2, 12), (2, 7), (1, 1)), "12 and 9, the second row's padding and 5, 1"
    assert layout.tokens[layout.places].tolist() == list(range(34))
    assert sorted([*layout.places, *layout.filling]) == list(range(len(layout.tokens)))
    assert layout.tokens[layout.filling].tolist() == [26] * 3 + [16] * 2, "the last tokens of those of 9 and 5"


@pytest.mark.parametrize("seed", range(5))
def test_little_of_a_layout_is_filling(seed):
    rng = np.random.default_rng(seed)
    lengths = tuple(map(int, rng.lognormal(3.5, 0.6, 40).clip(1)))
    layout = lay_out((lengths,), sum(lengths))
    assert len(layout.filling) < 0.2 * len(layout.tokens)
    assert len(layout.groups) < 15
