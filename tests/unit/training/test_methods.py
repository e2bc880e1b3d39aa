"""What is trained follows every option, and an option that would do nothing is an error that lists what there is."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from pydantic import ValidationError

from tasks.artifacts import ArtifactRef
from tasks.base_model import load_model
from tasks.errors import TrainingError
from tasks.trained_model import load_trained
from tasks.training.adapters import make_trainable, parameter_counts, save_trained, trained_parts
from tasks.training.config import FreezeSettings, LoraSettings, PeftOptions, TrainingConfig

BASE_DIGEST = "sha256:" + "b" * 64
ARCHITECTURES = ("GPT2", "OPT", "Llama", "GPTNeoX", "Qwen2")


def lora(**settings) -> TrainingConfig:
    return TrainingConfig(method="lora", lora=LoraSettings(**settings))


def frozen(**settings) -> TrainingConfig:
    return TrainingConfig(method="frozen", freeze=FreezeSettings(**settings))


def trained_names(model) -> set[str]:
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("targets", ["all-linear", None])
def test_adapters_in_the_upper_blocks_only(architecture, targets, make_model):
    model = make_model(architecture)
    named = targets or {"GPT2": "c_attn", "GPTNeoX": "query_key_value"}.get(architecture, "q_proj")
    whole = trained_names(make_trainable(make_model(architecture), lora(rank=2, target_modules=named)))
    upper = trained_names(make_trainable(model, lora(rank=2, target_modules=named, upper_blocks=1)))
    assert upper == {name for name in whole if ".1." in name}
    assert upper


def test_more_upper_blocks_than_there_are(make_model):
    with pytest.raises(TrainingError, match=r"training\.lora\.upper_blocks: 3, but the base model has 2 blocks"):
        make_trainable(make_model("GPT2"), lora(upper_blocks=3))


def test_a_target_outside_of_the_blocks_is_not_in_the_upper_ones(make_model):
    with pytest.raises(TrainingError, match=r"none of lm_head is in a block\n  there: 1\.attn\.c_attn"):
        make_trainable(make_model("GPT2"), lora(target_modules="lm_head", upper_blocks=1))


def test_our_options_are_pefts_with_its_defaults():
    from peft import LoraConfig

    theirs = {field.name for field in fields(LoraConfig)}
    default = LoraConfig()
    for name, value in PeftOptions():
        assert name in theirs
        assert value == getattr(default, name) or (value == () and getattr(default, name) is None), name


@pytest.mark.parametrize("values", [{"init_lora_weights": "pissa"}, {"loftq_config": {}}, {"use_dora": "yes"}])
def test_what_is_unsafe_or_unknown_to_peft_is_refused(values):
    with pytest.raises(ValidationError):
        PeftOptions.model_validate(values)


@pytest.mark.parametrize(
    ("option", "grows"),
    [
        ({"use_rslora": True}, False),
        ({"use_dora": True}, True),
        ({"bias": "lora_only"}, True),
        ({"lora_bias": True}, True),
        ({"rank_pattern": {"c_attn": 8}}, True),
        ({"alpha_pattern": {"c_attn": 64.0}}, False),
        ({"exclude_modules": ("c_fc",)}, None),
        ({"modules_to_save": ("ln_f",)}, True),
        ({"init_lora_weights": "gaussian"}, False),
        ({"init_lora_weights": "orthogonal"}, False),
    ],
)
def test_an_option_does_something_and_survives_saving(option, grows, tiny_base, tmp_path):
    import torch

    torch.manual_seed(1)
    config = lora(rank=4, peft=PeftOptions(**option))
    model = make_trainable(load_model(tiny_base), config)
    plain = make_trainable(load_model(tiny_base), lora(rank=4))
    assert parameter_counts(model)[1] == parameter_counts(plain)[1]
    more = parameter_counts(model)[0] - parameter_counts(plain)[0]
    assert (more > 0) is bool(grows)
    assert (more < 0) is (grows is None)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad and "magnitude" not in name:
                parameter += 0.1 * torch.randn_like(parameter)
    save_trained(model, config, BASE_DIGEST, tmp_path)
    loaded = load_trained(tiny_base, ArtifactRef(kind="adapter", digest=BASE_DIGEST), tmp_path)
    ids = torch.arange(1, 21)[None]
    with torch.no_grad():
        # to the last bits: training computes GELU by another kernel
        assert torch.allclose(loaded(ids).logits, model.eval()(ids).logits, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"exclude_modules": ("q_proj",)}, "exclude_modules: no module is called 'q_proj'"),
        ({"modules_to_save": ("norm",)}, "modules_to_save: no module is called 'norm'"),
        ({"rank_pattern": {"h.7.*": 2}}, r"rank_pattern: 'h.7.*' matches no module"),
        ({"alpha_pattern": {"q_proj": 2.0}}, "alpha_pattern: 'q_proj' matches no module"),
    ],
)
def test_an_option_that_matches_nothing_lists_what_there_is(option, message, make_model):
    with pytest.raises(TrainingError, match=rf"(?s){re.escape(message)}.*modules: .*transformer\.h\.\*\.attn\.c_attn"):
        make_trainable(make_model("GPT2"), lora(peft=PeftOptions(**option)))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("tied", [True, False])
def test_the_head_is_frozen(architecture, tied, make_model):
    model = make_trainable(make_model(architecture, tie_word_embeddings=tied), frozen(head=True))
    assert not model.get_output_embeddings().weight.requires_grad
    assert model.get_input_embeddings().weight.requires_grad is not tied
    assert trained_names(model)


def test_parameters_are_frozen_by_pattern(make_model):
    model = make_trainable(make_model("GPT2"), frozen(patterns=("*.mlp.*", "*.bias")))
    every = set(dict(model.named_parameters()))
    still = {name for name in every if ".mlp." in name or name.endswith(".bias")}
    assert still
    assert trained_names(model) == every - still


def test_a_pattern_that_matches_nothing_lists_what_there_is(make_model):
    with pytest.raises(
        TrainingError, match=r"(?s)freeze\.patterns: '\*\.ffn\.\*' matches no parameter; there are.*h\.\*\.mlp"
    ):
        make_trainable(make_model("GPT2"), frozen(patterns=("*.ffn.*",)))


def test_freezing_everything_is_an_error(make_model):
    with pytest.raises(TrainingError, match="leaves nothing to train"):
        make_trainable(make_model("GPT2"), frozen(patterns=("*",)))


def test_what_is_trained_is_told_by_name(make_model):
    model = make_trainable(make_model("GPT2"), lora(rank=4, target_modules="c_attn", upper_blocks=1))
    assert trained_parts(model) == {"transformer.h.*.attn.c_attn.lora": 4 * 32 + 96 * 4}
    whole = make_model("GPT2")
    assert sum(trained_parts(make_trainable(whole, TrainingConfig(method="full"))).values()) == whole.num_parameters()


@pytest.mark.parametrize(
    ("architecture", "told"), [("GPT2", "resid_pdrop"), ("OPT", "dropout"), ("Qwen2", "attention_dropout")]
)
def test_the_bases_dropout_is_set(architecture, told, make_model, tmp_path):
    import torch

    make_model(architecture).save_pretrained(tmp_path)
    ids = torch.arange(1, 21)[None]
    with torch.no_grad():
        plain, dropping = (load_model(tmp_path, dropout).train()(ids).logits for dropout in (0.0, 0.4))
    assert getattr(load_model(tmp_path, 0.4).config, told) == 0.4
    assert not torch.equal(plain, dropping)
