"""The formula's count is what torch counts when the same documents go through the model, one by one."""

from __future__ import annotations

import pytest

from tasks.documents import Document
from tasks.training.adapters import make_trainable
from tasks.training.config import FreezeSettings, LoraSettings, TrainingConfig
from tasks.training.model_flops import model_flops

METHODS = {
    "full": {"method": "full"},
    "upper block": {"method": "frozen", "freeze": FreezeSettings(first_blocks=1, embeddings=True)},
    "head alone": {"method": "frozen", "freeze": FreezeSettings(first_blocks=2, embeddings=True)},
    "lora": {"method": "lora", "lora": LoraSettings(rank=4)},
    "lora above": {"method": "lora", "lora": LoraSettings(rank=4, upper_blocks=1)},
}
UNTIED = {"tie_word_embeddings": False}


def counted(model, document) -> float:
    """What torch counts for the loss of a document's every token, forward and backward."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    model.train()
    ids = torch.tensor([document.input_ids])
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        model(input_ids=ids, use_cache=False).logits.sum().backward()
    return counter.get_total_flops()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("architecture", ["GPT2", "Llama", "GPTNeoX", "OPT"])
def test_the_formula_is_what_torch_counts(make_model, architecture, method):
    model = make_trainable(make_model(architecture, **UNTIED), TrainingConfig(**METHODS[method]))
    document = Document([1] * 60, [1] * 60)
    assert model_flops(model).of([document]) == pytest.approx(counted(model, document), rel=0.04)


def test_training_everything_is_six_operations_a_weight(make_model):
    model = make_trainable(make_model("GPT2"), TrainingConfig(method="full"))
    weights = 2 * 12 * 32**2  # two blocks of attention (4 D²) and MLP (8 D²)
    found = model_flops(model)
    assert found.token == 6 * weights
    assert found.learned_token == 6 * 300 * 32
    assert found.pair == 12 * 32 * 2


def test_what_is_not_learned_needs_no_logits(make_model):
    model = make_trainable(make_model("GPT2"), TrainingConfig(method="full"))
    ids = list(range(1, 21))
    whole, half = Document(ids, ids), Document(ids, [-100] * 10 + ids[10:])
    assert model_flops(model).of([whole]) - model_flops(model).of([half]) == 9 * 6 * 300 * 32
