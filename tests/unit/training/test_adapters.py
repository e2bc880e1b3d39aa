"""What is trained is what the recipe says, and what is saved is all of it and no more."""

from __future__ import annotations

import json

import pytest

from tasks.artifacts import ArtifactRef
from tasks.base_model import load_model
from tasks.errors import ArtifactError, TrainingError
from tasks.trained_model import load_trained
from tasks.training.adapters import make_trainable, parameter_counts, save_trained
from tasks.training.config import FreezeSettings, LoraSettings, TrainingConfig

BASE_DIGEST = "sha256:" + "b" * 64
ARCHITECTURES = ("GPT2", "OPT", "Llama", "GPTNeoX", "Qwen2")


def lora(**settings) -> TrainingConfig:
    return TrainingConfig(method="lora", lora=LoraSettings(**settings))


def frozen(**settings) -> TrainingConfig:
    return TrainingConfig(method="frozen", freeze=FreezeSettings(**settings))


def logits(model):
    import torch

    with torch.no_grad():
        return model(torch.arange(1, 21)[None]).logits


def trained_names(model) -> set[str]:
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_new_adapter_leaves_the_logits_alone(architecture, make_model):
    """B starts at 0, so W + (alpha / rank) B A = W (Hu et al., 2021)."""
    import torch

    model = make_model(architecture)
    before = logits(model)
    adapted = make_trainable(model, lora(rank=4)).eval()
    assert torch.equal(logits(adapted), before)
    assert trained_names(adapted)


def test_an_adapter_adds_its_scaled_product(make_model):
    import torch

    model = make_trainable(make_model("Llama"), lora(rank=2, alpha=6, target_modules="q_proj")).eval()
    layer = model.base_model.model.model.layers[0].self_attn.q_proj
    torch.manual_seed(0)
    torch.nn.init.normal_(layer.lora_B["default"].weight)
    x_TD = torch.randn(5, 32)
    a_RD, b_DR = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    expected = x_TD @ (layer.base_layer.weight + 6 / 2 * b_DR @ a_RD).T
    assert torch.allclose(layer(x_TD), expected, atol=1e-5)


def test_only_adapters_are_trained_and_counted(make_model):
    model = make_model("GPT2")
    in_all = sum(parameter.numel() for parameter in model.parameters())
    adapted = make_trainable(model, lora(rank=4, target_modules="c_attn"))
    assert all("lora_" in name for name in trained_names(adapted))
    # c_attn is 32 → 96 in each of 2 blocks: A holds rank × 32 and B 96 × rank.
    assert parameter_counts(adapted) == (2 * (4 * 32 + 96 * 4), in_all)


def test_a_target_that_isnt_there_is_an_error_that_lists_what_is(make_model):
    with pytest.raises(TrainingError) as caught:
        make_trainable(make_model("GPT2"), lora(target_modules="c_attn, q_proj"))
    assert str(caught.value) == (
        "training.lora.target_modules: no module is called 'q_proj'\n  linear modules: c_attn, c_fc, c_proj, lm_head"
    )


def test_targets_are_separated_by_commas(make_model):
    adapted = make_trainable(make_model("GPT2"), lora(target_modules="c_attn, c_fc"))
    modules = {name.split(".lora_")[0].rsplit(".", 1)[-1] for name in trained_names(adapted)}
    assert modules == {"c_attn", "c_fc"}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_first_blocks_are_frozen_and_the_rest_is_trained(architecture, make_model):
    model = make_model(architecture)
    every = set(dict(model.named_parameters()))
    make_trainable(model, frozen(first_blocks=1))
    still = every - trained_names(model)
    assert still == {name for name in every if ".0." in name}
    assert still


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_embeddings_are_frozen_with_a_head_that_is_tied_to_them(architecture, make_model):
    model = make_trainable(make_model(architecture), frozen(embeddings=True))
    assert not model.get_input_embeddings().weight.requires_grad
    tied = model.get_output_embeddings().weight is model.get_input_embeddings().weight
    assert model.get_output_embeddings().weight.requires_grad is not tied


def test_too_many_blocks_are_an_error_that_tells_how_many_there_are(make_model):
    with pytest.raises(TrainingError, match=r"training\.freeze\.first_blocks: 3, but the base model has 2 blocks"):
        make_trainable(make_model("GPT2"), frozen(first_blocks=3))


def test_the_method_full_trains_everything(make_model):
    model = make_model("GPT2").requires_grad_(False)
    trainable, base = parameter_counts(make_trainable(model, TrainingConfig(method="full")))
    assert trainable == base > 0


def saved_adapter(tiny_base, folder, **settings):
    """An adapter on the tiny base whose B isn't 0, saved; returns the model."""
    import torch

    config = lora(**{"rank": 4} | settings)
    torch.manual_seed(1)
    model = make_trainable(load_model(tiny_base), config)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter)
    folder.mkdir()
    save_trained(model, config, BASE_DIGEST, folder)
    return model.eval()


def test_a_saved_adapter_gives_the_trained_models_logits(tiny_base, tmp_path):
    import torch

    model = saved_adapter(tiny_base, tmp_path / "adapter")
    loaded = load_trained(tiny_base, ArtifactRef(kind="adapter", digest=BASE_DIGEST), tmp_path / "adapter")
    assert torch.allclose(logits(loaded), logits(model), rtol=0, atol=1e-6)  # training has another kernel of GELU
    assert not torch.equal(logits(loaded), logits(load_model(tiny_base)))


def test_saving_an_adapter_asks_nobody_and_warns_of_nothing(tiny_base, tmp_path, recwarn):
    saved_adapter(tiny_base, tmp_path / "adapter")
    assert [str(warning.message) for warning in recwarn if "config file" in str(warning.message)] == []


def test_equal_adapters_have_equal_bytes(tiny_base, tmp_path):
    for name in ("one", "two"):
        saved_adapter(tiny_base, tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["adapter_config.json", "adapter_model.safetensors"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_an_adapters_config_is_in_order_and_names_no_path(tiny_base, tmp_path):
    saved_adapter(tiny_base, tmp_path / "adapter", target_modules="c_proj,c_attn,c_fc")
    text = (tmp_path / "adapter" / "adapter_config.json").read_text()
    settings = json.loads(text)
    assert settings["base_model_name_or_path"] == BASE_DIGEST
    assert settings["target_modules"] == ["c_attn", "c_fc", "c_proj"]
    assert list(settings) == sorted(settings)
    for path in (tiny_base, tmp_path):
        assert str(path) not in text


@pytest.mark.parametrize("config", [TrainingConfig(method="full"), frozen(first_blocks=1, embeddings=True)])
def test_saved_weights_are_the_trained_ones_and_fit_the_base(config, tiny_base, tmp_path):
    import torch
    from safetensors.torch import load_file

    model = make_trainable(load_model(tiny_base), config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter += 0.01 * torch.randn_like(parameter)
    save_trained(model, config, BASE_DIGEST, tmp_path)
    assert set(load_file(tmp_path / "model.safetensors")) == trained_names(model)
    assert str(tiny_base).encode() not in (tmp_path / "model.safetensors").read_bytes()
    loaded = load_trained(tiny_base, ArtifactRef(kind="weights", digest=BASE_DIGEST), tmp_path)
    assert torch.allclose(logits(loaded), logits(model), rtol=0, atol=1e-6)  # training has another kernel of GELU


def test_weights_of_another_base_are_refused(make_model, tiny_base, tmp_path):
    config = TrainingConfig(method="full")
    save_trained(make_trainable(make_model("GPT2", n_embd=16), config), config, BASE_DIGEST, tmp_path)
    # The first tensor by name: queries, keys and values of 16 there, of 32 here.
    with pytest.raises(ArtifactError, match=r"trained on another base: .*c_attn\.bias is \[48\] there and \[96\] here"):
        load_trained(tiny_base, ArtifactRef(kind="weights", digest=BASE_DIGEST), tmp_path)


def test_a_base_in_half_precision_is_loaded_in_float32(make_model, tiny_tokenizer, tmp_path):
    """bfloat16 weights don't move at small learning rates: whatever is trained must be float32."""
    import torch

    make_model("GPT2").to(torch.bfloat16).save_pretrained(tmp_path)
    tiny_tokenizer.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == "bfloat16"
    for config in (lora(), TrainingConfig(method="full")):
        model = make_trainable(load_model(tmp_path), config)
        assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
