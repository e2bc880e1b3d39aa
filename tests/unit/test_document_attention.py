"""Attention one document at a time is attention behind a block-diagonal mask, gradients included."""

from __future__ import annotations

import pytest

from tasks.document_attention import attend_by_document, attends_by_document
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
