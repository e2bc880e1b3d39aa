"""A step on tensors without content counts what the same step on real ones does."""

from __future__ import annotations

import pytest

from tasks.training.adapters import make_trainable, parameter_counts
from tasks.training.config import FreezeSettings, LoraSettings, TrainingConfig

ARCHITECTURES = ("GPT2", "OPT", "Llama", "GPTNeoX", "Qwen2")
METHODS = {
    "lora": TrainingConfig(lora=LoraSettings(rank=4)),
    "full": TrainingConfig(method="full"),
    "frozen": TrainingConfig(method="frozen", freeze=FreezeSettings(first_blocks=1, embeddings=True)),
}
ROWS = [[0, 1], [2], [3]]


def loss(model, documents, rows):
    from tasks.likelihood import summed_nll

    return summed_nll(model, None, documents, rows, 0)


@pytest.fixture
def documents(random_documents):
    return random_documents([20, 12, 30, 8])


def dry_of(model, config):
    from tasks.training.dry_run import dry_model

    return dry_model(model.config.to_dict(), config)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("method", METHODS)
def test_parameters_are_counted_as_the_real_models(architecture, method, make_model):
    model = make_model(architecture)
    dry = dry_of(model, METHODS[method])
    assert (dry.trainable, dry.base) == parameter_counts(make_trainable(model, METHODS[method]))


@pytest.mark.parametrize("method", METHODS)
def test_arithmetic_is_counted_as_on_the_real_model(method, make_model, documents):
    """torch's own counter leaves attention out on a CPU, where the model has no dropout."""
    from torch.utils.flop_counter import FlopCounterMode

    from tasks.training.dry_run import footprint

    model = make_model("GPT2")
    dry = dry_of(model, METHODS[method])
    trained = make_trainable(model, METHODS[method]).train()
    with FlopCounterMode(display=False) as counted:
        loss(trained, documents, ROWS).sum().backward()
    found = footprint(dry, documents, ROWS, loss, half=False)
    assert found.flops_half == 0
    assert counted.get_total_flops() <= found.flops <= 1.25 * counted.get_total_flops()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_runs_dry(architecture, make_model, documents):
    from tasks.training.dry_run import footprint

    dry = dry_of(make_model(architecture), METHODS["lora"])
    found = footprint(dry, documents, ROWS, loss, half=False)
    half = footprint(dry, documents, ROWS, loss, half=True)
    seen = footprint(dry, documents, ROWS, loss, half=False, learns=False)
    assert found.flops > 1.5 * seen.flops > 0, "a backward pass computes about as much again, and more"
    assert half.flops_half > 0
    assert seen.activation_bytes < found.activation_bytes, "nothing is kept for a backward pass"
    assert found.logit_bytes > 0


def test_what_is_frozen_is_neither_computed_nor_kept(make_model, documents):
    from tasks.training.dry_run import footprint

    model = make_model("Llama")
    full, frozen = (
        footprint(dry_of(model, METHODS[method]), documents, ROWS, loss, half=False) for method in ("full", "frozen")
    )
    assert frozen.flops < full.flops
    assert frozen.activation_bytes < full.activation_bytes


def test_a_large_model_needs_no_memory_to_be_counted():
    import transformers

    from tasks.training.dry_run import dry_model

    dry = dry_model(transformers.GPT2Config(n_embd=12288, n_layer=96, n_head=96).to_dict(), METHODS["lora"])
    assert dry.base > 170e9, "GPT-3's shape: 700 GB in float32"
