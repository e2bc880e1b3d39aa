"""Faster kernels compute what the model's own do, gradients included."""

from __future__ import annotations

import contextlib
import statistics

import pytest

from tasks.likelihood import summed_nll
from tasks.output_head import split_at_head
from tasks.training.adapters import make_trainable
from tasks.training.config import LoraSettings, PeftOptions, TrainingConfig

ARCHITECTURES = ("GPT2", "OPT", "Llama", "GPTNeoX", "Qwen2")


def adapted(model, **settings):
    """A model with adapters whose product isn't 0."""
    import torch

    torch.manual_seed(0)
    model = make_trainable(model, TrainingConfig(method="lora", lora=LoraSettings(rank=4, **settings)))
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.05)
    return model


def without_kernels(model):
    for module in model.modules():
        module.__dict__.pop("forward", None)
    return model


def fused(model) -> int:
    return sum("forward" in module.__dict__ for module in model.modules())


def gradients(model, documents, *, half: bool):
    import torch

    model.zero_grad(set_to_none=True)
    with torch.autocast("cpu", dtype=torch.bfloat16) if half else contextlib.nullcontext():
        loss = summed_nll(model, split_at_head(model), documents, [[0, 1, 2], [3, 4]], 0)
    loss.backward()
    found = {name: weight.grad for name, weight in model.named_parameters() if weight.requires_grad}
    return float(loss.detach()), found


def apart(found, wanted) -> dict[str, float]:
    return {name: float((found[name] - gradient).norm() / gradient.norm()) for name, gradient in wanted.items()}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_layer_computed_with_its_adapter_is_the_same_layer(architecture, make_model, random_documents):
    """In bfloat16 it is as near to float32 as the separate operations are."""
    documents = random_documents([12, 5, 1, 9, 7])
    model = adapted(make_model(architecture))
    assert fused(model)
    loss, found = gradients(model, documents, half=False)
    half_loss, half_found = gradients(model, documents, half=True)
    expected, wanted = gradients(without_kernels(model), documents, half=False)
    half_expected, half_wanted = gradients(model, documents, half=True)
    assert fused(model) == 0
    assert loss == pytest.approx(expected, rel=1e-6)
    assert max(apart(found, wanted).values()) < 1e-5
    assert abs(half_loss - expected) < 2 * abs(half_expected - expected) + 1e-3 * expected
    separate, together = (apart(gradients, wanted).values() for gradients in (half_wanted, half_found))
    assert statistics.mean(together) < statistics.mean(separate) + 0.05
    assert {gradient.dtype for gradient in half_found.values()} == {gradient.dtype for gradient in wanted.values()}


@pytest.mark.parametrize(
    "settings",
    [
        {"dropout": 0.1},
        {"peft": PeftOptions(use_dora=True)},
        {"peft": PeftOptions(lora_bias=True)},
        {"peft": PeftOptions(bias="all")},
    ],
)
def test_what_is_more_than_an_adapter_stays_peft_s(settings, make_model):
    assert fused(adapted(make_model("GPT2"), **settings)) == 0


def test_without_its_adapter_a_model_is_its_base(make_model):
    import torch

    base, ids = make_model("GPT2"), torch.arange(1, 21)[None]
    with torch.no_grad():
        before = base(ids).logits
        model = adapted(base)
        assert not torch.allclose(model(ids).logits, before, atol=1e-3)
        with model.disable_adapter():
            assert torch.equal(model(ids).logits, before)
