"""The base model in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.errors import TrainingError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

DROPOUT_FIELDS = (
    "dropout",
    "attention_dropout",
    "hidden_dropout",
    "activation_dropout",
    "resid_pdrop",
    "embd_pdrop",
    "attn_pdrop",
)
"""What architectures call the shares they drop, of hidden states, attention and embeddings."""


def load_model(folder: Path, dropout: float | None = None) -> PreTrainedModel:
    """The model of a folder in float32, its safetensors only, in evaluation mode.

    Args:
        folder: In transformers' format.
        dropout: Replaces the configuration's, wherever it has one.

    Raises:
        TrainingError: The architecture has no dropout to set.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    if dropout is not None:
        fields = [name for name in DROPOUT_FIELDS if hasattr(config, name)]
        if dropout and not fields:
            raise TrainingError(f"training.dropout: a {config.model_type} has no dropout\n  leave the setting out")
        for name in fields:
            setattr(config, name, dropout)
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
        folder,
        config=config,
        dtype=torch.float32,
        use_safetensors=True,
        trust_remote_code=False,
        attn_implementation="sdpa",
    )
    model.eval()  # type: ignore[no-untyped-call]
    return model


def model_settings(model_config: Mapping[str, Any], **others: Any) -> Any:
    """What a `config.json` says, as transformers' object, without a model."""
    from transformers import AutoConfig

    given = {**model_config, **others}
    return AutoConfig.for_model(given.pop("model_type"), **given)


def best_device() -> str:
    """`cuda` or Apple's `mps` where there is one, else `cpu`. Never part of a key."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def on_best_device(model: Any) -> Any:
    """The model on the best device there is."""
    return model.to(best_device())
