"""The base model in memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def load_model(folder: Path) -> PreTrainedModel:
    """The model of a folder in float32, its safetensors only, in evaluation mode."""
    import torch
    from transformers import AutoModelForCausalLM

    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, use_safetensors=True, trust_remote_code=False, attn_implementation="sdpa"
    )
    model.eval()  # type: ignore[no-untyped-call]
    return model


def on_best_device(model: Any) -> Any:
    """The model on CUDA where there is one, else on the CPU. Never part of a key."""
    import torch

    return model.to("cuda" if torch.cuda.is_available() else "cpu")
